package dev.stagedoor.gateway.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.gateway.Gateways;
import dev.stagedoor.gateway.Upstream;
import dev.stagedoor.gateway.Visitor;

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

import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
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
    private static final String LOGIN = "{\"name\":\"bob\",\"password\":\"correct horse\"}";
    private static final List<String> PEOPLE =
            List.of(
                    "stagedoor.ops.operators.bob.password=" + OperatorClient.HASH,
                    "stagedoor.ops.operators.bob.role=operator",
                    "stagedoor.ops.operators.vera.password=" + OperatorClient.HASH);

    private static EmbeddedRedis redis;
    private static Upstream upstream;
    private static ConfigurableApplicationContext gateway;
    private static ConfigurableApplicationContext other;

    private final OperatorClient client = new OperatorClient(gateway);

    @BeforeAll
    static void start() {
        redis = EmbeddedRedis.start();
        upstream = new Upstream();
        gateway = startGateway("stagedoor.gateway.cors-origins=http://shop.example");
        other = startGateway();
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
        other.close();
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
        String cookie = signedIn(client);

        Visitor.send(fromConsole(client.request("PATCH", SETTINGS, "{\"per-minute\":70}"), cookie));
        client.send("PATCH", SETTINGS, "{\"per-minute\":71}", "Authorization", basic("bob"));

        assertThat(client.get(ROOMS + "/main/changes").get("changes"))
                .filteredOn(change -> change.get("what").asString().equals("per-minute"))
                .extracting(change -> change.get("by").asString())
                .containsExactly("bob", "bob");
    }

    @Test
    void aViewerSeesEverythingAndChangesNothing() {
        String[] vera = {"Authorization", basic("vera")};
        String cookie = signedIn(client, "vera");
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
        assertThat(Visitor.json(sessionOf(client, cookie)).get("role").asString())
                .isEqualTo("VIEWER");
        changes.forEach(
                (call, body) -> {
                    String[] asked = call.split(" ");
                    HttpResponse<String> byBasic = client.send(asked[0], asked[1], body, vera);
                    HttpResponse<String> byCookie =
                            Visitor.send(
                                    fromConsole(client.request(asked[0], asked[1], body), cookie));
                    assertThat(List.of(byBasic, byCookie))
                            .as(call)
                            .allSatisfy(
                                    answer -> {
                                        assertThat(answer.statusCode()).isEqualTo(403);
                                        assertThat(Visitor.json(answer).get("code").asString())
                                                .isEqualTo("operator-required");
                                    });
                });
        assertThat(
                        Visitor.send(
                                        fromConsole(
                                                client.request("DELETE", "/ops/api/session", ""),
                                                cookie))
                                .statusCode())
                .isEqualTo(204);
    }

    /** The same settings hold it, others void it. */
    @Test
    void aSessionEndsWithThePasswordAndTheRoleItWasBegunWith() {
        String cookie = signedIn(client, "vera");
        try (ConfigurableApplicationContext promoted =
                startGateway("stagedoor.ops.operators.vera.role=operator")) {
            assertThat(sessionOf(new OperatorClient(other), cookie).statusCode()).isEqualTo(200);
            assertThat(sessionOf(new OperatorClient(promoted), cookie).statusCode()).isEqualTo(401);
        }
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
            String session = signedIn(attacker, "ops");

            List<Integer> first =
                    IntStream.range(0, 5).mapToObj(_ -> guess(attacker).statusCode()).toList();
            HttpResponse<String> rightTooSoon =
                    await().until(
                                    () -> {
                                        guess(attacker);
                                        return attacker.send("GET", ROOMS, "");
                                    },
                                    answer -> answer.statusCode() == 429);
            HttpResponse<String> signIn =
                    Visitor.send(attacker.request("POST", "/ops/api/session", LOGIN));
            HttpResponse<String> signedInBefore =
                    Visitor.send(attacker.request("GET", ROOMS, "").header("Cookie", session));

            assertThat(first).containsOnly(401);
            assertThat(retryAfter(rightTooSoon)).isBetween(1L, 60L);
            assertThat(signIn.statusCode()).isEqualTo(200);
            assertThat(signedInBefore.statusCode()).isEqualTo(200);
        }
    }

    @Test
    void aBrowserStaysSignedInByACookieThatNoScriptAndNoOtherSiteCanUse() {
        HttpResponse<String> answer =
                Visitor.send(client.request("POST", "/ops/api/session", LOGIN));

        String cookie = answer.headers().firstValue("Set-Cookie").orElseThrow();
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(cookie)
                .containsIgnoringCase("; HttpOnly")
                .contains("SameSite=Strict", "Path=/ops", "Max-Age=43200");
        assertThat(Visitor.json(sessionOf(client, cookie)).get("name").asString()).isEqualTo("bob");
        assertThat(sessionOf(new OperatorClient(other), cookie).statusCode()).isEqualTo(200);
    }

    @Test
    void behindAProxyThatEndsTlsTheCookieIsSecure() {
        HttpResponse<String> answer =
                Visitor.send(
                        client.request("POST", "/ops/api/session", LOGIN)
                                .header("X-Forwarded-Proto", "https"));

        assertThat(answer.headers().firstValue("Set-Cookie").orElseThrow()).contains("; Secure");
        assertThat(signedIn(client)).doesNotContain("Secure");
    }

    @Test
    void aSessionIsOverWhenSignedOutAndNeverWorksAltered() {
        String cookie = signedIn(client);

        HttpResponse<String> out =
                Visitor.send(fromConsole(client.request("DELETE", "/ops/api/session", ""), cookie));

        assertThat(out.statusCode()).isEqualTo(204);
        assertThat(out.headers().firstValue("Set-Cookie").orElseThrow()).contains("Max-Age=0");
        assertThat(sessionOf(client, cookie).statusCode()).isEqualTo(401);
        assertThat(sessionOf(client, signedIn(client) + "x").statusCode()).isEqualTo(401);
    }

    @Test
    void aChangeByCookieComesFromTheConsoleOnly() {
        String cookie = signedIn(client);
        String change = "{\"capacity\":77}";

        HttpResponse<String> form =
                Visitor.send(client.request("PATCH", SETTINGS, change).header("Cookie", cookie));
        HttpResponse<String> console =
                Visitor.send(fromConsole(client.request("PATCH", SETTINGS, change), cookie));

        assertThat(form.statusCode()).isEqualTo(403);
        assertThat(Visitor.json(form).get("code").asString()).isEqualTo("foreign-origin");
        assertThat(console.statusCode()).as(console.body()).isEqualTo(200);
        assertThat(Visitor.json(console).at("/settings/capacity").asInt()).isEqualTo(77);
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
        String cookie = signedIn(client);
        String basic = basic("bob");

        HttpResponse<String> byCookie =
                Visitor.send(
                        fromConsole(client.request("PATCH", SETTINGS, "{\"batch\":1}"), cookie)
                                .header(sent[0], sent[1]));
        HttpResponse<String> byBasic =
                client.send(
                        "PATCH",
                        SETTINGS,
                        "{\"batch\":1}",
                        "Authorization",
                        basic,
                        sent[0],
                        sent[1]);
        HttpResponse<String> reading =
                client.send("GET", ROOMS, "", "Cookie", cookie, sent[0], sent[1]);
        HttpResponse<String> signingIn =
                Visitor.send(
                        client.request("POST", "/ops/api/session", LOGIN).header(sent[0], sent[1]));

        assertThat(List.of(byCookie, byBasic, reading, signingIn))
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
        for (String asset : List.of("console.js", "settings.js", "chart.js", "console.css")) {
            HttpResponse<String> file =
                    Visitor.send(client.request("GET", "/ops/assets/" + asset, ""));
            assertThat(file.statusCode()).as(asset).isEqualTo(200);
            assertThat(file.headers().firstValue("Content-Type").orElseThrow())
                    .startsWith(asset.endsWith("css") ? "text/css" : "text/javascript");
        }
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

    private static String signedIn(OperatorClient client) {
        return signedIn(client, "bob");
    }

    private static String signedIn(OperatorClient client, String name) {
        HttpResponse<String> answer =
                Visitor.send(
                        client.request("POST", "/ops/api/session", LOGIN.replace("bob", name)));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return answer.headers().firstValue("Set-Cookie").orElseThrow().split(";")[0];
    }

    private static HttpResponse<String> sessionOf(OperatorClient client, String cookie) {
        return Visitor.send(
                client.request("GET", "/ops/api/session", "")
                        .timeout(Duration.ofSeconds(5))
                        .header("Cookie", cookie.split(";")[0]));
    }

    private static HttpRequest.Builder fromConsole(HttpRequest.Builder request, String cookie) {
        return request.header("Cookie", cookie).header("Ops-Console", "1");
    }
}
