package dev.stagedoor.gateway.ops;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.gateway.Gateways;
import dev.stagedoor.gateway.Upstream;
import dev.stagedoor.gateway.Visitor;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.context.ConfigurableApplicationContext;

import tools.jackson.databind.JsonNode;

/** What an operator may not set, and is told why. */
class OpsSettingsTests {

    private static final String MAIN = "/ops/api/rooms/main";
    private static final String SETTINGS = MAIN + "/settings";

    private static EmbeddedRedis redis;
    private static Upstream upstream;
    private static ConfigurableApplicationContext gateway;

    private final OperatorClient operator = new OperatorClient(gateway);

    @BeforeAll
    static void start() {
        redis = EmbeddedRedis.start();
        upstream = new Upstream();
        gateway =
                Gateways.startOn(
                        redis.url(),
                        upstream.url(),
                        "stagedoor.ops.password=" + OperatorClient.PASSWORD);
    }

    @AfterAll
    static void stop() {
        gateway.close();
        upstream.close();
        redis.close();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"capacity\":0}|capacity",
                "{\"capacity\":\"many\"}|capacity",
                "{\"capacity\":1.5}|capacity",
                "{\"capacity\":null}|capacity",
                "{\"interval\":\"1ms\"}|interval",
                "{\"interval\":5}|interval",
                "{\"session\":\"soon\"}|session",
                "{\"max-wait\":\"300\"}|max-wait",
                "{\"max-session\":\"1800\"}|max-session",
                "{\"max-session\":\"999us\"}|max-session",
                "{\"session\":\"99999999999999999d\"}|session",
                "{\"claim-timeout\":\"20m\"}|claim-timeout",
                "{\"idle-timeout\":\"1s\"}|idle-timeout",
                "{\"per-minute\":-1}|per-minute",
                "{\"mode\":\"open\"}|mode",
                "{\"guests\":\"yes\"}|guests",
                "{\"on-redis-down\":\"maybe\"}|on-redis-down",
                "{\"paths\":[]}|paths",
                "{\"paths\":[\"/{a\"]}|paths",
                "{\"paths\":[\"sale\"]}|paths",
                "{\"open-paths\":[\"/no-method\"]}|open-paths",
                "{\"signed-in-paths\":[\"/no-method\"]}|signed-in-paths",
                "{\"paths\":[\"/a\\u0000b\"]}|paths",
                "{\"open-paths\":[\"GET /a\\u001bb\"]}|open-paths",
                "{\"signed-in-paths\":[\"GET /a\\u007fb\"]}|signed-in-paths",
                "{\"hosts\":[\"a\\u0000b\"]}|hosts",
                "{\"origin\":\"http://a\\u0000b\"}|origin",
                "{\"origin-trust\":\"a\\u0000b\"}|origin-trust",
                "{\"origin-trust\":\"a\\u0085b\"}|origin-trust",
                "{\"colour\":\"red\"}|colour",
                "{}|settings"
            })
    void aBadValueIsRefusedByNameAndTheOldOneStays(String body, String field) {
        JsonNode before = operator.get(MAIN).get("settings");

        JsonNode problem = operator.refused(400, "validation-failed", "PATCH", SETTINGS, body);

        assertThat(problem.at("/fields/0/field").asString()).isEqualTo(field);
        assertThat(problem.at("/fields/0/must").asString()).isNotBlank();
        assertThat(operator.get(MAIN).get("settings")).isEqualTo(before);
    }

    @Test
    void whatIsNoJsonIsRefused() {
        operator.refused(400, "validation-failed", "PATCH", SETTINGS, "{");
        operator.refused(400, "validation-failed", "PATCH", SETTINGS, "[1]");
        assertThat(
                        Visitor.send(
                                        operator.request("PATCH", SETTINGS, "{}")
                                                .setHeader("Content-Type", "text/plain")
                                                .header(
                                                        "Authorization",
                                                        OperatorClient.basic(
                                                                "ops", OperatorClient.PASSWORD)))
                                .statusCode())
                .isEqualTo(415);
    }
}
