package dev.stagedoor.gateway.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.common.RoomId;
import dev.stagedoor.common.SigningKey;
import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.gateway.Gateways;
import dev.stagedoor.gateway.Upstream;
import dev.stagedoor.gateway.Visitor;
import dev.stagedoor.gateway.token.Guests;
import dev.stagedoor.gateway.waitingroom.Network;
import dev.stagedoor.gateway.waitingroom.redis.TestRedis;
import dev.stagedoor.gateway.waitingroom.room.Room;
import dev.stagedoor.gateway.waitingroom.room.Rooms;

import io.micrometer.core.instrument.MeterRegistry;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.context.ConfigurableApplicationContext;

import reactor.core.publisher.Flux;

import tools.jackson.databind.JsonNode;

import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/** What an operator does about many who come at once, in a room for two, at two gateways. */
class OpsVisitorsTests {

    private static final AtomicInteger ROOMS = new AtomicInteger();
    private static final String CROWD = "203.0.113.";
    private static final String OTHERS = "198.51.100.";

    private static EmbeddedRedis redis;
    private static Upstream upstream;
    private static ConfigurableApplicationContext gateway;
    private static ConfigurableApplicationContext other;

    private final OperatorClient here = new OperatorClient(gateway);
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
        return startGateway(Gateways.QUEUE_KEY);
    }

    private static ConfigurableApplicationContext startGateway(SigningKey queue) {
        return Gateways.startOn(
                Gateways.WELL_INFORMED,
                redis.url(),
                upstream.url(),
                Gateways.QUEUE_KEYS + queue.encoded(),
                "stagedoor.ops.password=" + OperatorClient.PASSWORD,
                "stagedoor.gateway.trusted-proxies=127.0.0.1",
                "stagedoor.rooms.main.interval=100ms");
    }

    @AfterAll
    static void stop() {
        gateway.close();
        other.close();
        upstream.close();
        redis.close();
    }

    private String newRoom() {
        String name = "many-" + ROOMS.incrementAndGet();
        String body =
                """
                {"room":"%1$s","settings":{"paths":["/%1$s/**"],"capacity":2,"interval":"100ms"}}
                """
                        .formatted(name);
        assertThat(here.send("POST", "/ops/api/rooms", body).statusCode()).isEqualTo(201);
        await().until(() -> isKnown(name, other));
        return name;
    }

    private static boolean isKnown(String room, ConfigurableApplicationContext gateway) {
        return new OperatorClient(gateway).send("GET", "/ops/api/rooms/" + room, "").statusCode()
                == 200;
    }

    // ── ending ──────────────────────────────────────────────────────────────────────────────────

    @Test
    void endsAllGuestsWhereverTheyStandAndNobodyElse() {
        List<String> guests = joinAll(CROWD, 5); // two are inside
        guests.addAll(joinAll(OTHERS, 1));
        Visitor known = new Visitor(room);
        known.joins(other);

        JsonNode answer = here.post(at + "/end", "{\"who\":\"guests\"}");

        assertThat(answer.get("ended").asInt()).isEqualTo(6);
        for (String guest : guests) {
            await().untilAsserted(
                            () -> assertThat(polls(other, guest).statusCode()).isEqualTo(410));
        }
        await().untilAsserted(() -> assertThat(known.isActive(other)).isTrue());
        JsonNode change = here.get(at + "/changes").at("/changes/0");
        assertThat(change.get("what").asString()).isEqualTo("end guests");
        assertThat(change.get("now").asString()).isEqualTo("6 ended");
        assertThat(change.get("by").asString()).isEqualTo("ops");
    }

    @Test
    void takesTheTurnAwayFromThoseInsideAtOnceOnEveryGateway() {
        String inside = joinAll(CROWD, 1).getFirst();
        assertThat(visits(other, inside).statusCode()).isEqualTo(200);
        here.patch(at + "/settings", "{\"interval\":\"1m\"}");

        here.post(at + "/end", "{\"who\":\"guests\"}");

        await().untilAsserted(() -> assertThat(visits(other, inside).statusCode()).isEqualTo(401));
    }

    /** Of a user the place is known without a token. */
    @Test
    void endsWhatGuestsHadBeforeTheKeyOfTokensWasTakenAway() {
        joinAll(CROWD, 2); // both are inside
        Visitor known = new Visitor(room);
        long place = known.joins(other).get("sequence").asLong();
        try (ConfigurableApplicationContext anew = startGateway(SigningKey.random("another"))) {
            await().until(() -> isKnown(room, anew));
            assertThat(known.polls(anew).statusCode()).isEqualTo(401);

            assertThat(known.joins(anew).get("sequence").asLong()).isEqualTo(place);
            assertThat(known.isActive(anew)).isFalse();
            JsonNode answer = new OperatorClient(anew).post(at + "/end", "{\"who\":\"guests\"}");

            assertThat(answer.get("ended").asInt()).isEqualTo(2);
            await().until(() -> known.isActive(anew));
        }
    }

    @Test
    void endsTheGuestsOfOneNetwork() {
        List<String> crowd = joinAll(CROWD, 3);
        List<String> others = joinAll(OTHERS, 2);

        JsonNode answer = here.post(at + "/end", "{\"who\":\"" + CROWD + "77\"}");

        assertThat(answer.get("who").asString()).isEqualTo("203.0.113.0/24");
        assertThat(answer.get("ended").asInt()).isEqualTo(3);
        assertThat(crowd)
                .allSatisfy(
                        it ->
                                await().untilAsserted(
                                                () ->
                                                        assertThat(polls(other, it).statusCode())
                                                                .isEqualTo(410)));
        assertThat(others)
                .allSatisfy(it -> assertThat(polls(other, it).statusCode()).isEqualTo(200));
    }

    @Test
    void endsTheVisitOfOneUser() {
        Visitor known = new Visitor(room);
        known.joins(gateway);

        JsonNode answer = here.post(at + "/end", "{\"who\":\"" + known.user().uuid() + "\"}");

        assertThat(answer.get("ended").asInt()).isEqualTo(1);
        await().untilAsserted(() -> assertThat(known.polls(other).statusCode()).isEqualTo(410));
    }

    /** More than one call of the script looks at. */
    @Test
    void endsThousandsInSomeCalls() {
        Room line = gateway.getBean(Rooms.class).find(new RoomId(room)).orElseThrow();
        Guests guests = gateway.getBean(Guests.class);
        Flux.range(0, 5_000)
                .map(i -> Network.parse((i % 2 == 0 ? CROWD : OTHERS) + "1").orElseThrow())
                .flatMap(network -> line.join(guests.from(network), Runnable::run), 500)
                .blockLast();
        String last = joinAll(CROWD, 1).getFirst();
        Room seenThere = other.getBean(Rooms.class).find(new RoomId(room)).orElseThrow();
        polls(other, last);
        seenThere.upkeep().flush().block();
        polls(other, last);

        JsonNode answer = here.post(at + "/end", "{\"who\":\"203.0.113.0/24\"}");

        assertThat(answer.get("ended").asInt()).isEqualTo(2_501);
        await().untilAsserted(() -> assertThat(polls(other, last).statusCode()).isEqualTo(410));
        await().untilAsserted(
                        () -> {
                            JsonNode seen = here.get(at);
                            assertThat(seen.get("waiting").asInt() + seen.get("active").asInt())
                                    .isEqualTo(2_500);
                        });
    }

    // ── keeping out ─────────────────────────────────────────────────────────────────────────────

    @Test
    void keepsANetworkOutOnEveryGateway() {
        List<String> crowd = joinAll(CROWD, 3);

        JsonNode ban = here.post(at + "/bans", ban("203.0.113.0/24", "1h", "a wave of robots"));

        assertThat(ban.get("ended").asInt()).isEqualTo(3);
        assertThat(Instant.parse(ban.get("until").asString()))
                .isBetween(Instant.now().plusSeconds(3_500), Instant.now().plusSeconds(3_700));
        await().untilAsserted(() -> assertBanned(joins(other, CROWD + 9, null, null)));
        assertBanned(joins(gateway, CROWD + 9, crowd.getFirst(), null));
        assertBanned(joins(gateway, CROWD + 9, null, new Visitor(room).accessToken()));
        assertThat(joins(gateway, OTHERS + 9, null, null).statusCode()).isEqualTo(201);
        assertThat(joins(gateway, "2001:db8::1", null, null).statusCode()).isEqualTo(201);
        assertThat(here.get(at + "/bans").at("/bans/0/why").asString())
                .isEqualTo("a wave of robots");
        assertThat(here.get(at + "/changes").get("changes"))
                .anyMatch(it -> it.get("what").asString().equals("ban 203.0.113.0/24"));
    }

    @Test
    void letsThemAgainWhenTheBanIsLifted() {
        here.post(at + "/bans", ban("2001:db8:0:7::1", "1h", "robots"));
        assertBanned(joins(gateway, "2001:db8:0:7::99", null, null));

        int lifted = send("DELETE", at + "/bans?who=2001:db8:0:7::/64").statusCode();

        assertThat(lifted).isEqualTo(204);
        assertThat(joins(gateway, "2001:db8:0:7::99", null, null).statusCode()).isEqualTo(201);
        assertThat(send("DELETE", at + "/bans?who=2001:db8:0:7::/64").statusCode()).isEqualTo(404);
        assertThat(here.get(at + "/bans").get("bans")).isEmpty();
    }

    @Test
    void keepsAUserOutWhateverTheyShow() {
        Visitor known = new Visitor(room);
        known.joins(gateway);

        here.post(at + "/bans", ban(known.user().toString(), "1h", "resells"));

        await().untilAsserted(() -> assertBanned(known.asksToJoin(other)));
        assertBanned(joins(gateway, OTHERS + 1, known.token(), null));
        assertThat(new Visitor(room).asksToJoin(gateway).statusCode()).isEqualTo(201);
    }

    /** As one does by redis-cli, with or without a time. */
    @Test
    void obeysWhatIsTypedIntoRedis() {
        var template = TestRedis.template(redis.url());
        String key = "wr:{" + room + "}:bans";
        template.opsForHash().put(key, "203.0.113.0/24", "no time at all").block();
        long soon = System.currentTimeMillis() + 700;
        template.opsForHash().put(key, "198.51.100.0/24", soon + " bob soon over").block();

        await().untilAsserted(() -> assertBanned(joins(other, CROWD + 9, null, null)));
        assertThat(here.get(at + "/bans").get("bans")).hasSizeBetween(1, 2);
        await().untilAsserted(
                        () ->
                                assertThat(template.opsForHash().keys(key).collectList().block())
                                        .containsExactly("203.0.113.0/24"));
        await().until(() -> joins(other, OTHERS + 9, null, null).statusCode() == 201);
        assertThat(send("DELETE", at + "/bans?who=203.0.113.0/24").statusCode()).isEqualTo(204);
    }

    @Test
    void keepsAListOfFiveHundred() {
        Map<String, String> many = new HashMap<>();
        for (int i = 0; i < 499; i++) {
            many.put("10." + i / 250 + "." + i % 250 + ".0/24", "1900000000000 alice robots");
        }
        TestRedis.template(redis.url()).opsForHash().putAll("wr:{" + room + "}:bans", many).block();
        here.post(at + "/bans", ban("10.1.249.1", "1h", "the last one"));

        JsonNode refused =
                here.refused(
                        400, "validation-failed", "POST", at + "/bans", ban("10.9.9.9", "1h", "x"));

        assertThat(refused.at("/fields/0/must").asString()).contains("500");
        here.post(at + "/bans", ban("10.0.0.0/24", "2h", "longer")); // one of them
        assertThat(here.get(at + "/bans").get("bans")).hasSize(500);
        assertBanned(joins(gateway, "10.1.249.3", null, null));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    end  | {}                                                    | who
                    end  | {"who":"everybody"}                                   | who
                    end  | {"who":"203.0.113.0/16"}                              | who
                    bans | {"who":"guests","for":"1h","why":"x"}                 | who
                    bans | {"who":"203.0.113.1","why":"x"}                       | for
                    bans | {"who":"203.0.113.1","for":"0s","why":"x"}            | for
                    bans | {"who":"203.0.113.1","for":"400d","why":"x"}          | for
                    bans | {"who":"203.0.113.1","for":"3600","why":"x"}          | for
                    bans | {"who":"203.0.113.1","for":"1us","why":"x"}           | for
                    bans | {"who":"203.0.113.1","for":"soon","why":"x"}          | for
                    bans | {"who":"203.0.113.1","for":"1h"}                      | why
                    bans | {"who":"203.0.113.1","for":"1h","why":"a\\nb"}        | why
                    bans | {"who":"203.0.113.1","for":"1h","why":"a\\u0000b"}    | why
                    """)
    void saysWhatIsWrong(String call, String body, String field) {
        JsonNode refused = here.refused(400, "validation-failed", "POST", at + "/" + call, body);

        assertThat(refused.at("/fields/0/field").asString()).isEqualTo(field);
        here.refused(404, "room-not-found", "POST", "/ops/api/rooms/none/" + call, body);
    }

    @Test
    void countsAsRefusedOnlyWhatIs() {
        double before = refused("room-exists") + refused("validation-failed");

        newRoom();
        here.post(at + "/bans", ban(CROWD + "7", "1h", "too many"));

        assertThat(refused("room-exists") + refused("validation-failed")).isEqualTo(before);
    }

    // ── steps ───────────────────────────────────────────────────────────────────────────────────

    private List<String> joinAll(String network, int people) {
        List<String> tokens = new ArrayList<>();
        for (int i = 0; i < people; i++) {
            HttpResponse<String> answer =
                    joins(i % 2 == 0 ? gateway : other, network + (i % 250 + 1), null, null);
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
            tokens.add(Visitor.json(answer).get("token").asString());
        }
        return tokens;
    }

    private HttpResponse<String> joins(
            ConfigurableApplicationContext at,
            String address,
            @Nullable String token,
            @Nullable String access) {
        HttpRequest.Builder request =
                Visitor.request(at, "/api/v1/queue/tokens")
                        .header("X-Forwarded-For", address)
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofString("{\"room\":\"" + room + "\"}"));
        if (token != null) {
            request.header("Queue-Token", token);
        }
        if (access != null) {
            request.header("Authorization", "Bearer " + access);
        }
        HttpResponse<String> answer = Visitor.send(request);
        return answer.statusCode() != 503
                ? answer
                : await().until(() -> Visitor.send(request), a -> a.statusCode() != 503);
    }

    private static HttpResponse<String> polls(ConfigurableApplicationContext at, String token) {
        return Visitor.send(
                Visitor.request(at, "/api/v1/queue/tokens/current").header("Queue-Token", token));
    }

    private HttpResponse<String> visits(ConfigurableApplicationContext at, String token) {
        return Visitor.send(
                Visitor.request(at, "/" + room + "/seats").header("Queue-Token", token));
    }

    private HttpResponse<String> send(String method, String path) {
        return here.send(method, path, "");
    }

    private static String ban(String who, String length, String why) {
        return "{\"who\":\"%s\",\"for\":\"%s\",\"why\":\"%s\"}".formatted(who, length, why);
    }

    private static double refused(String code) {
        return gateway.getBean(MeterRegistry.class)
                .get("stagedoor.problems")
                .tag("code", code)
                .counter()
                .count();
    }

    private static void assertBanned(HttpResponse<String> answer) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(403);
        assertThat(Visitor.json(answer).get("code").asString()).isEqualTo("banned");
        assertThat(Visitor.json(answer).has("until")).isTrue();
    }
}
