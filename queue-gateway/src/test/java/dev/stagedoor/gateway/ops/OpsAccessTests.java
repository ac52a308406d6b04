package dev.stagedoor.gateway.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.gateway.Gateways;
import dev.stagedoor.gateway.Upstream;
import dev.stagedoor.gateway.Visitor;

import io.micrometer.core.instrument.MeterRegistry;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Primary;

import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/** Who comes in to operate a gateway, and what a browser of an operator cannot be made to do. */
@ExtendWith(OutputCaptureExtension.class)
class OpsAccessTests {

    private static final String ROOMS = "/ops/api/rooms";
    private static final String SETTINGS = ROOMS + "/main/settings";
    private static final String SESSION = "/ops/api/session";
    private static final List<String> PEOPLE =
            List.of(
                    "stagedoor.ops.operators.bob.password=" + OperatorClient.HASH,
                    "stagedoor.ops.operators.bob.role=operator",
                    "stagedoor.ops.operators.vera.password=" + OperatorClient.HASH,
                    "stagedoor.ops.operators.dave.password=" + OperatorClient.HASH);

    private static EmbeddedRedis redis;
    private static Upstream upstream;
    private static ConfigurableApplicationContext gateway;

    private final OperatorClient client = new OperatorClient(gateway);

    @BeforeAll
    static void start() {
        redis = EmbeddedRedis.start();
        upstream = new Upstream();
        gateway = startGateway("stagedoor.gateway.cors-origins=http://shop.example");
    }

    private static ConfigurableApplicationContext startGateway(String... more) {
        List<String> settings =
                new ArrayList<>(List.of("stagedoor.ops.password=" + OperatorClient.PASSWORD));
        settings.addAll(PEOPLE);
        settings.addAll(List.of(more));
        return Gateways.startOn(redis.url(), upstream.url(), settings.toArray(String[]::new));
    }

    @AfterAll
    static void stop() {
        gateway.close();
        upstream.close();
        redis.close();
    }

    @Test
    void asksWhoeverShowsNothingForThePassword() {
        HttpResponse<String> answer = Visitor.send(client.request("GET", ROOMS, ""));

        assertThat(answer.statusCode()).isEqualTo(401);
        assertThat(Visitor.json(answer).get("code").asString()).isEqualTo("ops-required");
        assertThat(answer.headers().firstValue("WWW-Authenticate").orElseThrow())
                .startsWith("Basic");
        assertThat(answer.headers().firstValue("Cache-Control")).contains("no-store");
        assertThat(Visitor.send(client.request("GET", "/ops/api/nothing", "")).statusCode())
                .isEqualTo(401);
        assertThat(Visitor.send(client.request("GET", "/%6fps/api/rooms", "")).statusCode())
                .isEqualTo(401);
    }

    @Test
    void takesNameAndPasswordAsBasicAndTheOnePasswordAsBearer() {
        String bearer = "Bearer " + OperatorClient.PASSWORD;
        String another = OperatorClient.basic("somebody", OperatorClient.PASSWORD);

        assertThat(client.send("GET", ROOMS, "").statusCode()).isEqualTo(200);
        assertThat(client.send("GET", ROOMS, "", "Authorization", bearer).statusCode())
                .isEqualTo(200);
        assertThat(client.send("GET", ROOMS, "", "Authorization", another).statusCode())
                .isEqualTo(401);
    }

    @Test
    void tellsWhosePasswordIsGuessedAndCountsIt(CapturedOutput log) {
        double before = refused();

        for (int i = 0; i < 3; i++) {
            client.send("GET", ROOMS, "", "Authorization", OperatorClient.basic("dave", "guess"));
        }

        assertThat(refused()).isGreaterThanOrEqualTo(before + 3);
        assertThat(log).containsOnlyOnce("a wrong password for dave from 127.0.0.1 (0 more");
    }

    private static double refused() {
        return gateway.getBean(MeterRegistry.class)
                .get("stagedoor.problems")
                .tag("code", "ops-required")
                .counter()
                .count();
    }

    @Test
    void isNotFoundOnThePublicPort() {
        for (String path : List.of("/ops", "/ops/", ROOMS, "/ops/assets/console.js")) {
            assertThat(
                            Visitor.send(
                                            Visitor.request(gateway, path)
                                                    .header(
                                                            "Authorization",
                                                            OperatorClient.basic(
                                                                    "ops",
                                                                    OperatorClient.PASSWORD)))
                                    .statusCode())
                    .as(path)
                    .isEqualTo(404);
        }
    }

    @Test
    void theRecordOfChangesNamesWhoHasSignedIn() {
        client.send("PATCH", SETTINGS, "{\"per-minute\":70}", "Authorization", basic("bob"));

        assertThat(client.get(ROOMS + "/main/changes").get("changes"))
                .filteredOn(change -> change.get("what").asString().equals("per-minute"))
                .extracting(change -> change.get("by").asString())
                .containsExactly("bob");
    }

    @Test
    void aViewerSeesEverythingAndChangesNothing() {
        String[] vera = {"Authorization", basic("vera")};
        String ticket = "{\"room\":\"main\",\"user\":\"AAAAAAAAAAAAAAAAAAAAAA\"}";
        Map<String, String> changes =
                Map.of(
                        "PATCH " + SETTINGS,
                        "{\"capacity\":5}",
                        "POST " + ROOMS,
                        "{\"room\":\"gala\",\"settings\":{\"paths\":[\"/gala/**\"]}}",
                        "POST /ops/api/revoke",
                        ticket,
                        "DELETE " + ROOMS + "/main",
                        "",
                        "PUT /ops/api/anything",
                        "");

        for (String path : List.of("", "/main", "/main/history", "/main/changes", "/main/people")) {
            assertThat(client.send("GET", ROOMS + path, "", vera).statusCode()).isEqualTo(200);
        }
        assertThat(client.send("POST", "/ops/api/explain", ticket, vera).statusCode())
                .isEqualTo(200);
        assertThat(client.send("GET", SESSION, "", vera).body())
                .isEqualTo("{\"name\":\"vera\",\"role\":\"VIEWER\"}");
        changes.forEach(
                (call, body) -> {
                    String[] asked = call.split(" ");
                    HttpResponse<String> answer = client.send(asked[0], asked[1], body, vera);
                    assertThat(answer.statusCode()).as(call).isEqualTo(403);
                    assertThat(Visitor.json(answer).get("code").asString())
                            .as(call)
                            .isEqualTo("operator-required");
                });
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "stagedoor.ops.password=short | stagedoor.ops.password must be at least 12"
                        + " characters",
                "stagedoor.ops.operators.bob.password=plainly | operators.bob.password must be a"
                        + " hash",
                "stagedoor.ops.operators.bob.role=door | operators.bob.role must be viewer or"
                        + " operator"
            })
    void doesNotStartWithPasswordsThatProtectNothingOrARoleOfElsewhere(String setting, String why) {
        assertThatThrownBy(() -> Gateways.startOn(redis.url(), upstream.url(), setting).close())
                .hasStackTraceContaining(why)
                .satisfies(
                        failure ->
                                assertThat(failure.getMessage())
                                        .doesNotContain("plainly", "=short"));
    }

    /** On gateways of its own: it locks a name out. */
    @Test
    void slowsDownWhoeverGuesses() {
        try (ConfigurableApplicationContext attacked = startGateway()) {
            OperatorClient attacker = new OperatorClient(attacked);

            List<Integer> first =
                    IntStream.range(0, 5).mapToObj(_ -> guess(attacker).statusCode()).toList();
            HttpResponse<String> rightTooSoon =
                    await().until(
                                    () -> {
                                        guess(attacker);
                                        return attacker.send("GET", ROOMS, "");
                                    },
                                    answer -> answer.statusCode() == 429);
            HttpResponse<String> ofAnotherName =
                    attacker.send("GET", ROOMS, "", "Authorization", basic("bob"));

            assertThat(first).containsOnly(401);
            assertThat(retryAfter(rightTooSoon)).isBetween(1L, 60L);
            assertThat(ofAnotherName.statusCode()).isEqualTo(200);
        }
    }

    static final class ClockThatIsPutBack {
        private static volatile Duration by = Duration.ZERO;

        @Bean
        @Primary
        InstantSource clockThatIsPutBack() {
            return () -> Instant.now().minus(by);
        }
    }

    @Test
    void whoHasMistypedThePasswordNeedNotWaitUntilAClockThatWasPutBackIsThereAgain() {
        try (ConfigurableApplicationContext late =
                startGateway("spring.main.sources=" + ClockThatIsPutBack.class.getName())) {
            OperatorClient operator = new OperatorClient(late);
            assertThat(guess(operator).statusCode()).isEqualTo(401);

            ClockThatIsPutBack.by = Duration.ofHours(1);

            assertThat(operator.send("GET", ROOMS, "").statusCode()).isEqualTo(200);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Origin: http://evil.example",
                "Origin: http://shop.example",
                "Origin: http://127.0.0.1",
                "Origin: null",
                "Sec-Fetch-Site: cross-site",
                "Sec-Fetch-Site: same-site"
            })
    void pagesOfOthersChangeAndReadNothingWhateverCredentialTheBrowserAdds(String header) {
        String[] sent = header.split(": ");
        String[] headers = {"Authorization", basic("bob"), sent[0], sent[1]};

        HttpResponse<String> changing = client.send("PATCH", SETTINGS, "{\"batch\":1}", headers);
        HttpResponse<String> reading = client.send("GET", ROOMS, "", headers);
        HttpResponse<String> signingIn = client.send("GET", SESSION, "", headers);

        assertThat(List.of(changing, reading, signingIn))
                .extracting(HttpResponse::statusCode)
                .containsOnly(403);
        assertThat(client.get(ROOMS + "/main").at("/settings/batch").asInt()).isEqualTo(50);
    }

    @Test
    void servesAConsoleThatLoadsNothingFromElsewhere() {
        HttpResponse<String> page = Visitor.send(client.request("GET", "/ops/", ""));

        assertThat(page.statusCode()).isEqualTo(200);
        assertThat(page.headers().firstValue("Content-Type").orElseThrow()).startsWith("text/html");
        assertThat(page.headers().firstValue("Content-Security-Policy").orElseThrow())
                .contains("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'")
                .doesNotContain("unsafe");
        assertThat(page.headers().firstValue("X-Content-Type-Options")).contains("nosniff");
        assertThat(page.body()).doesNotContain("http://", "https://", "style=", "onclick=");
        for (String asset : List.of("console.js", "calls.js", "chart.js", "console.css")) {
            HttpResponse<String> file =
                    Visitor.send(client.request("GET", "/ops/assets/" + asset, ""));
            assertThat(file.statusCode()).as(asset).isEqualTo(200);
            assertThat(file.headers().firstValue("Content-Type").orElseThrow())
                    .startsWith(asset.endsWith("css") ? "text/css" : "text/javascript");
        }
        HttpResponse<String> written =
                Visitor.send(client.request("POST", "/ops/assets/console.js", "{}"));
        assertThat(written.statusCode()).isEqualTo(404);
        assertThat(written.headers().firstValue("Content-Type").orElseThrow())
                .isEqualTo("application/problem+json");
        assertThat(Visitor.send(client.request("GET", "/ops", "")).statusCode()).isEqualTo(308);
        assertThat(
                        Visitor.send(client.request("GET", "/ops/assets/..%2fOpsContext", ""))
                                .statusCode())
                .isEqualTo(404);
    }

    @Test
    void makesUpAPasswordAndTellsItToTheLogOnceIfNoneIsSet(CapturedOutput output) {
        int before = output.getAll().length();
        try (ConfigurableApplicationContext unset =
                Gateways.startOn(redis.url(), upstream.url(), Gateways.MANAGED)) {
            List<String> told =
                    Pattern.compile("stagedoor.ops.password is not set; .* it is (\\S+)")
                            .matcher(output.getAll().substring(before))
                            .results()
                            .map(found -> found.group(1))
                            .toList();

            assertThat(told)
                    .as("of this gateway and of others that were started meanwhile")
                    .filteredOn(password -> asked(unset, password) == 200)
                    .hasSize(1);
            assertThat(asked(unset, "")).isEqualTo(401);
        }
    }

    // ── steps ───────────────────────────────────────────────────────────────────────────────────

    private static int asked(ConfigurableApplicationContext gateway, String password) {
        return new OperatorClient(gateway)
                .send("GET", ROOMS, "", "Authorization", OperatorClient.basic("ops", password))
                .statusCode();
    }

    private static HttpResponse<String> guess(OperatorClient attacker) {
        return attacker.send(
                "GET", ROOMS, "", "Authorization", OperatorClient.basic("ops", "guess"));
    }

    private static long retryAfter(HttpResponse<String> answer) {
        return answer.headers().firstValueAsLong("Retry-After").orElse(0);
    }

    private static String basic(String name) {
        return OperatorClient.basic(name, OperatorClient.PASSWORD);
    }
}
