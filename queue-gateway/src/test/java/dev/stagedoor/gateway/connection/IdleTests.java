package dev.stagedoor.gateway.connection;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.gateway.Gateways;
import dev.stagedoor.gateway.Upstream;
import dev.stagedoor.gateway.Visitor;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.context.ConfigurableApplicationContext;

import reactor.core.publisher.Mono;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** Which connections are closed because nothing happens on them. */
class IdleTests {

    private static final Duration IDLE = Duration.ofMillis(500);
    private static final Duration MUCH_LONGER = Duration.ofMillis(1_800);

    private static EmbeddedRedis redis;
    private static Upstream upstream;
    private static ConfigurableApplicationContext gateway;

    private final Visitor visitor = new Visitor("main");

    @BeforeAll
    static void start() {
        redis = EmbeddedRedis.start();
        upstream = new Upstream();
        gateway =
                Gateways.startOn(
                        redis.url(),
                        upstream.url(),
                        "stagedoor.rooms.main.interval=100ms",
                        "stagedoor.gateway.idle-timeout=" + IDLE.toMillis() + "ms");
    }

    @AfterAll
    static void stop() {
        gateway.close();
        upstream.close();
        redis.close();
    }

    @Test
    void leavesItToNobodyWhoWorksPerRequest() {
        assertThat(gateway.getEnvironment().getProperty("server.netty.idle-timeout")).isNull();
    }

    @Test
    void closesAConnectionThatHasNothingToDo() throws Exception {
        try (Connection connection = new Connection(gateway)) {
            assertThat(connection.readUntilItCloses()).isEmpty();
        }
    }

    @Test
    void closesAConnectionThatHasNothingMoreToDo() throws Exception {
        try (Connection connection = new Connection(gateway)) {
            connection.send("GET /ops HTTP/1.1\r\nHost: x\r\n\r\n");

            assertThat(connection.readUntilItCloses()).startsWith("HTTP/1.1 404");
        }
    }

    @Test
    void waitsForAnAnswerThatTakesLonger() throws Exception {
        upstream.answers(
                (_, response) ->
                        Mono.delay(MUCH_LONGER)
                                .then(response.sendString(Mono.just("late")).then()));
        visitor.joins(gateway);
        try (Connection connection = new Connection(gateway)) {
            connection.send(
                    "GET /api/v1/x HTTP/1.1\r\nHost: x\r\nQueue-Token: "
                            + visitor.token()
                            + "\r\n\r\n");

            assertThat(connection.readUntilItCloses()).startsWith("HTTP/1.1 200").contains("late");
        }
    }

    @Test
    void waitsForABodyThatPauses() throws Exception {
        upstream.answers((request, response) -> request.receive().then(response.send()));
        visitor.joins(gateway);
        try (Connection connection = new Connection(gateway)) {
            connection.send(
                    "POST /api/v1/x HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nQueue-Token: "
                            + visitor.token()
                            + "\r\n\r\n1");
            LockSupport.parkNanos(MUCH_LONGER.toNanos()); // the pause is what is tried
            connection.send("2");

            assertThat(connection.nextStatus()).isEqualTo(200);
        }
    }
}
