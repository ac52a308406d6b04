package dev.stagedoor.gateway.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.common.UserId;
import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.gateway.Gateways;
import dev.stagedoor.gateway.Upstream;
import dev.stagedoor.gateway.Visitor;
import dev.stagedoor.gateway.token.QueueTokens;
import dev.stagedoor.gateway.waitingroom.Ticket;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.context.ConfigurableApplicationContext;

import tools.jackson.databind.JsonNode;

import java.net.http.HttpResponse;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/** What an operator sees and does of a room for one, at two gateways. */
class OpsApiTests {

    private static final AtomicInteger ROOMS = new AtomicInteger();
    private static final Executor OPERATORS = Executors.newVirtualThreadPerTaskExecutor();

    private static EmbeddedRedis redis;
    private static Upstream upstream;
    private static ConfigurableApplicationContext gateway;
    private static ConfigurableApplicationContext other;

    private final OperatorClient here = new OperatorClient(gateway);
    private final OperatorClient there = new OperatorClient(other);
    private final String room = newRoom();
    private final String at = "/ops/api/rooms/" + room;

    @BeforeAll
    static void start() {
        redis = EmbeddedRedis.start();
        upstream = new Upstream();
        gateway = startGateway();
        other = startGateway();
    }

    private static ConfigurableApplicationContext startGateway() {
        return Gateways.startOn(
                Gateways.WELL_INFORMED,
                redis.url(),
                upstream.url(),
                "stagedoor.ops.password=" + OperatorClient.PASSWORD,
                "stagedoor.rooms.main.interval=100ms");
    }

    @AfterAll
    static void stop() {
        gateway.close();
        other.close();
        upstream.close();
        redis.close();
    }

    /** Made by the API itself, and known to both gateways before a test begins. */
    private String newRoom() {
        String name = "ops-" + ROOMS.incrementAndGet();
        String body =
                """
                {"room":"%1$s","settings":{"paths":["/%1$s/**"],"capacity":1,"interval":"100ms"}}
                """
                        .formatted(name);
        assertThat(here.send("POST", "/ops/api/rooms", body).statusCode()).isEqualTo(201);
        await().until(() -> knows(gateway, name) && knows(other, name));
        return name;
    }

    private static boolean knows(ConfigurableApplicationContext at, String room) {
        return new OperatorClient(at).send("GET", "/ops/api/rooms/" + room, "").statusCode() == 200;
    }

    // ── looking ─────────────────────────────────────────────────────────────────────────────────

    @Test
    void showsTheSameOfARoomOnEveryGateway() {
        Visitor inside = joined();
        Visitor waiting = joined();

        JsonNode shownHere = here.get(at);
        JsonNode shownThere = there.get(at);

        assertThat(shownHere.get("waiting").asInt()).isEqualTo(1);
        assertThat(shownHere.get("active").asInt()).isEqualTo(1);
        assertThat(shownHere.get("mode").asString()).isEqualTo("AUTO");
        assertThat(shownHere.get("redis").asString()).isEqualTo("up");
        assertThat(shownHere.get("recovering").asBoolean()).isFalse();
        assertThat(shownHere.at("/settings/capacity").asInt()).isEqualTo(1);
        for (String fact : new String[] {"waiting", "active", "mode", "epoch", "settings"}) {
            assertThat(shownThere.get(fact)).as(fact).isEqualTo(shownHere.get(fact));
        }
        assertThat(here.get(at + "/people").at("/waiting/0/user").asString())
                .isEqualTo(waiting.user().toString());
        assertThat(here.get(at + "/people").at("/active/0/user").asString())
                .isEqualTo(inside.user().toString());
        assertThat(here.get("/ops/api/rooms").get("rooms"))
                .anyMatch(it -> it.get("room").asString().equals(room));
    }

    @Test
    void keepsAHistoryThatEveryGatewayShows() {
        joined();
        joined();
        await().until(
                        () ->
                                here.get(at + "/history")
                                        .get("samples")
                                        .valueStream()
                                        .anyMatch(it -> it.get("waiting").asInt() == 1));

        JsonNode samples = there.get(at + "/history").get("samples");

        JsonNode last = samples.get(samples.size() - 1);
        assertThat(last.get("waiting").asInt()).isEqualTo(1);
        assertThat(last.get("active").asInt()).isEqualTo(1);
        assertThat(last.get("admittedLastMinute").asInt()).isEqualTo(1);
        assertThat(Instant.parse(last.get("at").asString()))
                .isBetween(Instant.now().minusSeconds(20), Instant.now().plusSeconds(5));
    }

    @Test
    void aRoomThatDoesNotExistIsNotFound() {
        here.refused(404, "room-not-found", "GET", "/ops/api/rooms/nowhere", "");
        here.refused(404, "room-not-found", "GET", "/ops/api/rooms/NOT%20A%20ROOM", "");
        here.refused(404, "room-not-found", "PATCH", "/ops/api/rooms/nowhere/settings", "{}");
        here.refused(
                404,
                "room-not-found",
                "POST",
                "/ops/api/explain",
                "{\"room\":\"nowhere\",\"user\":\"%s\"}".formatted(new Visitor("x").user()));
        here.refused(404, "not-found", "GET", "/ops/api/nothing", "");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "DELETE |          | GET, HEAD",
                "POST   | /people  | GET, HEAD",
                "GET    | /settings| PATCH",
                "HEAD   | /end     | POST",
                "PUT    | /bans    | GET, HEAD, POST, DELETE"
            })
    void whoAsksByAnotherMethodIsToldThoseThatThereAre(String method, String part, String all) {
        HttpResponse<String> answer = here.send(method, at + (part == null ? "" : part), "");

        assertThat(answer.statusCode()).isEqualTo(405);
        assertThat(answer.headers().firstValue("Allow")).contains(all);
    }

    @Test
    void soIsWhoWritesToWhatMonitorsRead() {
        HttpResponse<String> answer = here.send("POST", "/actuator/health", "");

        assertThat(answer.statusCode()).isEqualTo(405);
        assertThat(answer.headers().firstValue("Allow")).contains("GET");
    }

    @Test
    void theHeadOfWhatCanBeHadIsHadToo() {
        for (String path : List.of("/ops/api/rooms", at, at + "/bans", "/ops/api/session")) {
            HttpResponse<String> head = here.send("HEAD", path, "");

            assertThat(head.statusCode()).as(path).isEqualTo(200);
            assertThat(head.headers().firstValue("Content-Type")).contains("application/json");
            assertThat(head.body()).isEmpty();
        }
        assertThat(here.send("HEAD", "/ops/api/nothing", "").statusCode()).isEqualTo(404);
        assertThat(here.send("HEAD", "/ops", "").statusCode()).isEqualTo(308);
    }

    // ── changing ────────────────────────────────────────────────────────────────────────────────

    @Test
    void aChangeIsConfirmedAndInForceEverywhereAndWrittenDown() {
        JsonNode answer =
                here.patch(at + "/settings", "{\"capacity\":3,\"session\":\"90s\",\"batch\":50}");

        assertThat(answer.at("/settings/capacity").asInt()).isEqualTo(3);
        assertThat(answer.at("/settings/session").asString()).isEqualTo("90s");
        assertThat(answer.get("changes")).hasSize(2);
        JsonNode seen = there.get(at).get("settings");
        assertThat(seen).isEqualTo(answer.get("settings"));
        JsonNode written = there.get(at + "/changes").get("changes");
        assertThat(written.get(0).get("what").asString()).isEqualTo("session");
        assertThat(written.get(0).get("old").asString()).isEqualTo("5m");
        assertThat(written.get(0).get("now").asString()).isEqualTo("90s");
        assertThat(written.get(1).get("what").asString()).isEqualTo("capacity");
        assertThat(written.get(1).get("old").asInt()).isEqualTo(1);
        assertThat(written.get(1).get("now").asInt()).isEqualTo(3);
        assertThat(written.get(1).get("by").asString()).isEqualTo("ops");
        assertThat(written.get(1).get("from").asString()).isEqualTo("127.0.0.1");
        assertThat(written.get(2).get("what").asString()).isEqualTo("room");
        assertThat(written.get(2).get("now").asString()).isEqualTo("made");
    }

    @Test
    void ofManyWhoChangeTheSameRoomAtOnceNobodyIsTurnedAway() {
        List<CompletableFuture<HttpResponse<String>>> all =
                IntStream.range(0, 12)
                        .mapToObj(i -> "{\"capacity\":%d}".formatted(10 + i))
                        .map(body -> CompletableFuture.supplyAsync(() -> changed(body), OPERATORS))
                        .toList();

        assertThat(all).allSatisfy(it -> assertThat(it.join().statusCode()).isEqualTo(200));
        assertThat(here.get(at + "/changes").get("changes")).hasSize(1 + all.size());
    }

    private HttpResponse<String> changed(String body) {
        return here.send("PATCH", at + "/settings", body);
    }

    @Test
    void theModeHoldsTheLineAndLetsItGo() {
        Visitor inside = joined();
        Visitor next = joined();
        here.patch(at + "/settings", "{\"mode\":\"HOLD\"}");
        inside.leaves(gateway);

        assertThat(there.get(at).get("mode").asString()).isEqualTo("HOLD");
        assertThat(next.isActive(other)).isFalse();

        there.patch(at + "/settings", "{\"mode\":\"AUTO\"}");
        await().until(() -> next.isActive(gateway));
    }

    @Test
    void aRoomIsMadeOnceAndOnlyWithPathsOfItsOwn() {
        String again = "{\"room\":\"%s\",\"settings\":{\"paths\":[\"/x\"]}}".formatted(room);
        here.refused(409, "room-exists", "POST", "/ops/api/rooms", again);
        there.refused(409, "room-exists", "POST", "/ops/api/rooms", again);

        JsonNode problem =
                here.refused(
                        400,
                        "validation-failed",
                        "POST",
                        "/ops/api/rooms",
                        "{\"room\":\"Not A Room\",\"settings\":{\"capacity\":0.5}}");

        assertThat(problem.get("fields").valueStream().map(it -> it.get("field").asString()))
                .containsExactlyInAnyOrder("capacity", "room", "paths");
        assertThat(here.get(at).at("/settings/paths/0").asString()).isEqualTo("/" + room + "/**");
    }

    // ── tickets ─────────────────────────────────────────────────────────────────────────────────

    @Test
    void explainsWhoeverWaitsIsInsideOrWasAndWhatComesNext() {
        Visitor inside = joined();
        Visitor waiting = joined();
        Visitor gone = joined();
        gone.leaves(gateway);

        JsonNode ofInside = explained(token(inside));
        JsonNode ofWaiting = explained(user(waiting));
        JsonNode ofGone = explained(token(gone));

        assertThat(ofInside.get("state").asString()).isEqualTo("ACTIVE");
        assertThat(ofInside.get("next").asString()).isEqualTo("MUST_USE_TURN");
        assertJustNow(ofInside, "joinedAt");
        assertJustNow(ofInside, "admittedAt");
        assertThat(Instant.parse(ofInside.get("sessionEndsAt").asString()))
                .isAfter(Instant.now().plusSeconds(30));
        assertThat(ofWaiting.get("state").asString()).isEqualTo("WAITING");
        assertThat(ofWaiting.get("position").asInt()).isEqualTo(1);
        assertThat(ofWaiting.get("next").asString()).isEqualTo("WAITS_FOR_ITS_TURN");
        assertJustNow(ofWaiting, "joinedAt");
        assertThat(ofWaiting.get("lastSeenAt").isNull()).as("not since the join").isTrue();
        assertThat(ofWaiting.get("sequence").asLong())
                .isGreaterThan(ofInside.get("sequence").asLong());
        assertThat(ofGone.get("state").asString()).isEqualTo("ENDED");
        assertThat(ofGone.get("reason").asString()).isEqualTo("left");
        assertThat(ofGone.get("next").asString()).isEqualTo("OVER");
        assertJustNow(ofGone, "endedAt");
    }

    @Test
    void explainsWhenSomebodyWasSeenLast() {
        joined();
        Visitor waiting = joined();
        assertThat(waiting.polls(gateway).statusCode()).isEqualTo(200);

        await().until(() -> !explained(user(waiting)).get("lastSeenAt").isNull());

        assertJustNow(explained(user(waiting)), "lastSeenAt");
    }

    @Test
    void explainsThatATurnIsUsed() {
        Visitor inside = joined();
        assertThat(inside.gets(gateway, "/" + room + "/seats").statusCode()).isEqualTo(200);

        await().until(() -> explained(user(inside)).get("next").asString().equals("INSIDE"));

        assertJustNow(explained(user(inside)), "lastSeenAt");
    }

    @Test
    void explainsForgedAndUnknownTickets() {
        Visitor inside = joined();
        String forged = inside.token().substring(0, inside.token().length() - 4) + "AAAA";

        assertThat(explained("{\"token\":\"%s\"}".formatted(forged)).get("state").asString())
                .isEqualTo("INVALID");
        assertThat(explained("{\"token\":\"nonsense\"}").get("next").asString())
                .isEqualTo("NOT_OURS");
        assertThat(explained(user(new Visitor(room))).get("state").asString()).isEqualTo("ABSENT");
        here.refused(400, "validation-failed", "POST", "/ops/api/explain", "{}");
        here.refused(400, "validation-failed", "POST", "/ops/api/explain", "{\"user\":\"nobody\"}");
    }

    @Test
    void aTicketOfLongBeforeALossDoesNotComeBack() {
        Ticket known = ticket(joined());
        long longAgo = Instant.now().minusSeconds(31 * 60).toEpochMilli();
        writes("epoch", longAgo);
        Ticket former = new Ticket(known.room(), UserId.random(), longAgo * 1000 - 7, longAgo - 9);

        JsonNode story = explained(token(signed(former)));

        assertThat(story.get("next").asString()).isEqualTo("UNKNOWN");
        assertThat(polls(signed(former)).statusCode()).isEqualTo(410);
    }

    @Test
    void aTicketThatAServerLostWhichDiedComesBack() {
        joined();
        Ticket known = ticket(joined());
        Ticket lost =
                new Ticket(known.room(), UserId.random(), known.sequence() + 2, known.epoch());
        writes("lost-after", known.sequence());
        writes("lost-before", known.sequence() + 9);
        writes("lost-until", Instant.now().plusSeconds(1800).toEpochMilli());

        JsonNode story = explained(token(signed(lost)));

        assertThat(story.get("next").asString()).isEqualTo("IS_TAKEN_BACK");
        assertThat(story.get("meaning").asString()).contains("if ");
        assertThat(polls(signed(lost)).body()).contains("WAITING");
        assertThat(explained(token(signed(lost))).get("state").asString()).isEqualTo("WAITING");
    }

    @Test
    void nothingIsRememberedOfAPlaceThatIsGivenUpWithoutASignOfLife() {
        joined();
        Ticket stranger = ticket(joined());
        redis.ask("DEL wr:{%s}:marks".formatted(room));
        redis.ask("ZADD wr:{%s}:marks 1 %d".formatted(room, stranger.sequence()));
        redis.ask("ZADD wr:{%s}:quiet 1 %d".formatted(room, stranger.sequence() / 100));

        JsonNode story =
                await().until(
                                () -> explained(token(signed(stranger))),
                                it -> it.get("state").asString().equals("ABSENT"));

        assertThat(story.get("next").asString()).isEqualTo("UNKNOWN");
        assertThat(story.get("meaning").asString()).contains("given up without a sign of life");
    }

    @Test
    void aRevokedTicketIsOverOnTheOtherGateway() {
        Visitor inside = joined();
        assertThat(inside.gets(other, "/" + room + "/seats").statusCode()).isEqualTo(200);

        here.post("/ops/api/revoke", user(inside));

        await().until(() -> inside.gets(other, "/" + room + "/seats").statusCode() == 401);
    }

    @Test
    void whoRevokedATicketIsWrittenDown() {
        Visitor inside = joined();
        assertThat(inside.gets(other, "/" + room + "/seats").statusCode()).isEqualTo(200);

        JsonNode story = here.post("/ops/api/revoke", user(inside));

        assertThat(story.get("reason").asString()).isEqualTo("revoked");
        assertThat(story.get("admittedAt").asString()).isNotBlank();
        JsonNode written = there.get(at + "/changes").at("/changes/0");
        assertThat(written.get("what").asString())
                .isEqualTo("ticket %s %s".formatted(inside.user(), story.get("sequence")));
        assertThat(written.get("old").asString()).isEqualTo("active");
        assertThat(written.get("now").asString()).isEqualTo("revoked");
    }

    @Test
    void onlyATicketThatLivesCanBeRevoked() {
        joined();
        Visitor waiting = joined();
        here.post("/ops/api/revoke", token(waiting));

        here.refused(404, "ticket-not-found", "POST", "/ops/api/revoke", token(waiting));
        here.refused(404, "ticket-not-found", "POST", "/ops/api/revoke", user(waiting));
        here.refused(400, "validation-failed", "POST", "/ops/api/revoke", "{\"token\":\"forged\"}");

        assertThat(explained(token(waiting)).get("reason").asString()).isEqualTo("revoked");
    }

    // ── steps ───────────────────────────────────────────────────────────────────────────────────

    private Visitor joined() {
        Visitor visitor = new Visitor(room);
        visitor.joins(gateway);
        return visitor;
    }

    private JsonNode explained(String body) {
        return there.post("/ops/api/explain", body);
    }

    private static String token(Visitor visitor) {
        return token(visitor.token());
    }

    private static String token(String token) {
        return "{\"token\":\"%s\"}".formatted(token);
    }

    private static Ticket ticket(Visitor visitor) {
        return gateway.getBean(QueueTokens.class).verify(visitor.token()).orElseThrow();
    }

    private static String signed(Ticket ticket) {
        return gateway.getBean(QueueTokens.class).sign(ticket);
    }

    private static HttpResponse<String> polls(String token) {
        return Visitor.send(
                Visitor.request(other, "/api/v1/queue/tokens/current")
                        .header("Queue-Token", token));
    }

    private void writes(String field, long value) {
        redis.ask("HSET wr:{%s}:state %s %d".formatted(room, field, value));
    }

    private String user(Visitor visitor) {
        return "{\"room\":\"%s\",\"user\":\"%s\"}".formatted(room, visitor.user());
    }

    private static void assertJustNow(JsonNode story, String fact) {
        assertThat(Instant.parse(story.get(fact).asString()))
                .as(fact)
                .isBetween(Instant.now().minusSeconds(20), Instant.now().plusSeconds(2));
    }
}
