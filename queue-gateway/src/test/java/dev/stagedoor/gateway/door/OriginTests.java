package dev.stagedoor.gateway.door;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.gateway.Gateways;
import dev.stagedoor.gateway.Upstream;
import dev.stagedoor.gateway.Visitor;
import dev.stagedoor.gateway.connection.Connection;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.context.ConfigurableApplicationContext;

import reactor.core.publisher.Mono;

import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;

/** Which pages may read what the gateway answers: what it was told, said once. */
class OriginTests {

    private static final String ROOM = "origin-" + UUID.randomUUID().toString().substring(0, 8);
    private static final String LISTED = "https://shop.example";
    private static final String APP = "capacitor://localhost";
    private static final String FOREIGN = "https://evil.example";
    private static final String ALLOWED = "Access-Control-Allow-Origin";

    /** Of its own: the rooms of other tests would guard the same paths. */
    private static EmbeddedRedis redis;

    private static final AtomicInteger ARRIVED = new AtomicInteger();

    private static Upstream upstream;
    private static ConfigurableApplicationContext gateway;
    private static ConfigurableApplicationContext gatewayThatDoesNotCare;
    private static final Visitor VISITOR = new Visitor(ROOM);

    @BeforeAll
    static void start() {
        redis = EmbeddedRedis.start();
        upstream = new Upstream();
        upstream.answers(
                (_, response) -> {
                    ARRIVED.incrementAndGet();
                    return response.header(ALLOWED, "*")
                            .header("Access-Control-Expose-Headers", "X-Of-The-Upstream")
                            .header("Vary", "Accept")
                            .sendString(Mono.just("hello"));
                });
        gateway =
                Gateways.startOn(
                        redis.url(),
                        upstream.url(),
                        "stagedoor.rooms." + ROOM + ".capacity=10",
                        "stagedoor.rooms." + ROOM + ".session=1h",
                        "stagedoor.gateway.trusted-proxies=127.0.0.1",
                        "stagedoor.gateway.cors-origins=" + LISTED + "," + APP);
        gatewayThatDoesNotCare =
                Gateways.startOn(
                        redis.url(), upstream.url(), "stagedoor.rooms." + ROOM + ".capacity=10");
        VISITOR.joins(gateway);
    }

    @AfterAll
    static void stop() {
        gatewayThatDoesNotCare.close();
        gateway.close();
        upstream.close();
        redis.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "POST"})
    void letsAListedPageReadWhatTheUpstreamAnswers(String method) {
        HttpResponse<String> answer = asks(gateway, method, "/api/v1/seats", LISTED);

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().allValues(ALLOWED)).containsExactly(LISTED);
        assertThat(answer.headers().allValues("Access-Control-Allow-Credentials"))
                .containsExactly("true");
        assertThat(answer.headers().allValues("Access-Control-Expose-Headers"))
                .singleElement()
                .asString()
                .contains("Retry-After")
                .doesNotContain("X-Of-The-Upstream");
        assertThat(answer.headers().allValues("Vary")).contains("Origin", "Accept");
    }

    /** Of whoever offers no HTTP/2, as browsers do not, most would be answered by the lane. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /api/v1/seats",
                "GET /api/v1/queue/tokens/current",
                "POST /api/v1/queue/tokens"
            })
    void letsAListedPageReadWhatIsAskedInAFewBytes(String what) throws IOException {
        try (Connection connection = new Connection(gateway)) {
            connection.send(
                    what
                            + " HTTP/1.1\r\nHost: sale\r\nConnection: close\r\nOrigin: "
                            + LISTED
                            + "\r\nQueue-Token: "
                            + VISITOR.token()
                            + "\r\n\r\n");

            assertThat(connection.readUntilItCloses())
                    .startsWith("HTTP/1.1 200")
                    .containsOnlyOnce(ALLOWED + ": " + LISTED);
        }
    }

    /** As a shell around pages calls itself on a phone. */
    @Test
    void letsAListedAppReadAsWell() {
        HttpResponse<String> answer = asks(gateway, "GET", "/api/v1/seats", APP);

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().allValues(ALLOWED)).containsExactly(APP);
    }

    @Test
    void letsAListedPageReadARefusalAndItsPlaceInTheLine() {
        HttpResponse<String> refused =
                Visitor.send(Visitor.request(gateway, "/api/v1/seats").header("Origin", LISTED));
        HttpResponse<String> poll = asks(gateway, "GET", "/api/v1/queue/tokens/current", LISTED);

        assertThat(refused.statusCode()).isEqualTo(401);
        assertThat(refused.headers().allValues(ALLOWED)).containsExactly(LISTED);
        assertThat(poll.statusCode()).isEqualTo(200);
        assertThat(poll.headers().allValues(ALLOWED)).containsExactly(LISTED);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/api/v1/seats", "/api/v1/queue/tokens/current"})
    void letsNobodyElsesPageReadOrDoAnything(String path) {
        int before = ARRIVED.get();

        HttpResponse<String> answer = asks(gateway, "POST", path, FOREIGN);

        assertThat(answer.statusCode()).isEqualTo(403);
        assertThat(answer.headers().allValues(ALLOWED)).isEmpty();
        assertThat(ARRIVED.get()).isEqualTo(before);
    }

    @Test
    void saysNothingToWhoeverIsNoPage() {
        HttpResponse<String> answer = VISITOR.gets(gateway, "/api/v1/seats");

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().allValues(ALLOWED)).isEmpty();
    }

    /** Or a cache would give a page what was said to somebody else, which it may not read. */
    @ParameterizedTest
    @ValueSource(strings = {"/api/v1/seats", "/api/v1/queue/openapi.json"})
    void tellsCachesThatAnAnswerIsForTheOriginThatHasAsked(String path) {
        String here = "http://127.0.0.1:" + Gateways.port(gateway);

        assertThat(VISITOR.gets(gateway, path).headers().allValues("Vary")).contains("Origin");
        assertThat(asks(gateway, "GET", path, here).headers().allValues("Vary")).contains("Origin");
    }

    @Test
    void refusesNoPageThatComesFromHere() {
        String host = "127.0.0.1:" + Gateways.port(gateway);

        HttpResponse<String> plain = asks(gateway, "POST", "/api/v1/seats", "http://" + host);
        HttpResponse<String> behindAProxy =
                Visitor.send(
                        Visitor.request(gateway, "/api/v1/seats")
                                .header("Origin", "https://" + host)
                                .header("X-Forwarded-Proto", "https")
                                .header("Queue-Token", VISITOR.token())
                                .POST(BodyPublishers.ofString("x")));

        assertThat(plain.statusCode()).isEqualTo(200);
        assertThat(behindAProxy.statusCode()).isEqualTo(200);
    }

    /** Of a page without referrers, and behind a proxy that asks for another host. */
    @ParameterizedTest
    @ValueSource(strings = {"null", "https://tickets.example"})
    void refusesNoFormOfAPageThatTheBrowserSaysComesFromHere(String origin) {
        HttpResponse<String> answer =
                Visitor.send(
                        Visitor.request(gateway, "/api/v1/seats")
                                .header("Origin", origin)
                                .header("Sec-Fetch-Site", "same-origin")
                                .header("Queue-Token", VISITOR.token())
                                .POST(BodyPublishers.ofString("x")));

        assertThat(answer.statusCode()).isEqualTo(200);
    }

    /** A payment provider's, say, which takes the visitor back: no script reads what comes. */
    @Test
    void leavesItToTheSiteWhatAFormOfAnotherSiteMayPost() {
        assertThat(navigates("/api/v1/seats").statusCode()).isEqualTo(200);
        assertThat(navigates("/api/v1/queue/tokens").statusCode()).isEqualTo(403);
    }

    private static HttpResponse<String> navigates(String path) {
        return Visitor.send(
                Visitor.request(gateway, path)
                        .header("Origin", FOREIGN)
                        .header("Sec-Fetch-Site", "cross-site")
                        .header("Sec-Fetch-Mode", "navigate")
                        .header("Queue-Token", VISITOR.token())
                        .POST(BodyPublishers.ofString("paid=yes")));
    }

    @ParameterizedTest
    @ValueSource(strings = {LISTED, FOREIGN})
    void leavesItToTheUpstreamUnlessItIsToldAnything(String origin) {
        HttpResponse<String> answer = asks(gatewayThatDoesNotCare, "POST", "/api/v1/seats", origin);

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().allValues(ALLOWED)).containsExactly("*");
        assertThat(answer.headers().allValues("Access-Control-Expose-Headers"))
                .containsExactly("X-Of-The-Upstream");
        assertThat(answer.headers().allValues("Vary")).containsExactly("Accept");
    }

    private static HttpResponse<String> asks(
            ConfigurableApplicationContext where, String method, String path, String origin) {
        return Visitor.send(
                Visitor.request(where, path)
                        .header("Origin", origin)
                        .header("Queue-Token", VISITOR.token())
                        .method(method, BodyPublishers.noBody()));
    }
}
