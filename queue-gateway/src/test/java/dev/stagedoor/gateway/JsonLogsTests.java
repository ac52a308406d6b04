package dev.stagedoor.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** A gateway as a program of its own, with the switch for logs that machines read. */
@Timeout(300)
class JsonLogsTests {

    private static final String STARTED = "Started GatewayApplication";

    @Test
    void writesEveryLineAsJsonWhenToldTo() throws IOException {
        Process gateway = start("--logging.structured.format.console=ecs");
        try (BufferedReader lines = gateway.inputReader(StandardCharsets.UTF_8)) {
            List<JsonNode> told = linesUntilItHasStarted(lines);

            assertThat(told.getLast().get("message").asString()).startsWith(STARTED);
            assertThat(told)
                    .allSatisfy(
                            line -> {
                                assertThat(line.get("@timestamp").asString()).isNotBlank();
                                assertThat(line.at("/log/level").asString()).isNotBlank();
                                assertThat(line.at("/service/name").asString())
                                        .isEqualTo("queue-gateway");
                            });
        } finally {
            gateway.destroyForcibly();
        }
    }

    private static List<JsonNode> linesUntilItHasStarted(BufferedReader lines) throws IOException {
        List<JsonNode> told = new ArrayList<>();
        String line;
        do {
            line = lines.readLine();
            assertThat(line).as("it never started").isNotNull();
            told.add(JsonMapper.shared().readTree(line));
        } while (!line.contains(STARTED));
        return told;
    }

    private static Process start(String setting) throws IOException {
        return new ProcessBuilder(
                        ProcessHandle.current().info().command().orElse("java"),
                        "-Xmx256m",
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-cp",
                        classPathWithoutTheLogsOfTests(),
                        "dev.stagedoor.gateway.GatewayApplication",
                        "--stagedoor.gateway.port=0",
                        "--stagedoor.gateway.management-port=-1",
                        "--spring.main.lazy-initialization=true",
                        "--spring.data.redis.url=redis://127.0.0.1:1",
                        "--stagedoor.rehearsal=false",
                        "--stagedoor.keys.queue=" + Gateways.QUEUE_KEY.encoded(),
                        "--stagedoor.keys.pass=" + Gateways.PASS_KEY.encoded(),
                        "--stagedoor.keys.access=" + Gateways.ACCESS_KEY.encoded(),
                        setting)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    private static String classPathWithoutTheLogsOfTests() {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> !entry.endsWith("test-classes"))
                .collect(Collectors.joining(File.pathSeparator));
    }
}
