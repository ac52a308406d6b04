package dev.stagedoor.devservices;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.yaml.snakeyaml.Yaml;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** What a parser can say of the {@code Dockerfile}; nobody builds it here. */
class ImageTests {

    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final List<List<String>> STAGES = stages();

    @Test
    void theImageIsBuiltInOneStageAndRunsInAnother() {
        assertThat(text("Dockerfile"))
                .containsPattern("(?m)^ARG MAVEN=\\d+\\.\\d+\\.\\d+-eclipse-temurin-25$")
                .containsPattern("(?m)^ARG JAVA=25\\.\\d+\\.\\d+_\\d+-jre-\\w+$");
        assertThat(stage("build").getFirst()).isEqualTo("FROM maven:${MAVEN} AS build");
        assertThat(last("FROM")).isEqualTo("FROM service");
        assertThat(STAGES)
                .filteredOn(stage -> stage.stream().anyMatch(line -> line.contains("mvn")))
                .containsOnly(stage("build"));
    }

    @ParameterizedTest
    @MethodSource("instructions")
    void everyInstructionIsOneThatBuildersKnow(String instruction) {
        assertThat(instruction)
                .matches("(FROM|ARG|WORKDIR|COPY|RUN|USER|ENTRYPOINT) .+")
                .doesNotContain(":latest");
        if (instruction.startsWith("COPY deploy/")) {
            Stream.of(instruction.split(" "))
                    .filter(word -> word.startsWith("deploy/") && !word.contains("*"))
                    .forEach(file -> assertThat(ROOT.resolve(file)).isRegularFile());
        }
    }

    @Test
    void aChangedFileDownloadsNothingAgain() {
        assertThat(stage("build"))
                .anyMatch(line -> line.contains("mvn") && line.contains("--mount=type=cache"));
        assertThat(text(".dockerignore").lines())
                .contains(".git", ".env", "**/target", "**/src/test", "docs", "!deploy/image");
    }

    @Test
    void theImageHasLayersAndDoesNotRunAsRoot() {
        List<String> run = STAGES.getLast();

        assertThat(String.join("\n", stage("build")))
                .contains("-Djarmode=tools", "extract --layers");
        assertThat(
                        stage("service").stream()
                                .filter(it -> it.startsWith("COPY --from=build /layers/")))
                .hasSize(4);
        assertThat(last("USER")).as("Kubernetes asks for a number").matches("USER [1-9]\\d+");
        assertThat(run.indexOf(last("USER"))).isLessThan(run.indexOf(last("ENTRYPOINT")));
    }

    @Test
    void theProgramIsTheFirstProcessAndKnowsItsMemory() {
        List<String> words = new Yaml().load(last("ENTRYPOINT").substring(11));
        List<String> options =
                text("deploy/image/java-options")
                        .lines()
                        .filter(it -> !it.startsWith("#"))
                        .toList();

        assertThat(words).startsWith("java", "@java-options").endsWith("-jar", "service.jar");
        assertThat(options)
                .contains("-XX:+UseG1GC")
                .anyMatch(word -> word.startsWith("-XX:MaxRAMPercentage="))
                .allMatch(word -> word.matches("-\\S+"));
        assertThat(STAGES.getLast()).noneMatch(line -> line.startsWith("CMD"));
    }

    /** What the JVM cannot read stops it; what it has to say of itself is no line of the log. */
    @Test
    void theJvmTakesItsOptionsAndKeepsQuiet() throws IOException, InterruptedException {
        Process java =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "@java-options",
                                "-version")
                        .directory(ROOT.resolve("deploy/image").toFile())
                        .start();

        assertThat(new String(java.getInputStream().readAllBytes(), UTF_8)).isEmpty();
        assertThat(new String(java.getErrorStream().readAllBytes(), UTF_8))
                .contains("1 compiler directives added", "build 25.");
        assertThat(java.waitFor()).isZero();
        assertThat(stage("service"))
                .contains("COPY deploy/image/java-options deploy/image/compiler-directives ./");
    }

    @Test
    void startsFromACacheThatWasTrainedAsItIsStarted() {
        assertThat(stage("trained"))
                .contains(
                        "FROM service AS trained",
                        "RUN java @java-options @\"${SERVICE}\".training");
        assertThat(STAGES.getLast()).contains("COPY --from=trained /service/service.aot ./");
        assertThat(last("ENTRYPOINT")).contains("\"-XX:AOTCache=service.aot\"");
        for (String service : List.of("queue-gateway", "booking-service")) {
            assertThat(text("deploy/image/" + service + ".training"))
                    .contains("\n-XX:AOTCacheOutput=service.aot\n", "\n-jar service.jar\n");
            assertThat(settings("deploy/image/" + service + ".training"))
                    .isNotEmpty()
                    .allMatch(KnownSettings.of(service)::contains);
        }
    }

    // ── reading ─────────────────────────────────────────────────────────────────────────────────

    private static List<String> settings(String file) {
        return text(file)
                .lines()
                .filter(line -> line.startsWith("--"))
                .map(line -> line.substring(2, line.indexOf('=')))
                .map(KnownSettings::spelledAlike)
                .toList();
    }

    /** The instructions of the Dockerfile, one per element, stage by stage. */
    private static List<List<String>> stages() {
        String instructions =
                text("Dockerfile").replaceAll("(?m)^#.*\n", "").replaceAll("\\\\\n\\s*", "");
        return Stream.of(instructions.split("(?m)^(?=FROM )"))
                .map(stage -> stage.lines().filter(line -> !line.isBlank()).toList())
                .filter(stage -> !stage.isEmpty())
                .toList();
    }

    private static Stream<String> instructions() {
        return STAGES.stream().flatMap(List::stream);
    }

    private static List<String> stage(String name) {
        return STAGES.stream()
                .filter(stage -> stage.getFirst().endsWith(" AS " + name))
                .findFirst()
                .orElseThrow();
    }

    /** The instruction of that name in the stage that runs. */
    private static String last(String instruction) {
        return STAGES.getLast().stream()
                .filter(line -> line.startsWith(instruction + " "))
                .reduce((_, later) -> later)
                .orElseThrow();
    }

    private static String text(String file) {
        try {
            return Files.readString(ROOT.resolve(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
