package dev.stagedoor.gateway.line;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.gateway.Gateways;
import dev.stagedoor.gateway.Upstream;
import dev.stagedoor.gateway.Visitor;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.context.ConfigurableApplicationContext;

import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;

/** The queue stands at another address, because the site behind has one of the same name. */
class PrefixTests {

    private static EmbeddedRedis redis;
    private static Upstream upstream;
    private static ConfigurableApplicationContext gateway;

    @BeforeAll
    static void start() {
        redis = EmbeddedRedis.start();
        upstream = new Upstream();
        gateway =
                Gateways.startOn(
                        redis.url(),
                        upstream.url(),
                        "stagedoor.gateway.prefix=/.stagedoor",
                        "stagedoor.rooms.main.mode=HOLD",
                        "stagedoor.rooms.main.open-paths=GET /api/v1/queue/tokens/current");
    }

    @AfterAll
    static void stop() {
        gateway.close();
        upstream.close();
        redis.close();
    }

    @Test
    void everyCallOfTheQueueIsThere() {
        HttpResponse<String> joined =
                Visitor.send(
                        Visitor.request(gateway, "/.stagedoor/tokens")
                                .POST(BodyPublishers.noBody()));
        String token = Visitor.json(joined).get("token").asString();

        assertThat(joined.statusCode()).isEqualTo(201);
        assertThat(statusOf("/.stagedoor/tokens/current", "Queue-Token", token)).isEqualTo(200);
        assertThat(get("/.stagedoor/rooms/main").headers().firstValue("Cache-Control"))
                .get()
                .asString()
                .contains("max-age=1");
        assertThat(statusOf("/.stagedoor/health")).isEqualTo(200);
        assertThat(statusOf("/.stagedoor/assets/waiting.js")).isEqualTo(200);
        assertThat(statusOf("/.stagedoor/assets/line.js")).isEqualTo(200);
        assertThat(statusOf("/.stagedoor/events")).isEqualTo(401);
    }

    @Test
    void itsDescriptionSaysSo() {
        String description = get("/.stagedoor/openapi.json").body();

        assertThat(description)
                .contains("\"/.stagedoor/tokens\"", "\"/.stagedoor/assets/{name}\"")
                .doesNotContain("/api/v1/queue", "/queue-assets");
    }

    @Test
    void thePageSpeaksOfNoOtherAddress() {
        String greeting = get("/shop", "Accept", "text/html").body();
        String waiting = get("/shop", "Accept", "text/html", "Cookie", "queue-main=none").body();

        assertThat(greeting).contains("src=\"/.stagedoor/assets/waiting.js?");
        assertThat(waiting)
                .contains(
                        "data-queue=\"/.stagedoor/\"",
                        "action=\"/.stagedoor/page/leave\"",
                        "src=\"/.stagedoor/assets/waiting.js?");
        assertThat(greeting + waiting + get("/.stagedoor/assets/waiting.js").body())
                .doesNotContain("/api/v1/queue", "/queue-assets");
    }

    @Test
    void whereItUsuallyStandsIsTheSites() {
        assertThat(get("/api/v1/queue/tokens/current").body()).isEqualTo("hello");
        assertThat(statusOf("/api/v1/queue/tokens")).isEqualTo(401);
    }

    private static int statusOf(String path, String... headers) {
        return get(path, headers).statusCode();
    }

    private static HttpResponse<String> get(String path, String... headers) {
        var request = Visitor.request(gateway, path);
        return Visitor.send(headers.length == 0 ? request : request.headers(headers));
    }
}
