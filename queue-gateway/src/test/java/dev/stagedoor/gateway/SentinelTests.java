package dev.stagedoor.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.devservices.FreePort;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.context.ConfigurableApplicationContext;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;

/** The Redis of the line behind a Sentinel: it dies, its replica takes its place. */
@Timeout(120)
class SentinelTests {

    private static final Path PROGRAM = Path.of("/usr/bin/redis-sentinel");

    private static final String SETTINGS =
            """
            port %d
            bind 127.0.0.1
            sentinel monitor line 127.0.0.1 %d 1
            sentinel down-after-milliseconds line 500
            sentinel failover-timeout line 3000
            """;

    @TempDir private Path directory;

    @BeforeAll
    static void needsSentinel() {
        boolean isThere = Files.isExecutable(PROGRAM);
        assumeTrue(
                isThere || "required".equals(System.getProperty("servers")),
                "redis-sentinel is not installed");
        assertThat(isThere).as("servers=required: there is a redis-sentinel").isTrue();
    }

    @Test
    void theLineGoesOnInItsOrderOnTheReplica() throws IOException {
        int port = FreePort.find();
        try (EmbeddedRedis master = EmbeddedRedis.start();
                EmbeddedRedis replica =
                        EmbeddedRedis.start("--replicaof", "127.0.0.1", "" + master.port());
                Upstream upstream = new Upstream()) {
            Process sentinel = sentinel(port, master);
            try (ConfigurableApplicationContext gateway =
                    Gateways.startOnSentinel(
                            port,
                            "line",
                            upstream.url(),
                            "stagedoor.rooms.main.capacity=1",
                            "stagedoor.rooms.main.session=1h",
                            "stagedoor.rooms.main.max-session=2h",
                            "stagedoor.rooms.main.interval=200ms")) {
                Visitor inside = new Visitor("main");
                Visitor first = new Visitor("main");
                Visitor second = new Visitor("main");
                await().until(() -> inside.asksToJoin(gateway).statusCode() != 503);
                long before = first.joins(gateway).get("sequence").asLong();
                second.joins(gateway);
                await().until(() -> replica.ask("ZCARD wr:{main}:waiting").equals("2"));

                master.kill();

                Visitor next = new Visitor("main");
                await().until(() -> next.asksToJoin(gateway).statusCode() == 201);
                assertThat(replica.ask("ROLE")).startsWith("master");
                await().until(() -> next.polls(gateway).statusCode() == 200);
                await().until(() -> position(first, gateway) == 1);
                await().until(() -> position(second, gateway) == 2);
                assertThat(next.status(gateway).get("sequence").asLong()).isGreaterThan(before);
                await().until(() -> position(next, gateway) == 3); // by the tick after the join
                await().until(() -> inside.gets(gateway, "/seats").statusCode() == 200);
            } finally {
                sentinel.destroy();
            }
        }
    }

    private static int position(Visitor visitor, ConfigurableApplicationContext gateway) {
        HttpResponse<String> answer = visitor.polls(gateway);
        return answer.statusCode() == 200 ? Visitor.json(answer).get("position").asInt() : 0;
    }

    private Process sentinel(int port, EmbeddedRedis master) throws IOException {
        Path file = directory.resolve("sentinel.conf");
        Files.writeString(file, SETTINGS.formatted(port, master.port()));
        return new ProcessBuilder(PROGRAM.toString(), file.toString())
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("log").toFile())
                .start();
    }
}
