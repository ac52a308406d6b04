package dev.stagedoor.gateway.door;

import static org.assertj.core.api.Assertions.assertThat;

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

import java.net.http.HttpResponse;

/** A site says by itself what of it is not for the public, though its room is open. */
class ClosedPathsTests {

    private static EmbeddedRedis redis;
    private static Upstream upstream;
    private static ConfigurableApplicationContext gateway;

    @BeforeAll
    static void start() {
        redis = EmbeddedRedis.start();
        upstream = new Upstream();
        gateway = open("stagedoor.gateway.closed-paths=/back-office,/api/inner");
    }

    private static ConfigurableApplicationContext open(String closed) {
        return Gateways.startOn(
                redis.url(), upstream.url(), "stagedoor.rooms.main.mode=OPEN", closed);
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
                "/back-office",
                "/back-office/",
                "/back-office/seats?x=1",
                "/Back-OFFICE",
                "/%62ack-office/seats",
                "/back%2Doffic%65",
                "/api/inner",
                "/api/%69nner/x",
                "/%41PI/inner"
            })
    void whatIsClosedIsNowhereHoweverItIsSpelled(String path) {
        HttpResponse<String> answer = get(gateway, path);

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(404);
        assertThat(Visitor.json(answer).get("code").asString()).isEqualTo("not-found");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"/admin", "/ops/x", "/actuator", "/back-offices", "/api", "/x/back-office"})
    void whatIsNotListedIsTheSites(String path) {
        assertThat(get(gateway, path).body()).isEqualTo("hello");
    }

    @Test
    void nothingNeedBeClosed() {
        try (ConfigurableApplicationContext another = open("stagedoor.gateway.closed-paths=")) {
            assertThat(get(another, "/admin").body()).isEqualTo("hello");
            assertThat(get(another, "/back-office").body()).isEqualTo("hello");
        }
    }

    private static HttpResponse<String> get(ConfigurableApplicationContext from, String path) {
        return Visitor.send(Visitor.request(from, path));
    }
}
