package dev.stagedoor.quickstart.deployed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.quickstart.meters.Meters;

import org.yaml.snakeyaml.Yaml;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A service out of its jar as its image has it: laid out and started by the words of the {@code
 * Dockerfile}, for somebody whom nobody knows and who can write to {@code /tmp} alone, beside a
 * cache that does not fit.
 */
final class Image {

    private static final String DOCKERFILE = Meters.text("Dockerfile").replaceAll("\\\\\n\\s*", "");

    /** What is done to the jar, and what is put beside it; not how they are built and trained. */
    private static final Pattern STEP =
            Pattern.compile(
                    "(?m)^(?:RUN (java -Djarmode=.*)|COPY --from=build (/layers/\\S+/) \\./"
                            + "|COPY (deploy/[^*]*?) \\./)$");

    private static final List<String> SOMEBODY =
            System.getProperty("user.name").equals("root")
                    ? List.of("setpriv", "--reuid=12345", "--regid=12345", "--clear-groups")
                    : List.of("env");

    /** Where digits have shapes of their own: no program reads them, and none may be written. */
    private static final List<String> ELSEWHERE =
            List.of("-Duser.language=fa", "-Duser.country=IR");

    /** Where the words {@code java} and {@code bash} lead to. */
    static final String PATH = Path.of(System.getProperty("java.home"), "bin") + ":/usr/bin:/bin";

    private final String service;
    private final Path directory;
    private final Process process;

    Image(String service, Map<String, String> environment, Path directory) {
        this.service = service;
        this.directory = directory;
        this.process = start(environment);
    }

    static boolean isBuilt(String service) {
        try (Stream<Path> built = Files.list(Meters.ROOT.resolve(service + "/target"))) {
            return built.anyMatch(file -> file.toString().endsWith("-exec.jar"));
        } catch (IOException _) {
            return false;
        }
    }

    private Process start(Map<String, String> environment) {
        try {
            Path home = Files.createDirectories(directory.resolve("service"));
            Files.writeString(home.resolve("service.aot"), "of another jar");
            Process layout = in(Meters.ROOT, List.of("bash", "-euc", layout(home))).start();
            assertThat(layout.onExit().join().exitValue()).as(said("err")).isZero();
            List<String> words = new ArrayList<>(SOMEBODY);
            words.addAll(entryPoint());
            words.addAll(words.indexOf("java") + 1, ELSEWHERE);
            ProcessBuilder entry = in(home, words);
            entry.environment().putAll(environment);
            return entry.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String layout(Path home) {
        String steps =
                STEP.matcher(DOCKERFILE)
                        .results()
                        .map(step -> step(step, home))
                        .collect(Collectors.joining("\n"));
        return "SERVICE=%s\n%s\nchmod -R a=rX %s"
                .formatted(
                        service,
                        steps.replace("/layers", directory.resolve("layers").toString()),
                        home);
    }

    private static String step(MatchResult step, Path home) {
        if (step.group(1) != null) {
            return step.group(1);
        }
        return step.group(2) != null
                ? "cp -r %s. %s".formatted(step.group(2), home)
                : "cp %s %s".formatted(step.group(3), home);
    }

    private static List<String> entryPoint() {
        Matcher written = Pattern.compile("(?m)^ENTRYPOINT (.*)$").matcher(DOCKERFILE);
        assertThat(written.find()).isTrue();
        return new Yaml().load(written.group(1));
    }

    private ProcessBuilder in(Path folder, List<String> words) {
        ProcessBuilder command =
                new ProcessBuilder(words)
                        .directory(folder.toFile())
                        .redirectOutput(directory.resolve("out").toFile())
                        .redirectError(directory.resolve("err").toFile());
        command.environment().clear();
        command.environment().put("PATH", PATH);
        return command;
    }

    /** What it has written so far, to {@code out} or {@code err}. */
    String said(String where) {
        try {
            return Files.readString(directory.resolve(where));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void isReady(int management) {
        URI readiness = Instance.at(management, "/actuator/health/readiness");
        await().atMost(Duration.ofMinutes(2))
                .until(() -> !process.isAlive() || Instance.answers(readiness));
        assertThat(process.isAlive()).as("%s%s", said("out"), said("err")).isTrue();
    }

    /** As it is told to, if that takes no longer than the {@code stop_grace_period}. */
    int ends() {
        process.destroy();
        process.onExit().completeOnTimeout(process, 40, TimeUnit.SECONDS).join();
        return process.destroyForcibly().onExit().join().exitValue();
    }
}
