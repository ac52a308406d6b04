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

    // ── numbers ─────────────────────────────────────────────────────────────────────────────────

    @Test
    void aMeasurementThatFailsLeavesTheNumbersAsTheyWere(@TempDir Path copy) throws Exception {
        Path script = copyOfTheMeasurements(copy);
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

        Process measuring = measuring(script, "KEEP", copy);

        assertThat(measuring.inputReader().lines()).contains("load-tests/cold-start.sh failed");
        assertThat(measuring.waitFor()).isNotZero();
        assertThat(numbers(copy)).hasSameTextualContentAs(numbers(ROOT));
    }

    @Test
    void whatGotWorseOrIsNoLongerMeasuredIsSaid(@TempDir Path copy, @TempDir Path outputs)
            throws Exception {
        Path script = copyOfTheMeasurements(copy);
        for (String nothing :
                List.of("booking", "joins", "start", "bytes", "line", "ticks", "costs")) {
            Files.createFile(outputs.resolve(nothing));
        }
        String streams = "streams: %s MB, %s KB each, told within %s ms, Redis heard 40 a second\n";
        String rate = "| 3 gateways, 60 s: let in, of 1,200,000 | %s |\n";
        String gateway =
                "poll, 5 tokens 12.0 us\nverdict %s us\nnginx static 9.0 us\n"
                        + "forward, header  20.0 us  9 req/s  Redis %s us\n"
                        + "Spring Cloud Gateway  80.0 us  9 req/s  Redis   20.0 us\n";
        String map =
                "map: a look again each second %s bytes, p50 3 ms, processor %s ms,"
                        + " JVM 0.20 PostgreSQL 0.10, of 9500, 0 of them whole\n";
        Path measured =
                Files.writeString(outputs.resolve("gateway"), gateway.formatted("15.0", "0.0"));
        Path looked = Files.writeString(outputs.resolve("map"), map.formatted("400", "0.30"));
        Path open = outputs.resolve("streams");
        Files.writeString(open, streams.formatted("19500 open, heap 105", "4.2", "800"));
        Path kept =
                Files.writeString(outputs.resolve("rate"), rate.formatted("1,200,000 | +0.00 %"));
        assertThat(measuring(script, "FROM", outputs).waitFor()).isZero();

        Files.writeString(measured, gateway.formatted("–", "5.0"));
        Files.writeString(looked, map.formatted("420", "0.40"));
        Files.writeString(open, streams.formatted("19000 open, heap 118", "4.7", "850"));
        Files.writeString(kept, rate.formatted("1,198,800 | -0.10 %"));
        Process measuring = measuring(script, "FROM", outputs);

        assertThat(measuring.inputReader().lines())
                .filteredOn(line -> line.matches("(worse|no longer) .*"))
                .containsExactlyInAnyOrder(
                        "worse than on the page: heap of an open stream, 4.7 and not 4.2",
                        "worse than on the page: 20,000 a second for a minute, gateways: 3,"
                                + " 0.10 % and not 0.00 %",
                        "worse than on the page: forward, beside RequestRateLimiter, each with its"
                                + " Redis, 4.00 and not 5.00",
                        "worse than on the page: processor time of that, 0.40 and not 0.30",
                        "no longer measured: verdict");
        assertThat(measuring.waitFor()).isZero();
    }

    private static Path copyOfTheMeasurements(Path folder) throws IOException {
        Path script = folder.resolve("load-tests/all.sh");
        Files.createDirectories(script.getParent());
        Files.createDirectories(numbers(folder).getParent());
        Files.copy(numbers(ROOT), numbers(folder));
        return Files.copy(ROOT.resolve("load-tests/all.sh"), script);
    }

    private static Path numbers(Path folder) {
        return folder.resolve("docs/numbers.md");
    }

    /**
     * @param setting that names the folder of what the measurements have printed
     */
    private static Process measuring(Path script, String setting, Path outputs) throws IOException {
        ProcessBuilder all = new ProcessBuilder("bash", script.toString());
        all.environment().put(setting, outputs.toString());
        return all.redirectErrorStream(true).start();
    }
}
