package dev.stagedoor.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.common.RoomId;
import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.gateway.connection.Connection;
import dev.stagedoor.gateway.token.QueueTokens;
import dev.stagedoor.gateway.waitingroom.Ticket;
import dev.stagedoor.gateway.waitingroom.redis.OperatorStore.Operator;
import dev.stagedoor.gateway.waitingroom.room.Room;
import dev.stagedoor.gateway.waitingroom.room.Rooms;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.context.ConfigurableApplicationContext;

import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * How soon all of three gateways know that somebody's visit is over. The room ticks once a minute
 * only: whoever waits for a tick to tell is too late. All have heard one before, and let people
 * pass without Redis.
 */
class CompletionTests {

    private static final Duration SOON = Duration.ofSeconds(20);

    private static EmbeddedRedis redis;
    private static Upstream upstream;
    private static List<ConfigurableApplicationContext> gateways;

    /** Payments that have come to the upstream. */
    private static final Semaphore paying = new Semaphore(0);

    /** Until then the upstream thinks about a payment. */
    private static volatile Sinks.One<String> paid = Sinks.one();

    @BeforeAll
    static void start() {
        redis = EmbeddedRedis.start();
        upstream = new Upstream();
        upstream.answers(
                (request, response) -> {
                    if (!request.uri().endsWith("/pay")) {
                        return response.sendString(Mono.just("ok"));
                    }
                    response.header("Stagedoor-Session", "complete");
                    paying.release();
                    return paid.asMono().then(response.sendString(Mono.just("ok")).then());
                });
        gateways = Stream.generate(CompletionTests::gateway).limit(3).toList();
        Visitor first = new Visitor("main");
        first.joins(gateways.getFirst());
        gateways.forEach(each -> await().until(() -> knows(each, first)));
        redis.ask("HSET wr:{main}:state interval-ms 60000");
        gateways.forEach(
                each -> await().until(() -> room(each).settings().interval().toMinutes() == 1));
    }

    private static ConfigurableApplicationContext gateway() {
        return Gateways.startOn(redis.url(), upstream.url(), "stagedoor.rooms.main.interval=100ms");
    }

    @AfterAll
    static void stop() {
        gateways.forEach(ConfigurableApplicationContext::close);
        upstream.close();
        redis.close();
    }

    @Test
    void aPaymentEndsTheVisitOnEveryGatewayLongBeforeTheNextTick() {
        paid.tryEmitEmpty();
        assertSoonKnownEverywhere(
                "queue-token-completed",
                visitor ->
                        assertThat(visitor.gets(gateways.getFirst(), "/pay").statusCode())
                                .isEqualTo(200));
    }

    /** As of a phone that loses its net. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "PUT /pay HTTP/1.1\r\n%s\r\n",
                "POST /pay HTTP/1.1\r\n%sContent-Length: 2\r\n\r\n{}"
            })
    void aPaymentEndsTheVisitAlsoOfWhoeverHasHungUpMeanwhile(String request) {
        assertSoonKnownEverywhere(
                "queue-token-completed",
                visitor -> {
                    paid = Sinks.one();
                    paying.drainPermits();
                    try (Connection connection = new Connection(gateways.getFirst())) {
                        String fields = "Host: x\r\nQueue-Token: " + visitor.token() + "\r\n";
                        connection.send(request.formatted(fields));
                        assertThat(paying.tryAcquire(20, TimeUnit.SECONDS)).isTrue();
                    } catch (IOException | InterruptedException e) {
                        throw new AssertionError(e);
                    }
                    paid.tryEmitEmpty();
                });
    }

    @Test
    void whatAnOperatorTakesAwayIsGoneOnEveryGatewayLongBeforeTheNextTick() {
        assertSoonKnownEverywhere(
                "queue-token-expired",
                visitor ->
                        room(gateways.getFirst())
                                .controls()
                                .revoke(ticket(visitor), new Operator("night", "127.0.0.1"))
                                .block());
    }

    private static void assertSoonKnownEverywhere(String code, Consumer<Visitor> end) {
        for (int i = 0; i < 20; i++) {
            Visitor visitor = new Visitor("main");
            visitor.joins(gateways.getFirst());
            assertThat(gateways).allMatch(each -> knows(each, visitor));

            end.accept(visitor);

            for (ConfigurableApplicationContext each : gateways) {
                await().atMost(SOON)
                        .pollInterval(Duration.ofMillis(2))
                        .until(() -> visitor.polls(each).body().contains(code));
                assertThat(visitor.gets(each, "/look").statusCode()).isEqualTo(401);
            }
        }
    }

    /** By a poll: of a use Redis is told soon, and says that the ticket is over. */
    private static boolean knows(ConfigurableApplicationContext gateway, Visitor visitor) {
        return visitor.isActive(gateway) && Gateways.isCertainOf(visitor, gateway);
    }

    private static Room room(ConfigurableApplicationContext gateway) {
        return gateway.getBean(Rooms.class).find(new RoomId("main")).orElseThrow();
    }

    private static Ticket ticket(Visitor visitor) {
        return gateways.getFirst().getBean(QueueTokens.class).verify(visitor.token()).orElseThrow();
    }
}
