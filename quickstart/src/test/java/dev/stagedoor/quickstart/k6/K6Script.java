package dev.stagedoor.quickstart.k6;

import static org.assertj.core.api.Assertions.assertThat;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A script of {@code load-tests/k6} in its dry run, or against a real sale in a real k6 ({@code
 * -Dk6=…}): a program of its own, told what to do by its environment.
 */
final class K6Script {

    private static final Path FOLDER =
            Path.of("..", "load-tests", "k6").toAbsolutePath().normalize();
    private static final String K6 = System.getProperty("k6");
    private static final int EVERY_THRESHOLD_HOLDS = 0;
    private static final int A_THRESHOLD_IS_CROSSED = 99;

    private final String name;
    private final Path directory;
    private final Process process;

    private K6Script(String name, Path directory, Process process) {
        this.name = name;
        this.directory = directory;
        this.process = process;
    }

    static boolean canRun() {
        try {
            return new ProcessBuilder("node", "--version").start().waitFor() == 0;
        } catch (IOException _) {
            return false;
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * @param fault of a sale in memory, in a time that jumps; none for a real sale
     */
    static K6Script start(
            String name, Path directory, Map<String, String> settings, String... fault) {
        List<String> program =
                K6 == null || fault.length > 0
                        ? List.of("node", FOLDER.resolve("dry-run/run.js").toString())
                        : List.of(K6, "run", "--quiet");
        ProcessBuilder builder = new ProcessBuilder(new ArrayList<>(program));
        builder.command().add(FOLDER.resolve(name + ".js").toString());
        builder.command().addAll(List.of(fault));
        builder.environment().putAll(settings);
        builder.environment().put("SUMMARY_DIR", directory.toString());
        builder.redirectErrorStream(true).redirectOutput(directory.resolve("said").toFile());
        try {
            return new K6Script(name, directory, builder.start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The summary of a run in which every threshold has held. */
    Summary holds() throws Exception {
        return ended(EVERY_THRESHOLD_HOLDS);
    }

    /** The summary of a run in which at least one threshold was crossed. */
    Summary breaks() throws Exception {
        return ended(A_THRESHOLD_IS_CROSSED);
    }

    private Summary ended(int expected) throws Exception {
        boolean hasEnded = process.waitFor(4, TimeUnit.MINUTES);
        process.destroyForcibly();
        String said = Files.readString(directory.resolve("said"));
        assertThat(hasEnded).as("%s has ended: %s", name, said).isTrue();
        assertThat(process.exitValue()).as("%s", said).isEqualTo(expected);
        Path summary = directory.resolve(name + ".json");
        return new Summary(JsonMapper.shared().readTree(Files.readString(summary)), said);
    }

    /** What {@code handleSummary} has written. */
    record Summary(JsonNode json, String said) {

        double value(String metric, String aggregate) {
            JsonNode value = json.path("metrics").path(metric).path(aggregate);
            assertThat(value.isNumber()).as("%s of %s in %s", aggregate, metric, json).isTrue();
            return value.asDouble();
        }

        long count(String metric) {
            return Math.round(value(metric, "count"));
        }

        String crossed() {
            return json.get("crossed").toString();
        }
    }
}
