package dev.stagedoor.gateway.door;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.common.AccessTokens;
import dev.stagedoor.common.Bearer;
import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.gateway.Gateways;
import dev.stagedoor.gateway.Upstream;
import dev.stagedoor.gateway.Visitor;
import dev.stagedoor.gateway.connection.Connection;

import io.micrometer.core.instrument.MeterRegistry;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.context.ConfigurableApplicationContext;

import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

import java.io.IOException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/** A ticket that is handed round lets no crowd in. */
class TicketLimitsTests {

    private static final int UNDER_WAY = 64;
    private static final AccessTokens ACCESS =
            new AccessTokens(List.of(Gateways.ACCESS_KEY), InstantSource.system());

    private static EmbeddedRedis redis;
    private static Upstream upstream;
    private static ConfigurableApplicationContext gateway;

    private static final Visitor INSIDE = new Visitor("main");
    private static final Visitor OTHER = new Visitor("main");

    private final List<Connection> open = new ArrayList<>();

    @BeforeAll
    static void start() {
        redis = EmbeddedRedis.start();
        upstream = new Upstream();
        gateway =
                Gateways.startOn(
                        redis.url(),
                        upstream.url(),
                        Gateways.UNLIMITED,
                        "stagedoor.gateway.limits.connections=1000",
                        "stagedoor.gateway.limits.requests-per-second=600");
        INSIDE.joins(gateway);
        OTHER.joins(gateway);
        await().until(() -> INSIDE.gets(gateway, "/x").statusCode() == 200);
        await().until(() -> OTHER.gets(gateway, "/x").statusCode() == 200);
    }

    @AfterAll
    static void stop() {
        gateway.close();
        upstream.close();
        redis.close();
    }

    @AfterEach
    void everybodyGoes() throws IOException {
        for (Connection connection : open) {
            connection.close();
        }
        open.clear();
    }

    @Test
    void oneTicketUsedBy500ConnectionsReachesTheUpstream64TimesAtOnce() throws Exception {
        AtomicInteger there = new AtomicInteger();
        Sinks.Empty<Void> end = Sinks.empty();
        upstream.answers(
                (request, response) ->
                        request.uri().equals("/slow")
                                ? Mono.fromRunnable(there::incrementAndGet)
                                        .then(end.asMono())
                                        .then(response.sendString(Mono.just("late")).then())
                                : response.sendString(Mono.just("hello")));
        double before = refused("requests_under_way");
        for (int i = 0; i < 500; i++) {
            ask("/slow", INSIDE, "");
        }

        await().until(() -> refused("requests_under_way") - before == 500 - UNDER_WAY);
        assertThat(there).hasValue(UNDER_WAY);
        assertThat(OTHER.gets(gateway, "/x").statusCode()).isEqualTo(200);
        end.tryEmitEmpty();
        int served = 0;
        for (Connection connection : open) {
            String head = connection.readUntil("\r\n\r\n");
            served += head.startsWith("HTTP/1.1 200 ") ? 1 : 0;
            assertThat(head).containsAnyOf("HTTP/1.1 200 ", "Retry-After: 1\r\n");
        }
        assertThat(served).isEqualTo(UNDER_WAY);
        assertThat(INSIDE.gets(gateway, "/x").statusCode()).isEqualTo(200);
    }

    @Test
    void itReachesTheUpstreamNoMoreOftenByWhoeverSignsInTwice() throws Exception {
        AtomicInteger there = new AtomicInteger();
        upstream.answers((_, _) -> Mono.<Void>never().doOnSubscribe(_ -> there.incrementAndGet()));
        List<String> signIns =
                Stream.generate(() -> ACCESS.sign(new Bearer(OTHER.user(), UUID.randomUUID())))
                        .limit(2)
                        .toList();
        double before = refused("requests_under_way");

        for (int i = 0; i < 2 * UNDER_WAY; i++) {
            ask("/never", OTHER, "Authorization: Bearer " + signIns.get(i % 2) + "\r\n");
        }

        await().until(() -> there.get() + refused("requests_under_way") - before == 2 * UNDER_WAY);
        assertThat(there).hasValue(UNDER_WAY);
    }

    @Test
    void whoHangsUpHasNothingUnderWayAnyMore() throws Exception {
        AtomicInteger there = new AtomicInteger();
        upstream.answers((_, _) -> Mono.<Void>never().doOnSubscribe(_ -> there.incrementAndGet()));
        assertThat(reach(there)).isEqualTo(UNDER_WAY);

        everybodyGoes();

        await().until(
                        () -> {
                            int reached = reach(there);
                            everybodyGoes();
                            return reached == UNDER_WAY;
                        });
    }

    /** A host that the framework cannot read: it answers before it asks anybody of ours. */
    @Test
    void aRefusalIsNotToldToTheNextRequestOfTheConnection() throws Exception {
        AtomicInteger there = new AtomicInteger();
        upstream.answers(
                (request, response) ->
                        request.uri().equals("/never")
                                ? Mono.<Void>never().doOnSubscribe(_ -> there.incrementAndGet())
                                : response.sendString(Mono.just("hello")));
        await().until(() -> OTHER.gets(gateway, "/x").statusCode() == 200);
        assertThat(reach(there)).isEqualTo(UNDER_WAY);
        try (Connection connection = new Connection(gateway)) {
            connection.send(
                    "GET /p HTTP/1.1\r\nHost: [:::::]\r\nAccept: text/html\r\nQueue-Token: "
                            + OTHER.token()
                            + "\r\n\r\n");
            assertThat(connection.nextStatus()).isEqualTo(400);

            connection.send(
                    "POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nQueue-Token: "
                            + INSIDE.token()
                            + "\r\n\r\nhi");

            assertThat(connection.nextStatus()).isEqualTo(200);
        }
    }

    /** How many of as many as may be under way reach the upstream; the others are refused. */
    private int reach(AtomicInteger there) throws IOException {
        int thereBefore = there.get();
        double before = thereBefore + refused("requests_under_way");
        for (int i = 0; i < UNDER_WAY; i++) {
            ask("/never", OTHER, "");
        }
        await().until(() -> there.get() + refused("requests_under_way") - before == UNDER_WAY);
        return there.get() - thereBefore;
    }

    private void ask(String path, Visitor visitor, String header) throws IOException {
        Connection connection = new Connection(gateway);
        open.add(connection);
        connection.send(
                "GET "
                        + path
                        + " HTTP/1.1\r\nHost: x\r\n"
                        + header
                        + "Queue-Token: "
                        + visitor.token()
                        + "\r\n\r\n");
    }

    private static double refused(String limit) {
        return gateway.getBean(MeterRegistry.class)
                .get("stagedoor.limits")
                .tags("limit", limit, "outcome", "refused")
                .counter()
                .count();
    }
}
