package dev.stagedoor.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.common.AccessTokens;
import dev.stagedoor.common.Bearer;
import dev.stagedoor.common.UserId;

import org.jspecify.annotations.Nullable;
import org.springframework.context.ConfigurableApplicationContext;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.Callable;

/** Somebody with an access token, and with a queue token once they have joined. */
public final class Visitor {

    private static final HttpClient CLIENT =
            HttpClient.newBuilder().connectTimeout(Duration.ofMinutes(1)).build();
    private static final AccessTokens ACCESS =
            new AccessTokens(List.of(Gateways.ACCESS_KEY), InstantSource.system());

    private final UserId user = UserId.random();
    private final String room;
    private @Nullable String token;

    public Visitor(String room) {
        this.room = room;
    }

    public UserId user() {
        return user;
    }

    public String accessToken() {
        return ACCESS.sign(new Bearer(user, null));
    }

    public String token() {
        assertThat(token).as("token of somebody who has joined").isNotNull();
        return token;
    }

    /** Asks for a place, and keeps the token if there is one. */
    public HttpResponse<String> asksToJoin(ConfigurableApplicationContext gateway) {
        HttpResponse<String> answer =
                send(
                        request(gateway, "/api/v1/queue/tokens")
                                .header("Authorization", "Bearer " + accessToken())
                                .header("Content-Type", "application/json")
                                .POST(BodyPublishers.ofString("{\"room\":\"" + room + "\"}")));
        if (answer.statusCode() < 300) {
            token = json(answer).get("token").asString();
        }
        return answer;
    }

    public JsonNode joins(ConfigurableApplicationContext gateway) {
        HttpResponse<String> answer = answered(() -> asksToJoin(gateway));
        assertThat(answer.statusCode()).as(answer.body()).isIn(200, 201);
        return json(answer);
    }

    public HttpResponse<String> polls(ConfigurableApplicationContext gateway) {
        return gets(gateway, "/api/v1/queue/tokens/current");
    }

    public JsonNode status(ConfigurableApplicationContext gateway) {
        HttpResponse<String> answer = answered(() -> polls(gateway));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return json(answer);
    }

    public boolean isActive(ConfigurableApplicationContext gateway) {
        HttpResponse<String> answer = polls(gateway);
        return answer.statusCode() == 200 && json(answer).get("state").asString().equals("ACTIVE");
    }

    public HttpResponse<String> gets(ConfigurableApplicationContext gateway, String path) {
        return send(request(gateway, path).header("Queue-Token", token()));
    }

    public void leaves(ConfigurableApplicationContext gateway) {
        HttpResponse<String> answer = answered(() -> asksToLeave(gateway));
        assertThat(answer.statusCode()).isEqualTo(204);
    }

    /** As a good client does: again, if the line cannot be reached just now. */
    private static HttpResponse<String> answered(Callable<HttpResponse<String>> request) {
        return await().until(request, a -> a.statusCode() != 503);
    }

    private HttpResponse<String> asksToLeave(ConfigurableApplicationContext gateway) {
        return send(
                request(gateway, "/api/v1/queue/tokens/current")
                        .header("Queue-Token", token())
                        .DELETE());
    }

    public static JsonNode json(HttpResponse<String> answer) {
        return JsonMapper.shared().readTree(answer.body());
    }

    public static HttpRequest.Builder request(ConfigurableApplicationContext gateway, String path) {
        return HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + Gateways.port(gateway) + path))
                .timeout(Duration.ofMinutes(1));
    }

    public static HttpResponse<String> send(HttpRequest.Builder request) {
        try {
            return CLIENT.send(request.build(), BodyHandlers.ofString());
        } catch (IOException e) {
            throw new AssertionError("no answer: " + e, e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
