package dev.stagedoor.gateway.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.gateway.Gateways;
import dev.stagedoor.gateway.Upstream;
import dev.stagedoor.gateway.Visitor;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.context.ConfigurableApplicationContext;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * Runs the commands of {@code docs/operations.md}, and then those of an emergency, in their order,
 * at a sale for two to which five have come, and holds the papers to what they say is answered.
 */
class RunbookTests {

    private static final Path DOCS = Path.of("..", "docs");

    private static EmbeddedRedis redis;
    private static Upstream upstream;
    private static ConfigurableApplicationContext gateway;

    @BeforeAll
    static void start() {
        assumeTrue(
                Stream.of("bash", "curl", "redis-cli").allMatch(RunbookTests::isInstalled)
                        || "required".equals(System.getProperty("servers")),
                "the runbook was not tried: bash, curl and redis-cli are needed for it");
        redis = EmbeddedRedis.start();
        upstream = new Upstream();
        gateway =
                Gateways.startOn(
                        redis.url(),
                        upstream.url(),
                        "stagedoor.ops.operators.alice.password=" + OperatorClient.HASH,
                        "stagedoor.ops.operators.alice.role=operator",
                        "stagedoor.rooms.main.capacity=2",
                        "stagedoor.rooms.main.interval=100ms",
                        "stagedoor.rooms.main.claim-timeout=5m");
    }

    @AfterAll
    static void stop() {
        if (gateway != null) {
            gateway.close();
            upstream.close();
            redis.close();
        }
    }

    @Test
    void everyCommandAnswersWhatTheRunbookSays(@TempDir Path home) throws IOException {
        Files.writeString(
                home.resolve(".stagedoor-operator"),
                "machine 127.0.0.1 login alice password \"%s\"".formatted(OperatorClient.PASSWORD));
        List<Visitor> line = Stream.generate(() -> new Visitor("main")).limit(5).toList();
        line.forEach(visitor -> visitor.joins(gateway));
        line.forEach(visitor -> visitor.polls(gateway));
        Terminal terminal =
                new Terminal(redis.port(), OperatorClient.port(gateway), Gateways.port(gateway));
        terminal.set("HOME", home.toString());
        terminal.set("PASSWORD", OperatorClient.PASSWORD);
        terminal.set("VISITOR", line.get(2).user().toString());
        terminal.set("TOKEN", line.get(3).token());

        List<RunbookCommand> commands =
                RunbookCommand.in(
                        Files.readString(DOCS.resolve("operations.md"))
                                + Files.readString(DOCS.resolve("security.md")));
        commands.forEach(command -> tried(terminal, command));

        assertThat(commands).hasSizeGreaterThan(50);
    }

    /** What only looks may look again: what was done before takes a tick to be seen. */
    private static void tried(Terminal terminal, RunbookCommand command) {
        if (command.isReading()) {
            await().untilAsserted(() -> answersAsStated(terminal, command));
        } else {
            answersAsStated(terminal, command);
        }
    }

    private static void answersAsStated(Terminal terminal, RunbookCommand command) {
        String answer = terminal.run(command.line());

        assertThat(answer).as(command.line()).matches(command.outcome(terminal.variables()));
    }

    private static boolean isInstalled(String program) {
        return Stream.of(System.getenv("PATH").split(":"))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
    }
}
