package dev.stagedoor.gateway.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.gateway.Gateways;
import dev.stagedoor.gateway.Upstream;
import dev.stagedoor.gateway.Visitor;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.context.ConfigurableApplicationContext;

import tools.jackson.databind.JsonNode;

import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** What somebody has written into a room by hand is that room's trouble. */
class SpoiltRoomTests {

    private static final String ROOMS = "/ops/api/rooms";
    private static final List<String> LASTING = List.of("epoch", "sequence");
    private static final AtomicInteger NEXT = new AtomicInteger();

    private static EmbeddedRedis redis;
    private static Upstream upstream;
    private static ConfigurableApplicationContext gateway;
    private static OperatorClient operator;

    private final String room = "spoilt-" + NEXT.incrementAndGet();
    private final Visitor inside = new Visitor(room);
    private final Visitor waiting = new Visitor(room);

    @BeforeAll
    static void start() {
        redis = EmbeddedRedis.start();
        upstream = new Upstream();
        gateway =
                Gateways.startOn(
                        redis.url(),
                        upstream.url(),
                        "stagedoor.ops.password=" + OperatorClient.PASSWORD,
                        "stagedoor.rooms.main.capacity=1000",
                        "stagedoor.rooms.main.interval=100ms");
        operator = new OperatorClient(gateway);
    }

    @AfterAll
    static void stop() {
        gateway.close();
        upstream.close();
        redis.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HSET state epoch lots",
                "HSET state sequence 99999999999999999999",
                "HSET state cursor nan",
                "HSET state joined lots",
                "HSET state recovering-until 1e9"
            })
    void aFieldThatIsNoNumberStopsTheRoomUntilItIsPutRight(String slip) {
        somebodyIsInsideAndSomebodyWaits();
        String field = slip.split(" ")[2];
        String former = redis.ask("HGET wr:{" + room + "}:state " + field).strip();

        byHand(slip);

        await().until(() -> shown().get("redis").asString().equals("spoilt"));
        nothingBreaks();
        redis.ask(
                LASTING.contains(field)
                        ? "HSET wr:{" + room + "}:state " + field + " " + former
                        : "HDEL wr:{" + room + "}:state " + field);
        await().until(() -> shown().get("redis").asString().equals("up"));
        assertThat(waiting.status(gateway).get("position").asInt()).isEqualTo(1);
        assertThat(inside.isActive(gateway)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SET waiting lots",
                "HSET rate lots lots",
                "HSET passes INSIDE lots",
                "ZADD waiting inf nobody",
                "ZADD marks 5 lots",
                "LPUSH history lots",
                "XADD changes * at yesterday"
            })
    void nothingThatIsWrittenByHandBreaksAnything(String slip) {
        somebodyIsInsideAndSomebodyWaits();

        byHand(slip);
        double before = ticks();
        await().until(() -> ticks() >= before + 2);

        nothingBreaks();
    }

    /** The story of an end that is told by hand may be told in other words. */
    @ParameterizedTest
    @ValueSource(strings = {"%d kicked", "%d", "%d 5"})
    void aTicketThatWasTakenAwayByHandIsOverWhateverTheWord(String story) {
        somebodyIsInsideAndSomebodyWaits();
        long sequence = waiting.status(gateway).get("sequence").asLong();
        redis.ask("ZREM wr:{" + room + "}:waiting " + waiting.user());
        redis.ask(
                "SET wr:{%s}:ended:%s \"%s\""
                        .formatted(room, waiting.user(), story.formatted(sequence)));

        await().until(() -> waiting.polls(gateway).statusCode() == 410);
        nothingBreaks();
    }

    @Test
    void aSessionWithoutEndIsOneOfAYear() {
        somebodyIsInsideAndSomebodyWaits();

        byHand("ZADD active inf INSIDE");

        assertThat(inside.gets(gateway, "/" + room).statusCode()).isEqualTo(200);
        assertThat(explained(inside).get("state").asString()).isEqualTo("ACTIVE");
    }

    private void somebodyIsInsideAndSomebodyWaits() {
        assertThat(
                        operator.send(
                                        "POST",
                                        ROOMS,
                                        """
                                        {"room":"%1$s","settings":{"paths":["/%1$s/**"],\
                                        "capacity":1,"interval":"100ms"}}
                                        """
                                                .formatted(room))
                                .statusCode())
                .isEqualTo(201);
        inside.joins(gateway);
        waiting.joins(gateway);
        await().until(() -> waiting.polls(gateway).statusCode() == 200);
    }

    /** A command, by the last parts of the names of its keys. */
    private void byHand(String slip) {
        String[] words = slip.replace("INSIDE", inside.user().toString()).split(" ", 3);
        String key = "wr:{" + room + "}:" + words[1];
        if (words[0].equals("SET")) {
            redis.ask("DEL " + key);
        }
        redis.ask(words[0] + " " + key + " " + words[2]);
    }

    private double ticks() {
        return gateway
                .getBean(MeterRegistry.class)
                .find("stagedoor.queue.ticks")
                .tag("room", room)
                .counters()
                .stream()
                .mapToDouble(Counter::count)
                .sum();
    }

    private JsonNode shown() {
        return operator.get(ROOMS + "/" + room);
    }

    private JsonNode explained(Visitor visitor) {
        return operator.post(
                "/ops/api/explain",
                "{\"room\":\"%s\",\"user\":\"%s\"}".formatted(room, visitor.user()));
    }

    private void nothingBreaks() {
        List<HttpResponse<String>> answers = new ArrayList<>();
        String here = ROOMS + "/" + room;
        for (String call : List.of("", "/history", "/changes", "/people", "/bans")) {
            answers.add(operator.send("GET", here + call, ""));
        }
        for (Visitor visitor : List.of(inside, waiting)) {
            String whom = "{\"room\":\"%s\",\"user\":\"%s\"}".formatted(room, visitor.user());
            answers.add(operator.send("POST", "/ops/api/explain", whom));
            answers.add(visitor.polls(gateway));
            answers.add(visitor.gets(gateway, "/" + room));
        }
        answers.add(new Visitor(room).asksToJoin(gateway));
        answers.add(inside.asksToJoin(gateway));
        answers.add(operator.send("PATCH", here + "/settings", "{\"batch\":10}"));
        answers.add(
                operator.send(
                        "POST",
                        here + "/bans",
                        "{\"who\":\"10.9.9.9\",\"for\":\"1h\",\"why\":\"x\"}"));
        answers.add(operator.send("DELETE", here + "/bans?who=10.9.9.9", ""));
        answers.add(operator.send("POST", here + "/end", "{\"who\":\"10.9.9.9\"}"));
        answers.add(Visitor.send(Visitor.request(gateway, "/api/v1/queue/rooms/" + room).GET()));
        answers.add(
                operator.send(
                        "POST",
                        "/ops/api/revoke",
                        "{\"room\":\"%s\",\"user\":\"%s\"}"
                                .formatted(room, new Visitor(room).user())));

        assertThat(answers)
                .as("answers of " + room)
                .allSatisfy(
                        answer ->
                                assertThat(answer.statusCode())
                                        .as(answer.request() + " " + answer.body())
                                        .isNotEqualTo(500));
        assertThat(operator.get(ROOMS).get("rooms")).isNotEmpty();
        Visitor other = new Visitor("main");
        other.joins(gateway);
        await().until(() -> other.gets(gateway, "/other").statusCode() == 200);
    }
}
