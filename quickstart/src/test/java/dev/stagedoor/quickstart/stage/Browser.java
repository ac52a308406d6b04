package dev.stagedoor.quickstart.stage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import org.jspecify.annotations.Nullable;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.MissingNode;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;

/**
 * One visitor's program: keeps the tokens it is given and knows nothing but the gateway's address.
 */
public final class Browser {

    private static final HttpClient CLIENT = HttpClient.newHttpClient();
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final URI gateway;
    private final Consumer<HttpResponse<String>> witness;
    private final Map<String, String> headers = new HashMap<>();

    public Browser(int port) {
        this(port, _ -> {});
    }

    /**
     * @param witness sees every answer
     */
    public Browser(int port, Consumer<HttpResponse<String>> witness) {
        this.gateway = URI.create("http://localhost:" + port);
        this.witness = witness;
    }

    public void keep(String header, String value) {
        headers.put(header, value);
    }

    public String kept(String header) {
        return headers.get(header);
    }

    public void drop(String header) {
        headers.remove(header);
    }

    public void register(String name) {
        String wish = "{\"name\":\"%s\"}".formatted(name);
        JsonNode user = patiently("POST", "/api/v1/users", wish).expect(201);
        keep("Authorization", "Bearer " + user.get("accessToken").asString());
    }

    /**
     * Takes a place in the line; from then on every request shows its token. As a good client does
     * again, if a busy machine lets Redis look slow.
     */
    public JsonNode join() {
        Answer place = patiently("POST", "/api/v1/queue/tokens", "{\"room\":\"main\"}");
        assertThat(place.status()).as("%s", place).isIn(200, 201);
        keep("Queue-Token", place.body().get("token").asString());
        return place.body();
    }

    Answer patiently(String method, String path, @Nullable String body) {
        return await().until(() -> ask(method, path, body), answer -> answer.status() != 503);
    }

    public JsonNode get(String path, int expected) {
        return ask("GET", path, null).expect(expected);
    }

    public JsonNode post(String path, String body, int expected) {
        return ask("POST", path, body).expect(expected);
    }

    public JsonNode delete(String path, int expected) {
        return call("DELETE", path, null, expected);
    }

    public String text(String path) {
        return send("GET", path, null).body();
    }

    public JsonNode call(String method, String path, @Nullable String body, int expected) {
        return ask(method, path, body).expect(expected);
    }

    public Answer ask(String method, String path, @Nullable String body) {
        HttpResponse<String> answer = send(method, path, body);
        witness.accept(answer);
        assertThat(answer.headers().map().keySet())
                .as("internal headers end at the gateway")
                .noneMatch(name -> name.toLowerCase(Locale.ROOT).startsWith("stagedoor-"));
        return new Answer(
                method + " " + path,
                answer.statusCode(),
                Duration.ofSeconds(answer.headers().firstValueAsLong("Retry-After").orElse(0)),
                isJson(answer)
                        ? JsonMapper.shared().readTree(answer.body())
                        : MissingNode.getInstance());
    }

    private static boolean isJson(HttpResponse<String> answer) {
        return answer.headers().firstValue("Content-Type").orElse("").contains("json");
    }

    private HttpResponse<String> send(String method, String path, @Nullable String body) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(gateway.resolve(path))
                        .timeout(PATIENCE)
                        .method(
                                method,
                                body == null
                                        ? BodyPublishers.noBody()
                                        : BodyPublishers.ofString(body));
        headers.forEach(request::header);
        if (body != null && !headers.containsKey("Content-Type")) {
            request.header("Content-Type", "application/json");
        }
        try {
            return CLIENT.send(request.build(), BodyHandlers.ofString());
        } catch (Exception e) {
            throw new AssertionError(method + " " + path + " got no answer", e);
        }
    }

    /** What came back, whatever it was. */
    public record Answer(String request, int status, Duration retryAfter, JsonNode body) {

        public boolean asksToComeBack() {
            return (status == 503 || status == 429) && retryAfter.isPositive();
        }

        public JsonNode expect(int expected) {
            assertThat(status).as("%s: %s", request, body).isEqualTo(expected);
            return body;
        }

        public String code() {
            return body.path("code").asString("");
        }
    }
}
