package dev.stagedoor.quickstart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The client for browsers has tests in its own language; they are run by Node. */
class JavaScriptClientTests {

    private static final Path CLIENT =
            Path.of("..", "clients", "javascript").toAbsolutePath().normalize();
    private static final int OLDEST_NODE = 20;

    @Test
    void everyTestOfTheClientPasses() throws Exception {
        assumeTrue(
                nodeVersion() >= OLDEST_NODE,
                "no Node 20 or newer on the PATH: tests of the client in JavaScript are skipped");
        List<String> command = new ArrayList<>(List.of("node", "--test"));
        try (Stream<Path> files = Files.list(CLIENT.resolve("test"))) {
            files.map(Path::toString).filter(it -> it.endsWith(".test.js")).forEach(command::add);
        }
        Path said = Files.createTempFile("client", ".tap");

        Process tests =
                new ProcessBuilder(command)
                        .directory(CLIENT.toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(said.toFile())
                        .start();
        boolean hasEnded = tests.waitFor(90, TimeUnit.SECONDS);
        tests.destroyForcibly();

        assertThat(hasEnded).as("%s", Files.readString(said)).isTrue();
        assertThat(tests.exitValue()).as("%s", Files.readString(said)).isZero();
        assertThat(Files.readString(said)).contains("# fail 0").doesNotContain("# tests 0\n");
    }

    private static int nodeVersion() throws InterruptedException {
        try {
            Process node = new ProcessBuilder("node", "--version").start();
            String version = node.inputReader().readLine();
            node.waitFor();
            return version == null ? 0 : Integer.parseInt(version.replaceAll("^v|\\..*", ""));
        } catch (IOException _) {
            return 0;
        }
    }
}
