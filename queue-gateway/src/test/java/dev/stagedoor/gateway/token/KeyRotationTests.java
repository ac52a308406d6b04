package dev.stagedoor.gateway.token;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.common.SigningKey;
import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.gateway.Gateways;
import dev.stagedoor.gateway.Upstream;
import dev.stagedoor.gateway.Visitor;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.context.ConfigurableApplicationContext;

import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;

/** One gateway signs with the next key already, another one has not been told of it. */
class KeyRotationTests {

    private static final String ROOM = "rotation";
    private static final SigningKey NEXT_KEY = SigningKey.random("queue-2");

    private static EmbeddedRedis redis;
    private static Upstream upstream;
    private static ConfigurableApplicationContext old;
    private static ConfigurableApplicationContext next;

    @BeforeAll
    static void start() {
        redis = EmbeddedRedis.start();
        upstream = new Upstream();
        old = start(Gateways.QUEUE_KEY.encoded());
        next = start(NEXT_KEY.encoded() + "," + Gateways.QUEUE_KEY.encoded());
    }

    private static ConfigurableApplicationContext start(String keys) {
        return Gateways.startOn(
                redis.url(),
                upstream.url(),
                Gateways.QUEUE_KEYS + keys,
                "stagedoor.rooms." + ROOM + ".interval=100ms");
    }

    @AfterAll
    static void stop() {
        old.close();
        next.close();
        upstream.close();
        redis.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /api/v1/seats",
                "GET /api/v1/queue/tokens/current",
                "GET /api/v1/queue/events"
            })
    void aTokenOfTheOldKeyIsGoodEverywhere(String call) {
        Visitor visitor = new Visitor(ROOM);
        visitor.joins(old);

        assertThat(shows(visitor, call, old).statusCode()).isEqualTo(200);
        assertThat(shows(visitor, call, next).statusCode()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /api/v1/seats",
                "POST /api/v1/seats",
                "GET /api/v1/queue/tokens/current",
                "DELETE /api/v1/queue/tokens/current",
                "GET /api/v1/queue/events"
            })
    void aTokenOfTheNextKeyIsRefusedWhereItIsNotKnownYet(String call) {
        Visitor visitor = new Visitor(ROOM);
        visitor.joins(next);

        HttpResponse<String> answer = shows(visitor, call, old);

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(401);
        assertThat(Visitor.json(answer).get("code").asString()).isEqualTo("queue-token-invalid");
        assertThat(shows(visitor, call, next).statusCode()).isIn(200, 204);
    }

    @ParameterizedTest
    @ValueSource(strings = {"Queue-Token: %s", "Cookie: queue-" + ROOM + "=%s"})
    void whoeverJoinsAgainKeepsTheTokenThatTheyShow(String shown) {
        Visitor visitor = new Visitor(ROOM);
        visitor.joins(old);
        String[] header = shown.formatted(visitor.token()).split(": ");

        HttpResponse<String> again =
                Visitor.send(
                        request("POST /api/v1/queue/tokens", next).header(header[0], header[1]));

        assertThat(again.statusCode()).isEqualTo(200);
        assertThat(Visitor.json(again).get("token").asString()).isEqualTo(visitor.token());
        assertThat(again.headers().firstValue("Set-Cookie").orElseThrow())
                .startsWith("queue-" + ROOM + "=" + visitor.token() + ";");
    }

    @Test
    void whoeverJoinsAgainWithoutItIsGivenOneOfTheNextKeyForTheSamePlace() {
        Visitor visitor = new Visitor(ROOM);
        long sequence = visitor.joins(old).get("sequence").asLong();
        String first = visitor.token();

        assertThat(visitor.joins(next).get("sequence").asLong()).isEqualTo(sequence);

        assertThat(visitor.token()).isNotEqualTo(first);
        assertThat(visitor.status(next).get("sequence").asLong()).isEqualTo(sequence);
    }

    private static HttpResponse<String> shows(
            Visitor visitor, String call, ConfigurableApplicationContext gateway) {
        return Visitor.send(request(call, gateway).header("Queue-Token", visitor.token()));
    }

    private static HttpRequest.Builder request(
            String call, ConfigurableApplicationContext gateway) {
        String[] words = call.split(" ");
        return Visitor.request(gateway, words[1]).method(words[0], BodyPublishers.noBody());
    }
}
