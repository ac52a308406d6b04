package dev.stagedoor.gateway.ops;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.gateway.Visitor;

import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.security.crypto.bcrypt.BCryptPasswordEncoder;

import tools.jackson.databind.JsonNode;

import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;

/** An operator with a program: name and password in every request. */
final class OperatorClient {

    static final String PASSWORD = "correct horse";

    /** What {@link #PASSWORD} is in the settings. */
    static final String HASH = "{bcrypt}" + new BCryptPasswordEncoder(4).encode(PASSWORD);

    private final ConfigurableApplicationContext gateway;

    OperatorClient(ConfigurableApplicationContext gateway) {
        this.gateway = gateway;
    }

    static int port(ConfigurableApplicationContext gateway) {
        return gateway.getEnvironment().getRequiredProperty("local.management.port", Integer.class);
    }

    static String basic(String name, String password) {
        return "Basic "
                + Base64.getEncoder()
                        .encodeToString((name + ":" + password).getBytes(StandardCharsets.UTF_8));
    }

    JsonNode get(String path) {
        return answered(200, send("GET", path, ""));
    }

    JsonNode post(String path, String body) {
        return answered(200, send("POST", path, body));
    }

    JsonNode patch(String path, String body) {
        return answered(200, send("PATCH", path, body));
    }

    JsonNode refused(int status, String code, String method, String path, String body) {
        JsonNode problem = answered(status, send(method, path, body));
        assertThat(problem.get("code").asString()).isEqualTo(code);
        return problem;
    }

    public HttpResponse<String> send(String method, String path, String body, String... headers) {
        HttpRequest.Builder request = request(method, path, body);
        if (headers.length == 0) {
            request.header("Authorization", basic("ops", PASSWORD));
        } else {
            request.headers(headers);
        }
        return Visitor.send(request);
    }

    HttpRequest.Builder request(String method, String path, String body) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port(gateway) + path))
                .timeout(Duration.ofSeconds(10))
                .header("Content-Type", "application/json")
                .method(method, BodyPublishers.ofString(body));
    }

    private static JsonNode answered(int status, HttpResponse<String> answer) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        return Visitor.json(answer);
    }
}
