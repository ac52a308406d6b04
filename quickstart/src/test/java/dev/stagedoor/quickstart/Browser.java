package dev.stagedoor.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

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
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * One visitor's program: keeps the tokens it is given and knows nothing but the gateway's address.
 */
final class Browser {

    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    private final URI gateway;
    private final Consumer<HttpResponse<String>> witness;
    private final Map<String, String> headers = new HashMap<>();

    Browser(int port) {
        this(port, _ -> {});
    }

    /**
     * @param witness sees every answer
     */
    Browser(int port, Consumer<HttpResponse<String>> witness) {
        this.gateway = URI.create("http://localhost:" + port);
        this.witness = witness;
    }

    void keep(String header, String value) {
        headers.put(header, value);
    }

    void drop(String header) {
        headers.remove(header);
    }

    JsonNode get(String path, int expected) {
        return call("GET", path, null, expected);
    }

    JsonNode post(String path, String body, int expected) {
        return call("POST", path, body, expected);
    }

    JsonNode delete(String path, int expected) {
        return call("DELETE", path, null, expected);
    }

    private static boolean isJson(HttpResponse<String> answer) {
        return answer.headers().firstValue("Content-Type").orElse("").contains("json");
    }

    String text(String path) {
        return send("GET", path, null).body();
    }

    JsonNode call(String method, String path, @Nullable String body, int expected) {
        HttpResponse<String> answer = send(method, path, body);
        witness.accept(answer);
        assertThat(answer.statusCode())
                .as("%s %s: %s", method, path, answer.body())
                .isEqualTo(expected);
        assertThat(answer.headers().map().keySet())
                .as("internal headers end at the gateway")
                .noneMatch(
                        name -> name.toLowerCase(java.util.Locale.ROOT).startsWith("stagedoor-"));
        return isJson(answer)
                ? JsonMapper.shared().readTree(answer.body())
                : MissingNode.getInstance();
    }

    private HttpResponse<String> send(String method, String path, @Nullable String body) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(gateway.resolve(path))
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
}
