package dev.stagedoor.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.gateway.waitingroom.Timings;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.context.ConfigurableApplicationContext;

import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;

/** What the health of a gateway depends on, and what not. */
@Timeout(120)
class HealthTests {

    @Test
    void staysReadyAndAliveWhileRedisIsAwayAndSaysThatItIs() {
        try (EmbeddedRedis redis = EmbeddedRedis.start();
                ConfigurableApplicationContext gateway =
                        Gateways.startOn(
                                Timings.USUAL,
                                redis.url(),
                                "http://127.0.0.1:1",
                                Gateways.MANAGED)) {
            await().until(() -> redisIs(gateway, "UP"));

            redis.kill();

            await().until(() -> redisIs(gateway, "DOWN"));
            assertThat(health(gateway, "").statusCode()).isEqualTo(503);
            assertThat(health(gateway, "/readiness").statusCode()).isEqualTo(200);
            assertThat(health(gateway, "/liveness").statusCode()).isEqualTo(200);
            assertThat(publicHealth(gateway, "GET").statusCode()).isEqualTo(200);
        }
    }

    @Test
    void tellsThePublicWhetherItIsReadyAndNothingElse() {
        try (EmbeddedRedis redis = EmbeddedRedis.start();
                ConfigurableApplicationContext gateway =
                        Gateways.startOn(
                                redis.url(),
                                "http://127.0.0.1:1",
                                "stagedoor.rooms.main.mode=CLOSED")) {
            HttpResponse<String> up = publicHealth(gateway, "GET");
            assertThat(up.statusCode()).isEqualTo(200);
            assertThat(up.body()).isEqualTo("{\"status\":\"UP\"}");
            assertThat(up.headers().firstValue("Cache-Control")).hasValue("no-store");
            assertThat(publicHealth(gateway, "HEAD"))
                    .returns(200, HttpResponse::statusCode)
                    .returns("", HttpResponse::body);
            assertThat(publicHealth(gateway, "POST").statusCode()).isEqualTo(405);

            AvailabilityChangeEvent.publish(gateway, ReadinessState.REFUSING_TRAFFIC);

            HttpResponse<String> stopping = publicHealth(gateway, "GET");
            assertThat(stopping.statusCode()).isEqualTo(503);
            assertThat(stopping.headers().firstValue("Retry-After")).hasValue("1");
            assertThat(stopping.headers().firstValue("Cache-Control")).hasValue("no-store");
            assertThat(publicHealth(gateway, "HEAD").statusCode()).isEqualTo(503);
        }
    }

    /** With a token that is none: nobody looks at it. */
    private static HttpResponse<String> publicHealth(
            ConfigurableApplicationContext gateway, String method) {
        return Visitor.send(
                Visitor.request(gateway, "/api/v1/queue/health")
                        .header("Queue-Token", "none")
                        .method(method, BodyPublishers.noBody()));
    }

    private static boolean redisIs(ConfigurableApplicationContext gateway, String status) {
        return Visitor.json(health(gateway, ""))
                .at("/components/redis/status")
                .asString("")
                .equals(status);
    }

    private static HttpResponse<String> health(
            ConfigurableApplicationContext gateway, String group) {
        String port = gateway.getEnvironment().getRequiredProperty("local.management.port");
        return Visitor.send(
                HttpRequest.newBuilder(
                                URI.create("http://127.0.0.1:" + port + "/actuator/health" + group))
                        .timeout(Duration.ofSeconds(10)));
    }
}
