package dev.stagedoor.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.gateway.connection.Connection;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.Lifecycle;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

/** What is half way when a gateway stops comes to its end, if that is not too far away. */
class StoppingTests {

    private static final String ROOM = "stopping";
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    /** More than the kernel takes of what nobody reads. */
    private static final int LARGE = 12_000_000;

    private static EmbeddedRedis redis;
    private static Upstream upstream;

    private final Visitor visitor = new Visitor(ROOM);
    private ConfigurableApplicationContext gateway;
    private Connection connection;

    @BeforeAll
    static void startBoth() {
        redis = EmbeddedRedis.start();
        upstream = new Upstream();
    }

    @AfterAll
    static void stopBoth() {
        upstream.close();
        redis.close();
    }

    @BeforeEach
    void somebodyIsInside() throws Exception {
        gateway =
                Gateways.startOn(
                        redis.url(),
                        upstream.url(),
                        "spring.lifecycle.timeout-per-shutdown-phase=" + PATIENCE.toSeconds() + "s",
                        "stagedoor.rooms." + ROOM + ".capacity=100",
                        "stagedoor.rooms." + ROOM + ".interval=100ms");
        visitor.joins(gateway);
        await().until(() -> visitor.isActive(gateway));
        connection = new Connection(gateway);
    }

    @AfterEach
    void stop() throws Exception {
        connection.close();
        gateway.close();
    }

    /** Told to go on, so that the gateway is known to have begun. */
    @ParameterizedTest
    @ValueSource(strings = {"", "abc"})
    void anUploadIsTakenInToItsEnd(String beginning) throws Exception {
        upstream.answers((request, response) -> response.send(request.receive().retain()));
        connection.send(head("POST", "Content-Length: 6\r\nExpect: 100-continue\r\n"));
        assertThat(connection.readUntil("\r\n\r\n")).startsWith("HTTP/1.1 100 ");
        connection.send(beginning);
        Thread stopping = stops();

        connection.send("abcdef".substring(beginning.length()));

        assertThat(connection.readUntil("abcdef")).startsWith("HTTP/1.1 200 ");
        stopping.join();
    }

    @Test
    void aDownloadIsWholeHoweverSlowlyItIsRead() throws Exception {
        byte[] part = new byte[10_000];
        upstream.answers(
                (_, response) ->
                        response.header("Content-Length", Integer.toString(LARGE))
                                .sendByteArray(Flux.just(part).repeat(LARGE / part.length - 1)));
        connection.send(head("GET", ""));
        assertThat(connection.readUntil("\r\n\r\n")).startsWith("HTTP/1.1 200 ");
        Thread stopping = stops();
        assertThat(stopping.join(Duration.ofSeconds(1))).as("it did not wait").isFalse();

        assertThat(connection.readUntilItCloses()).hasSize(LARGE);
        stopping.join();
    }

    /** By the short way and by the server's own, which is that of whoever has a body to send. */
    @ParameterizedTest
    @ValueSource(strings = {"GET", "POST"})
    void anAnswerSaysThatWhatWasAskedBehindItIsNotLookedAt(String method) throws Exception {
        Sinks.Empty<Void> end = Sinks.empty();
        AtomicInteger asked = new AtomicInteger();
        upstream.answers(
                (_, response) ->
                        Mono.fromRunnable(asked::incrementAndGet)
                                .then(end.asMono())
                                .then(response.sendString(Mono.just("done")).then()));
        boolean isShortWay = "GET".equals(method);
        String request = head(method, isShortWay ? "" : "Content-Length: 0\r\n");
        connection.send(request + request);
        await().until(() -> asked.get() == 1);
        Thread stopping = isShortWay ? waitsForTheShortWays() : stops();

        end.tryEmitEmpty();

        assertThat(connection.readUntilItCloses())
                .startsWith("HTTP/1.1 200 ")
                .containsIgnoringCase("\r\nconnection: close\r\n")
                .endsWith("done");
        stopping.join();
        assertThat(asked).hasValue(1);
    }

    /** Whoever listens is not waited for, and asks the next gateway for more. */
    @Test
    void eventsOfTheSiteEnd() throws Exception {
        upstream.answers(
                (_, response) ->
                        response.sse()
                                .sendString(Flux.concat(Mono.just("data: 1\n\n"), Mono.never())));
        connection.send(head("GET", ""));
        assertThat(connection.readUntil("data: 1")).startsWith("HTTP/1.1 200 ");

        Thread stopping = Thread.startVirtualThread(gateway::close);

        assertThat(connection.readUntilItCloses()).endsWith("\r\n0\r\n\r\n");
        assertThat(stopping.join(PATIENCE.dividedBy(2))).as("it waited").isTrue();
    }

    /** Returns when it has begun: before its server hears of it. */
    private Thread waitsForTheShortWays() {
        Lifecycle underWay = gateway.getBean("expressLane.UnderWay", Lifecycle.class);
        Thread stopping = Thread.startVirtualThread(gateway::close);
        await().until(() -> !underWay.isRunning());
        return stopping;
    }

    /** Returns when it has begun: nobody new gets in. */
    private Thread stops() {
        int port = Gateways.port(gateway);
        Thread stopping = Thread.startVirtualThread(gateway::close);
        await().until(() -> !isOpen(port));
        return stopping;
    }

    private static boolean isOpen(int port) {
        try (Socket _ = new Socket("127.0.0.1", port)) {
            return true;
        } catch (IOException _) {
            return false;
        }
    }

    private String head(String method, String fields) {
        return method
                + " /api/v1/x HTTP/1.1\r\nHost: x\r\nQueue-Token: "
                + visitor.token()
                + "\r\n"
                + fields
                + "\r\n";
    }
}
