package dev.stagedoor.devservices;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What is written for people: what it leads to is there, and examples can be read. */
class PapersTests {

    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

    private static final Set<String> NOT_OURS = Set.of("target", "node_modules", ".git");

    /** {@code [text](where)}, and where pictures are. */
    private static final Pattern LINK = Pattern.compile("]\\(<?([^)\\s>]+)>?\\)");

    private static final Pattern CODE = Pattern.compile("(?s)```.*?```|`[^`\n]*`");
    private static final Pattern HEADING = Pattern.compile("(?m)^#{1,6} +(.*?)\\s*$");

    @ParameterizedTest
    @MethodSource("papers")
    void everyLinkLeadsSomewhere(Path paper) {
        List<String> dead =
                LINK.matcher(CODE.matcher(text(paper)).replaceAll("code"))
                        .results()
                        .map(found -> found.group(1))
                        .filter(link -> !link.matches("(https?|mailto):.*"))
                        .filter(link -> !leadsSomewhere(paper, link))
                        .toList();

        assertThat(dead).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("examples")
    void everyExampleIsReadByAStrictParser(Path example) {
        LoaderOptions strict = new LoaderOptions();
        strict.setAllowDuplicateKeys(false);

        assertThat(new Yaml(strict).loadAll(text(example))).isNotEmpty().doesNotContainNull();
    }

    /** What is open unless a room says otherwise is open of the demo's sale. */
    @Test
    void whatIsPutInFrontOfAnotherSiteSaysWhatIsOpenOfIt() {
        Pattern elsewhere = Pattern.compile("(?i)upstream[._]url[=:] ?none");

        List<Path> inFront =
                Stream.concat(files("deploy"), Stream.of(ROOT.resolve("docs/integrate.md")))
                        .filter(file -> elsewhere.matcher(text(file)).find())
                        .toList();

        assertThat(inFront)
                .hasSizeGreaterThan(5)
                .allSatisfy(
                        file ->
                                assertThat(text(file).toLowerCase(Locale.ROOT).replace('_', '.'))
                                        .containsPattern("main\\.open-?paths")
                                        .containsPattern("main\\.signed-?in-?paths"));
    }

    private static boolean leadsSomewhere(Path paper, String link) {
        String[] parts = link.split("#", 2);
        Path file = parts[0].isEmpty() ? paper : paper.resolveSibling(parts[0]).normalize();
        return Files.exists(file)
                && (parts.length < 2 || !isPaper(file) || anchors(file).contains(parts[1]));
    }

    /** As hosts of repositories make them of headings. */
    private static Set<String> anchors(Path paper) {
        return HEADING.matcher(text(paper))
                .results()
                .map(found -> found.group(1).toLowerCase(Locale.ROOT))
                .map(
                        heading ->
                                heading.replaceAll("[^\\p{L}\\p{N}\\p{M} _-]", "")
                                        .replace(' ', '-'))
                .collect(Collectors.toSet());
    }

    private static Stream<Path> papers() {
        return files("").filter(PapersTests::isPaper);
    }

    private static boolean isPaper(Path file) {
        return file.toString().endsWith(".md");
    }

    private static Stream<Path> examples() {
        return Stream.of("deploy", "ops")
                .flatMap(PapersTests::files)
                .filter(file -> file.toString().matches(".*\\.ya?ml"));
    }

    private static Stream<Path> files(String folder) {
        try (Stream<Path> files = Files.walk(ROOT.resolve(folder))) {
            return files
                    .filter(Files::isRegularFile)
                    .filter(file -> isOurs(ROOT.relativize(file)))
                    .sorted()
                    .toList()
                    .stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean isOurs(Path file) {
        for (Path part : file) {
            if (NOT_OURS.contains(part.toString())) {
                return false;
            }
        }
        return true;
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void aMeasurementThatFailsLeavesTheNumbersAsTheyWere(@TempDir Path copy) throws Exception {
        Path page = copy.resolve("docs/numbers.md");
        Path script = copy.resolve("load-tests/all.sh");
        Files.createDirectories(page.getParent());
        Files.createDirectories(script.getParent());
        Files.copy(ROOT.resolve("docs/numbers.md"), page);
        Files.copy(ROOT.resolve("load-tests/all.sh"), script);
        try (var parts = Files.list(ROOT.resolve("load-tests"))) {
            for (Path part : parts.filter(it -> it.toString().endsWith(".sh")).toList()) {
                Path measures = script.resolveSibling(part.getFileName());
                if (!measures.equals(script)) {
                    boolean fails = measures.endsWith("cold-start.sh");
                    Files.writeString(
                            measures, "#!/bin/sh\necho poll, 5 tokens\nexit " + (fails ? 1 : 0));
                    assertThat(measures.toFile().setExecutable(true)).isTrue();
                }
            }
        }

        ProcessBuilder all = new ProcessBuilder("bash", script.toString());
        all.environment().put("KEEP", copy.toString());
        Process measuring = all.redirectErrorStream(true).start();

        assertThat(measuring.inputReader().lines()).contains("load-tests/cold-start.sh failed");
        assertThat(measuring.waitFor()).isNotZero();
        assertThat(page).hasSameTextualContentAs(ROOT.resolve("docs/numbers.md"));
    }
}
