package dev.stagedoor.gateway.verdict;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.common.Headers;
import dev.stagedoor.common.Passes;
import dev.stagedoor.common.RoomId;
import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.devservices.FreePort;
import dev.stagedoor.gateway.Gateways;
import dev.stagedoor.gateway.Upstream;
import dev.stagedoor.gateway.Visitor;
import dev.stagedoor.gateway.waitingroom.operators.Operator;
import dev.stagedoor.gateway.waitingroom.room.Rooms;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.reactivestreams.Publisher;
import org.springframework.context.ConfigurableApplicationContext;

import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;

/** A site that somebody else's proxy forwards to, after it has asked the gateway. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class BesideAProxy {

    static final Passes PASSES = new Passes(List.of(Gateways.PASS_KEY), InstantSource.system());

    private static final HttpClient CLIENT =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private static final String HTML = "text/html,application/xhtml+xml,*/*;q=0.8";

    final int verdicts = FreePort.find();
    final Upstream site = new Upstream();
    EmbeddedRedis redis;
    ConfigurableApplicationContext gateway;
    Proxy proxy;

    abstract Proxy start(Proxy.Behind behind) throws IOException;

    /** The status with which a page is shown instead of the site. */
    abstract int statusOfAPage();

    /** The status where nobody can be asked. */
    abstract int statusOfNobody();

    @BeforeAll
    void startAll() throws Exception {
        redis = EmbeddedRedis.start();
        site.answers(BesideAProxy::answer);
        gateway =
                Gateways.startOn(
                        redis.url(),
                        "none",
                        "stagedoor.verdict.port=" + verdicts,
                        "stagedoor.gateway.prefix=/.stagedoor",
                        "stagedoor.gateway.trusted-proxies=127.0.0.1",
                        "stagedoor.rooms.main.interval=100ms",
                        "stagedoor.rooms.main.capacity=100000",
                        "stagedoor.rooms.main.open-paths=GET /open",
                        "stagedoor.rooms.main.signed-in-paths=",
                        "stagedoor.rooms.queue.paths=/queue/**",
                        "stagedoor.rooms.queue.mode=HOLD",
                        "stagedoor.rooms.crowd.paths=/crowd/**",
                        "stagedoor.rooms.crowd.mode=HOLD",
                        "stagedoor.rooms.crowd.capacity=50",
                        "stagedoor.rooms.crowd.interval=100ms",
                        "stagedoor.rooms.crowd.claim-timeout=5m",
                        "stagedoor.rooms.shut.paths=/shut/**",
                        "stagedoor.rooms.shut.mode=CLOSED",
                        "stagedoor.rooms.full.paths=/full/**",
                        "stagedoor.rooms.full.mode=HOLD",
                        "stagedoor.rooms.full.max-waiting=1");
        proxy =
                start(
                        new Proxy.Behind(
                                URI.create(site.url()).getPort(),
                                Gateways.port(gateway),
                                verdicts));
        joins("full");
    }

    @AfterAll
    void stopAll() throws IOException {
        if (proxy != null) {
            proxy.close();
        }
        gateway.close();
        site.close();
        redis.close();
    }

    private static Publisher<Void> answer(HttpServerRequest request, HttpServerResponse response) {
        return switch (request.uri()) {
            case "/main/moved" -> response.status(302).header("Location", "/main/there?a=b").send();
            case "/main/denied" ->
                    response.status(401)
                            .header("WWW-Authenticate", "Basic realm=site")
                            .sendString(Mono.just("the site's own 401"));
            default ->
                    request.receive()
                            .aggregate()
                            .asByteArray()
                            .map(bytes -> bytes.length)
                            .defaultIfEmpty(0)
                            .flatMapMany(
                                    length ->
                                            response.addHeader("Set-Cookie", "a=1")
                                                    .addHeader("Set-Cookie", "b=2")
                                                    .sendString(Mono.just(told(request, length))));
        };
    }

    private static String told(HttpServerRequest request, int length) {
        return "%s %s %d %s|%s|"
                .formatted(
                        request.method(),
                        request.uri(),
                        length,
                        request.requestHeaders().getAll("Cookie"),
                        String.join(",", request.requestHeaders().getAll(Headers.PASS)));
    }

    // ── pages ───────────────────────────────────────────────────────────────────────────────────

    @Test
    void aBrowserThatNavigatesGetsThePageAndItsCookie() throws Exception {
        HttpResponse<String> greeting = get("/queue/seats", "Accept", HTML);
        HttpResponse<String> waiting =
                get("/queue/seats", "Accept", HTML, "Cookie", "queue-queue=none");

        assertThat(greeting.statusCode()).isEqualTo(statusOfAPage());
        assertThat(greeting.body()).contains("/.stagedoor/assets/waiting.js");
        assertThat(cookies(greeting)).anyMatch(it -> it.startsWith("queue-queue=none;"));
        assertThat(waiting.statusCode()).isEqualTo(statusOfAPage());
        assertThat(waiting.body()).contains("data-queue=\"/.stagedoor/\"");
        assertThat(waiting.headers().firstValue("Retry-After")).isPresent();
        assertThat(cookies(waiting)).anyMatch(it -> it.startsWith("queue-queue=ey"));
    }

    @Test
    void aBrowserIsLedBackWhenItsTurnHasComeAndThenItIsInside() throws Exception {
        HttpResponse<String> turn =
                get("/main/seats?a=b", "Accept", HTML, "Cookie", "queue-main=none");

        assertThat(turn.statusCode()).isEqualTo(303);
        String there = turn.headers().firstValue("Location").orElseThrow();
        assertThat(URI.create(proxy.url()).resolve(there))
                .isEqualTo(URI.create(proxy.url() + "/main/seats?a=b"));
        String cookie = cookies(turn).getFirst().replaceAll(";.*", "");
        HttpResponse<String> inside = get("/main/seats?a=b", "Accept", HTML, "Cookie", cookie);
        assertThat(inside.statusCode()).isEqualTo(200);
        assertThat(inside.body()).startsWith("GET /main/seats?a=b 0");
        assertThat(pass(inside)).isPresent();
    }

    @Test
    void theFilesOfThePageAndTheCallsOfTheQueueAreThere() throws Exception {
        String token = joins("queue");

        assertThat(get("/.stagedoor/assets/waiting.css").statusCode()).isEqualTo(200);
        assertThat(get("/.stagedoor/tokens/current", "Queue-Token", token).body())
                .contains("\"state\":\"WAITING\"");
    }

    // ── refusals ────────────────────────────────────────────────────────────────────────────────

    @Test
    void aFetchIsTold429WhileItWaits() throws Exception {
        HttpResponse<String> waiting = get("/queue/seats", "Queue-Token", joins("queue"));
        HttpResponse<String> missing = get("/queue/seats");

        assertThat(waiting.statusCode()).isEqualTo(429);
        assertThat(waiting.body()).contains("\"code\":\"queue-waiting\"", "\"position\":");
        assertThat(waiting.headers().firstValue("Retry-After")).isPresent();
        assertThat(missing.statusCode()).isEqualTo(401);
        assertThat(missing.body()).contains("queue-token-missing");
    }

    @Test
    void closedAndFullAre503() throws Exception {
        HttpResponse<String> closed = get("/shut/seats");
        HttpResponse<String> page = get("/shut/seats", "Accept", HTML);
        HttpResponse<String> full = get("/full/seats", "Accept", HTML, "Cookie", "queue-full=none");

        assertThat(closed.statusCode()).isEqualTo(503);
        assertThat(closed.body()).contains("queue-closed");
        assertThat(page.statusCode()).isEqualTo(503);
        assertThat(page.body()).contains("<html");
        assertThat(full.statusCode()).isEqualTo(503);
        assertThat(full.body()).contains("<html");
    }

    @Test
    void whatTheSiteRefusesIsTheSitesOwn() throws Exception {
        HttpResponse<String> denied = get("/main/denied", "Queue-Token", joins("main"));

        assertThat(denied.statusCode()).isEqualTo(401);
        assertThat(denied.body()).isEqualTo("the site's own 401");
    }

    @Test
    void nobodyElseIsForwardedAnything() throws Exception {
        assertThat(get("/main/seats", "Queue-Token", "forged").statusCode()).isEqualTo(401);
        assertThat(get("/queue/seats", "Queue-Token", joins("main")).statusCode()).isEqualTo(401);
        assertThat(get("/admin/seats", "Queue-Token", joins("main")).statusCode()).isEqualTo(404);
        // What tells a gateway of the original request is the proxy's to say.
        HttpResponse<String> smuggled =
                get(
                        "/queue/seats",
                        "X-Original-URI",
                        "/open",
                        "X-Original-Method",
                        "GET",
                        "X-Forwarded-Uri",
                        "/open",
                        "X-Forwarded-Method",
                        "GET",
                        "Stagedoor-Verdict",
                        "pass");
        assertThat(smuggled.statusCode()).isEqualTo(401);
    }

    // ── inside ──────────────────────────────────────────────────────────────────────────────────

    @Test
    void aPassThatAClientSendsNeverGetsThrough() throws Exception {
        String forged = "forged";

        HttpResponse<String> inside =
                get("/main/seats", "Queue-Token", joins("main"), Headers.PASS, forged);
        HttpResponse<String> open = get("/open", Headers.PASS, forged);

        assertThat(pass(inside)).isPresent();
        assertThat(open.statusCode()).isEqualTo(200);
        assertThat(open.body()).endsWith("||").doesNotContain(forged);
    }

    @Test
    void aRedirectOfTheSiteStaysAsItIs() throws Exception {
        HttpResponse<String> moved = get("/main/moved", "Queue-Token", joins("main"));

        assertThat(moved.statusCode()).isEqualTo(302);
        assertThat(moved.headers().firstValue("Location").orElseThrow())
                .endsWith("/main/there?a=b")
                .doesNotContain("9090", ":" + verdicts);
    }

    @Test
    void bodiesAndCookiesGoThroughWhole() throws Exception {
        String token = joins("main");

        HttpResponse<String> posted =
                sends(
                        "POST",
                        "/main/orders",
                        BodyPublishers.ofString("a small one"),
                        "Queue-Token",
                        token,
                        "Cookie",
                        "mine=1; other=2");
        HttpResponse<String> uploaded =
                sends(
                        "PUT",
                        "/main/film",
                        BodyPublishers.ofByteArray(new byte[5 * 1024 * 1024]),
                        "Queue-Token",
                        token);

        assertThat(posted.body()).startsWith("POST /main/orders 11 [mine=1; other=2]|");
        assertThat(cookies(posted)).containsExactly("a=1", "b=2");
        assertThat(uploaded.body()).startsWith("PUT /main/film 5242880 ");
    }

    @Test
    void aBodyThatMayNotPassIsRefusedAndTheConnectionGoesOn() throws Exception {
        for (int i = 0; i < 3; i++) {
            HttpResponse<String> waiting =
                    sends(
                            "POST",
                            "/queue/orders",
                            BodyPublishers.ofByteArray(new byte[100_000]),
                            "Queue-Token",
                            joins("queue"));

            assertThat(waiting.statusCode()).isEqualTo(429);
        }
    }

    @Test
    void onlyHeadsAreAskedFor() throws Exception {
        HttpResponse<String> inside =
                sends("HEAD", "/main/seats", BodyPublishers.noBody(), "Queue-Token", joins("main"));
        HttpResponse<String> waiting =
                sends("HEAD", "/queue/x", BodyPublishers.noBody(), "Queue-Token", joins("queue"));
        HttpResponse<String> page =
                sends("HEAD", "/queue/x", BodyPublishers.noBody(), "Accept", HTML);

        assertThat(inside.statusCode()).isEqualTo(200);
        assertThat(waiting.statusCode()).isEqualTo(429);
        assertThat(page.statusCode()).isEqualTo(statusOfAPage());
        assertThat(inside.body() + waiting.body() + page.body()).isEmpty();
    }

    // ── the end of a session ────────────────────────────────────────────────────────────────────

    @Test
    void theSiteEndsASessionByThePassOfIt() throws Exception {
        String token = joins("main");
        String pass = get("/main/seats", "Queue-Token", token).body().split("\\|")[1];

        assertThat(endsSession(pass)).isEqualTo(204);

        assertThat(get("/main/seats", "Queue-Token", token).statusCode()).isEqualTo(401);
        assertThat(get("/.stagedoor/tokens/current", "Queue-Token", token).body())
                .contains("queue-token-completed");
        assertThat(endsSession("forged")).isEqualTo(401);
        assertThat(get("/verdict/sessions/end", Headers.PASS, pass).statusCode())
                .as("from outside")
                .isEqualTo(401);
    }

    int endsSession(String pass) throws Exception {
        return CLIENT.send(
                        HttpRequest.newBuilder(
                                        URI.create(
                                                "http://127.0.0.1:"
                                                        + verdicts
                                                        + "/verdict/sessions/end"))
                                .header(Headers.PASS, pass)
                                .POST(BodyPublishers.noBody())
                                .build(),
                        BodyHandlers.ofString())
                .statusCode();
    }

    @Test
    void whereNobodyCanBeAskedNobodyPasses() throws Exception {
        int nobody = FreePort.find();
        try (Proxy alone =
                start(new Proxy.Behind(URI.create(site.url()).getPort(), nobody, nobody))) {
            HttpResponse<String> answer =
                    sends(alone, "GET", "/open", BodyPublishers.noBody(), "Accept", "*/*");

            assertThat(answer.statusCode()).isEqualTo(statusOfNobody());
        }
    }

    // ── steps ───────────────────────────────────────────────────────────────────────────────────

    /** At once where the room is there; whoever is never heard of again loses the place soon. */
    String joins(String room) throws Exception {
        HttpResponse<String> answer = asksToJoin(room);
        if (answer.statusCode() == 503) {
            answer = await().until(() -> asksToJoin(room), it -> it.statusCode() != 503);
        }
        return Visitor.json(answer).get("token").asString();
    }

    private HttpResponse<String> asksToJoin(String room) throws Exception {
        return sends(
                "POST",
                "/.stagedoor/tokens",
                BodyPublishers.ofString("{\"room\":\"" + room + "\"}"),
                "Content-Type",
                "application/json");
    }

    void changes(String room, String setting, String value) {
        gateway.getBean(Rooms.class)
                .find(new RoomId(room))
                .orElseThrow()
                .controls()
                .change(Map.of(setting, value), new Operator("night", "127.0.0.1"))
                .retryWhen(Gateways.AGAIN)
                .block();
    }

    HttpResponse<String> get(String path, String... headers) throws Exception {
        return sends("GET", path, BodyPublishers.noBody(), headers);
    }

    HttpResponse<String> sends(String method, String path, BodyPublisher body, String... headers)
            throws Exception {
        return sends(proxy, method, path, body, headers);
    }

    static HttpResponse<String> sends(
            Proxy proxy, String method, String path, BodyPublisher body, String... headers)
            throws Exception {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(proxy.url() + path))
                        .timeout(Duration.ofSeconds(20))
                        .method(method, body);
        if (headers.length > 0) {
            request.headers(headers);
        }
        return CLIENT.send(request.build(), BodyHandlers.ofString(StandardCharsets.UTF_8));
    }

    static List<String> cookies(HttpResponse<String> answer) {
        return answer.headers().allValues("Set-Cookie");
    }

    private static java.util.Optional<dev.stagedoor.common.Pass> pass(HttpResponse<String> told) {
        return PASSES.verify(told.body().split("\\|")[1]);
    }
}
