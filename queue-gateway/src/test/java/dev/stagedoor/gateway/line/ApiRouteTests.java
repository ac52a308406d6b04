package dev.stagedoor.gateway.line;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.gateway.Gateways;
import dev.stagedoor.gateway.Visitor;

import org.junit.jupiter.api.Test;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.web.reactive.function.server.RouterFunction;

import tools.jackson.databind.JsonNode;

import java.net.http.HttpResponse;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What the gateway answers itself and what it says of it; bodies are checked in quickstart. */
class ApiRouteTests {

    private static final Pattern ROUTE = Pattern.compile("\\(([A-Z]+) && ([^)]+)\\)");

    @Test
    void describesEveryRouteOfTheQueueAndNoOther() {
        try (EmbeddedRedis redis = EmbeddedRedis.start();
                ConfigurableApplicationContext gateway =
                        Gateways.startOn(redis.url(), "http://127.0.0.1:1")) {
            HttpResponse<String> answer =
                    Visitor.send(Visitor.request(gateway, "/api/v1/queue/openapi.json"));
            Set<String> routes =
                    gateway.getBeansOfType(RouterFunction.class).values().stream()
                            .flatMap(ApiRouteTests::routes)
                            // The buttons of the page are for its own forms.
                            .filter(route -> !route.contains("/queue/page/"))
                            // What is said of GET.
                            .filter(route -> !route.startsWith("HEAD "))
                            .collect(Collectors.toCollection(TreeSet::new));
            // Answered by the front door, before there are any routes.
            routes.add("GET " + "/api/v1/queue/tokens/current");

            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/json");
            assertThat(described(Visitor.json(answer))).isEqualTo(routes).hasSize(8);
        }
    }

    private static Stream<String> routes(RouterFunction<?> function) {
        return ROUTE.matcher(function.toString())
                .results()
                .map(it -> it.group(1) + " " + it.group(2));
    }

    private static Set<String> described(JsonNode document) {
        return document.get("paths").properties().stream()
                .flatMap(
                        path ->
                                path.getValue().propertyNames().stream()
                                        .map(
                                                method ->
                                                        method.toUpperCase(Locale.ROOT)
                                                                + " "
                                                                + path.getKey()))
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
