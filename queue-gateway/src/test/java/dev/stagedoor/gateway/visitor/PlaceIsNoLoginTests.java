package dev.stagedoor.gateway.visitor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.common.Pass;
import dev.stagedoor.common.Passes;
import dev.stagedoor.common.RoomId;
import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.gateway.Gateways;
import dev.stagedoor.gateway.Upstream;
import dev.stagedoor.gateway.Visitor;
import dev.stagedoor.gateway.token.QueueTokens;
import dev.stagedoor.gateway.waitingroom.Ticket;
import dev.stagedoor.gateway.waitingroom.redis.OperatorStore.Operator;
import dev.stagedoor.gateway.waitingroom.room.Room;
import dev.stagedoor.gateway.waitingroom.room.Rooms;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.context.ConfigurableApplicationContext;

import reactor.core.publisher.Mono;

import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;

/** A queue token is a place. Who somebody is, an access token says. */
class PlaceIsNoLoginTests {

    private static final String ROOM = "main";
    private static final Operator OPERATOR = new Operator("alice", "127.0.0.1");

    private static EmbeddedRedis redis;
    private static Upstream upstream;
    private static ConfigurableApplicationContext gateway;
    private static ConfigurableApplicationContext other;
    private static final AtomicReference<@Nullable String> PASS = new AtomicReference<>();

    @BeforeAll
    static void start() {
        redis = EmbeddedRedis.start();
        upstream = new Upstream();
        upstream.answers(
                (request, response) -> {
                    PASS.set(request.requestHeaders().get("Stagedoor-Pass"));
                    return response.sendString(Mono.just("hello"));
                });
        gateway = started();
        other = started();
    }

    private static ConfigurableApplicationContext started() {
        return Gateways.startOn(
                redis.url(), upstream.url(), "stagedoor.rooms." + ROOM + ".interval=100ms");
    }

    @AfterAll
    static void stop() {
        gateway.close();
        other.close();
        upstream.close();
        redis.close();
    }

    @AfterEach
    void guestsMayComeAgain() {
        change("guests", "true");
        change("mode", "AUTO");
    }

    @Test
    void whoeverStillHasAPlaceGetsItAgain() {
        String token = token(joins(null, null));

        HttpResponse<String> again = joins(other, token, null);

        assertThat(again.statusCode()).isEqualTo(200);
        assertThat(token(again)).isEqualTo(token);
    }

    @Test
    void aGuestWhoseVisitIsOverIsSomebodyElseNextTime() {
        String token = token(joins(null, null));
        leaves(token);

        HttpResponse<String> again = joins(other, token, null);

        assertThat(again.statusCode()).isEqualTo(201);
        assertThat(ticket(token(again)).user()).isNotEqualTo(ticket(token).user());
    }

    @Test
    void whoHoldsTheTokenOfSomebodyKnownIsNotThem() {
        Visitor known = new Visitor(ROOM);
        known.joins(gateway);
        String old = known.token();
        known.leaves(gateway);
        known.joins(gateway);

        HttpResponse<String> stranger = joins(old, null);

        assertThat(ticket(token(stranger)).user()).isNotEqualTo(known.user());
        assertThat(known.polls(gateway).statusCode()).isEqualTo(200);
    }

    @Test
    void whereGuestsMayNotJoinNobodyDoesWithAnOldTokenAlone() {
        String gone = token(joins(null, null));
        String here = token(joins(null, null));
        leaves(gone);
        change("guests", "false");

        assertProblem(joins(gone, null), 401, "guests-not-allowed");
        assertProblem(joins(null, null), 401, "guests-not-allowed");
        assertThat(joins(here, null).statusCode()).as("has a place").isEqualTo(200);
        assertThat(joins(gone, new Visitor(ROOM).accessToken()).statusCode()).isEqualTo(201);
    }

    @Test
    void anOpenRoomKnowsNobodyByATicketThatIsOver() {
        String token = token(joins(null, null));
        leaves(token);
        change("mode", "OPEN");

        HttpResponse<String> answer =
                Visitor.send(
                        Visitor.request(gateway, "/api/v1/seats").header("Queue-Token", token));

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(pass().user()).isNotEqualTo(ticket(token).user());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/api/v1/seats",
                "/api/v1/queue/tokens/current",
                "/api/v1/queue/tokens/current?room=" + ROOM,
                "/api/v1/queue/events"
            })
    void whoeverSaysWhoTheyAreMustBeWhoTheTicketNames(String path) {
        Visitor visitor = new Visitor(ROOM);
        visitor.joins(gateway);
        String stranger = new Visitor(ROOM).accessToken();

        for (int i = 0; i < 2; i++) { // also when both are known already
            assertProblem(shows(path, visitor, "Authorization", "Bearer " + stranger));
            assertProblem(shows(path, visitor, "Cookie", "a=b; access-token=" + stranger));
            assertThat(
                            shows(path, visitor, "Authorization", "bearer " + visitor.accessToken())
                                    .statusCode())
                    .isEqualTo(200);
            assertThat(
                            shows(path, visitor, "Cookie", "access-token=" + visitor.accessToken())
                                    .statusCode())
                    .isEqualTo(200);
        }
    }

    /** It may be the upstream's own. */
    @ParameterizedTest
    @ValueSource(
            strings = {"Bearer ", "Bearer what-the-upstream-reads", "Basic YTpi", "Bearer a.b.c"})
    void whatIsNoAccessTokenSaysNothing(String authorization) {
        Visitor visitor = new Visitor(ROOM);
        visitor.joins(gateway);

        assertThat(shows("/api/v1/seats", visitor, "Authorization", authorization).statusCode())
                .isEqualTo(200);
        assertThat(pass().user()).isEqualTo(visitor.user());
    }

    // ── steps ───────────────────────────────────────────────────────────────────────────────────

    private static HttpResponse<String> joins(@Nullable String token, @Nullable String access) {
        return joins(gateway, token, access);
    }

    private static HttpResponse<String> joins(
            ConfigurableApplicationContext at, @Nullable String token, @Nullable String access) {
        HttpRequest.Builder request =
                Visitor.request(at, "/api/v1/queue/tokens").POST(BodyPublishers.noBody());
        if (token != null) {
            request.header("Queue-Token", token);
        }
        if (access != null) {
            request.header("Authorization", "Bearer " + access);
        }
        return await().until(() -> Visitor.send(request), a -> a.statusCode() != 503);
    }

    private static void leaves(String token) {
        HttpResponse<String> answer =
                Visitor.send(
                        Visitor.request(gateway, "/api/v1/queue/tokens/current")
                                .header("Queue-Token", token)
                                .DELETE());
        assertThat(answer.statusCode()).isEqualTo(204);
    }

    private static HttpResponse<String> shows(
            String path, Visitor visitor, String name, String value) {
        return Visitor.send(
                Visitor.request(gateway, path)
                        .header("Queue-Token", visitor.token())
                        .header(name, value));
    }

    private static String token(HttpResponse<String> answer) {
        return Visitor.json(answer).get("token").asString();
    }

    private static Ticket ticket(String token) {
        return gateway.getBean(QueueTokens.class).verify(token).orElseThrow();
    }

    private static Pass pass() {
        var passes = new Passes(List.of(Gateways.PASS_KEY), InstantSource.system());
        return passes.verify(PASS.get()).orElseThrow();
    }

    private static void change(String setting, String value) {
        for (ConfigurableApplicationContext at : List.of(gateway, other)) {
            Room room = at.getBean(Rooms.class).find(new RoomId(ROOM)).orElseThrow();
            room.controls()
                    .change(Map.of(setting, value), OPERATOR)
                    .retryWhen(Gateways.AGAIN)
                    .block();
        }
    }

    private static void assertProblem(HttpResponse<String> answer) {
        assertProblem(answer, 401, "queue-token-invalid");
    }

    private static void assertProblem(HttpResponse<String> answer, int status, String code) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(Visitor.json(answer).get("code").asString()).isEqualTo(code);
    }
}
