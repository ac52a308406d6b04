package dev.stagedoor.gateway.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.common.AccessTokens;
import dev.stagedoor.common.Passes;
import dev.stagedoor.common.UserId;
import dev.stagedoor.gateway.Gateways;
import dev.stagedoor.gateway.Upstream;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.context.ConfigurableApplicationContext;

import reactor.core.publisher.Mono;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.InstantSource;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;

/** The table of the gate, row by row, with a room for two. */
class GateTests {

    private static final String ROOM = "gate-" + UUID.randomUUID().toString().substring(0, 8);
    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    private static Upstream upstream;
    private static ConfigurableApplicationContext gateway;

    @BeforeAll
    static void start() {
        upstream = new Upstream();
        gateway =
                Gateways.start(
                        upstream.url(),
                        "stagedoor.rooms." + ROOM + ".capacity=2",
                        "stagedoor.rooms." + ROOM + ".interval=100ms");
    }

    @AfterAll
    static void stop() {
        gateway.close();
        upstream.close();
    }

    @Test
    void letsPeopleInWhileThereIsRoomAndForwardsThemWithAPass() throws Exception {
        AtomicReference<String> pass = new AtomicReference<>();
        upstream.answers(
                (request, response) -> {
                    pass.set(request.requestHeaders().get("Stagedoor-Pass"));
                    return response.sendString(Mono.just("seats"));
                });
        UserId user = UserId.random();
        JsonNode first = join(user);
        assertThat(first.get("state").asString()).isEqualTo("ACTIVE");

        HttpResponse<String> answer = get("/api/v1/seats?x=%20y", first.get("token").asString());

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo("seats");
        var read =
                new Passes(List.of(Gateways.PASS_KEY), InstantSource.system()).verify(pass.get());
        assertThat(read.orElseThrow().user()).isEqualTo(user);
        leave(first.get("token").asString());
        assertThat(get("/api/v1/seats", first.get("token").asString()).body())
                .contains("queue-token-left");
    }

    @Test
    void makesTheThirdWaitAndLetsThemInWhenOneHasPaid() throws Exception {
        upstream.answers(
                (request, response) ->
                        response.header("Stagedoor-Session", "complete")
                                .sendString(Mono.just("paid")));
        JsonNode first = join(UserId.random());
        JsonNode second = join(UserId.random());
        JsonNode third = join(UserId.random());
        assertThat(third.get("state").asString()).isEqualTo("WAITING");
        assertThat(third.get("position").asInt()).isEqualTo(1);
        HttpResponse<String> waiting = get("/api/v1/pay", third.get("token").asString());
        assertThat(waiting.statusCode()).isEqualTo(429);
        assertThat(waiting.headers().firstValue("Retry-After")).isPresent();

        HttpResponse<String> paid = get("/api/v1/pay", first.get("token").asString());

        assertThat(paid.body()).isEqualTo("paid");
        assertThat(paid.headers().firstValue("Stagedoor-Session")).isEmpty();
        HttpResponse<String> again = get("/api/v1/pay", first.get("token").asString());
        assertThat(again.statusCode()).isEqualTo(401);
        assertThat(again.body()).contains("queue-token-completed");
        org.awaitility.Awaitility.await()
                .untilAsserted(
                        () ->
                                assertThat(
                                                status(third.get("token").asString())
                                                        .get("state")
                                                        .asString())
                                        .isEqualTo("ACTIVE"));
        leave(second.get("token").asString());
        leave(third.get("token").asString());
    }

    private static JsonNode join(UserId user) throws Exception {
        String access =
                new AccessTokens(List.of(Gateways.ACCESS_KEY), InstantSource.system()).sign(user);
        HttpResponse<String> answer =
                CLIENT.send(
                        request("/api/v1/queue/tokens")
                                .header("Authorization", "Bearer " + access)
                                .header("Content-Type", "application/json")
                                .POST(BodyPublishers.ofString("{\"room\":\"" + ROOM + "\"}"))
                                .build(),
                        BodyHandlers.ofString());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
        return JsonMapper.shared().readTree(answer.body());
    }

    private static JsonNode status(String token) throws Exception {
        return JsonMapper.shared().readTree(get("/api/v1/queue/tokens/current", token).body());
    }

    private static void leave(String token) throws Exception {
        CLIENT.send(
                request("/api/v1/queue/tokens/current")
                        .header("Queue-Token", token)
                        .DELETE()
                        .build(),
                BodyHandlers.discarding());
    }

    private static HttpResponse<String> get(String path, String token) throws Exception {
        return CLIENT.send(
                request(path).header("Queue-Token", token).build(), BodyHandlers.ofString());
    }

    private static HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(
                URI.create("http://127.0.0.1:" + Gateways.port(gateway) + path));
    }
}
