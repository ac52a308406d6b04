package dev.stagedoor.gateway.verdict;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.common.Headers;
import dev.stagedoor.common.Passes;
import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.devservices.FreePort;
import dev.stagedoor.gateway.Gateways;
import dev.stagedoor.gateway.Visitor;
import dev.stagedoor.gateway.connection.Connection;
import dev.stagedoor.gateway.share.Limits.Limit;
import dev.stagedoor.gateway.share.Shares;
import dev.stagedoor.gateway.share.Shares.Share;
import dev.stagedoor.gateway.token.QueueTokens;
import dev.stagedoor.gateway.waitingroom.Ticket;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.context.ConfigurableApplicationContext;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.stream.IntStream;

/**
 * What Traefik's forwardAuth, Envoy's ext_authz and nginx' auth_request are documented to send, in
 * bytes, and what each is documented to understand.
 */
class ExchangesTests {

    private static final int PORT = FreePort.find();
    private static final Passes PASSES =
            new Passes(List.of(Gateways.PASS_KEY), InstantSource.system());

    private static EmbeddedRedis redis;
    private static ConfigurableApplicationContext gateway;

    @BeforeAll
    static void start() {
        redis = EmbeddedRedis.start();
        gateway =
                Gateways.startOn(
                        redis.url(),
                        "none",
                        "stagedoor.verdict.port=" + PORT,
                        "stagedoor.gateway.limits.open-paths-per-second=5",
                        "stagedoor.gateway.cors-origins=https://app.example.org",
                        "stagedoor.rooms.main.open-paths=GET /open, OPTIONS /seats",
                        "stagedoor.rooms.queue.paths=/queue/**",
                        "stagedoor.rooms.queue.mode=HOLD",
                        "stagedoor.rooms.shut.paths=/shut/**",
                        "stagedoor.rooms.shut.mode=CLOSED",
                        "stagedoor.rooms.east.hosts=east.example");
    }

    @AfterAll
    static void stop() {
        gateway.close();
        redis.close();
    }

    // ── Traefik ─────────────────────────────────────────────────────────────────────────────────

    private static final String TRAEFIK =
            """
            GET /verdict/forward HTTP/1.1\r
            Host: stagedoor:9090\r
            User-Agent: Mozilla/5.0\r
            Accept: %2$s\r
            Accept-Encoding: gzip\r
            Cookie: %3$s\r
            X-Forwarded-For: 203.0.113.7\r
            X-Forwarded-Host: shop.example.com\r
            X-Forwarded-Method: GET\r
            X-Forwarded-Port: 443\r
            X-Forwarded-Proto: https\r
            X-Forwarded-Server: traefik\r
            X-Forwarded-Uri: %1$s\r
            X-Real-Ip: 203.0.113.7\r
            \r
            """;

    @Test
    void traefikIsToldThatSomebodyMayPassAndGetsThePass() throws IOException {
        String answer = ask(TRAEFIK, "/seats?a=b", "*/*", "__Host-queue-main=" + inside("main"));

        assertThat(answer).startsWith("HTTP/1.1 200 OK\r\n");
        assertThat(PASSES.verify(header(answer, Headers.PASS))).isPresent();
        assertThat(header(answer, "Cache-Control")).isEqualTo("no-store");
    }

    @Test
    void traefikIsToldAnEmptyPassWhereNoneIsNeeded() throws IOException {
        String answer = ask(TRAEFIK, "/open", "*/*", "a=b");

        assertThat(answer)
                .startsWith("HTTP/1.1 200 OK\r\n")
                .containsIgnoringCase("\r\nstagedoor-pass: \r\n");
    }

    @Test
    void traefikIsToldThatTheSiteAnswersTheQuestionOfABrowserWhereItsPathIsOpen()
            throws IOException {
        String asked = "Origin: https://app.example.org\r\nAccess-Control-Request-Method: ";
        String question =
                TRAEFIK.replace("X-Forwarded-Method: GET", "X-Forwarded-Method: OPTIONS")
                        .replace("Cookie: ", asked);

        assertThat(ask(question, "/seats", "*/*", "POST"))
                .startsWith("HTTP/1.1 200 OK\r\n")
                .containsIgnoringCase("\r\nstagedoor-pass: \r\n");
        assertThat(ask(question, "/other", "*/*", "POST")).startsWith("HTTP/1.1 401 ");
    }

    @Test
    void whoeverAsksTooMuchIsTheVisitorAndNotTheProxy() throws IOException {
        String saidByVisitor = "X-Forwarded-For: 192.0.2.9\r\nX-Forwarded-For: 192.0.2.9, ";
        String one =
                TRAEFIK.replace("X-Forwarded-For: 203.0.113.7", saidByVisitor + "198.51.100.1");
        String other = TRAEFIK.replace("X-Forwarded-For: 203.0.113.7", saidByVisitor + "192.0.2.1");
        await().pollInterval(Duration.ofMillis(1))
                .until(() -> ask(one, "/open", "*/*", "a=b").startsWith("HTTP/1.1 429 "));

        assertThat(ask(other, "/open", "*/*", "a=b")).startsWith("HTTP/1.1 200 ");
    }

    @Test
    void traefikHandsOnThePageWithItsCookieAndItIsNoPass() throws IOException {
        String answer = ask(TRAEFIK, "/queue/seats", "text/html", "a=b");

        assertThat(answer).startsWith("HTTP/1.1 429 Too Many Requests\r\n").contains("<html");
        assertThat(header(answer, "Set-Cookie"))
                .startsWith("__Host-queue-queue=none;")
                .contains("Secure");
    }

    @Test
    void aPlaceThatIsTakenByAPageIsThatOfTheVisitor() throws IOException {
        String answer = ask(TRAEFIK, "/queue/seats", "text/html", "__Host-queue-queue=none");

        String token = header(answer, "Set-Cookie").replaceAll("^[^=]*=|;.*", "");
        Ticket ticket = gateway.getBean(QueueTokens.class).verify(token).orElseThrow();
        assertThat(share("203.0.113.7").holds(ticket)).isTrue();
        assertThat(share("127.0.0.1").holds(ticket)).isFalse();
    }

    /** What was told of the one would be told of the other. */
    @Test
    void whoAsksBeforeTheAnswerIsNoProxyAndToldNothing() throws IOException {
        String page = TRAEFIK.formatted("/queue/seats", "text/html", "__Host-queue-queue=none");
        try (Connection proxy = new Connection(gateway, "stagedoor.verdict.port")) {
            proxy.send(page + page);

            assertThat(proxy.readUntilItCloses()).isEmpty();
        }
    }

    /** A relative one would be resolved against the address that was asked. */
    @Test
    void traefikHandsOnARedirectToTheAddressThatTheVisitorKnows() throws IOException {
        String answer = ask(TRAEFIK, "/seats?a=b", "text/html", "__Host-queue-main=none");

        assertThat(answer).startsWith("HTTP/1.1 303 See Other\r\n");
        assertThat(header(answer, "Location")).isEqualTo("https://shop.example.com/seats?a=b");
    }

    @Test
    void traefikSaysOfAWebSocketOverTlsThatItIsOne() throws IOException {
        String question = TRAEFIK.replace("X-Forwarded-Proto: https", "X-Forwarded-Proto: wss");

        String inside = ask(question, "/live", "*/*", "__Host-queue-main=" + inside("main"));
        String turn = ask(question, "/seats", "text/html", "__Host-queue-main=none");

        assertThat(inside).startsWith("HTTP/1.1 200 ");
        assertThat(header(turn, "Location")).isEqualTo("https://shop.example.com/seats");
    }

    @Test
    void traefikAsksForTheHostThatTheVisitorAsksFor() throws IOException {
        String token = inside("east");
        String question = TRAEFIK.replace("shop.example.com", "east.example");

        assertThat(ask(question, "/seats", "*/*", "__Host-queue-east=" + token))
                .startsWith("HTTP/1.1 200 ");
        assertThat(ask(TRAEFIK, "/seats", "*/*", "__Host-queue-east=" + token))
                .startsWith("HTTP/1.1 401 ");
    }

    /** As programs in Go read {@code GET any:http://east.example/open}: as opaque. */
    @Test
    void noVisitorChoosesTheRoomByAnAddressThatNamesAHost() throws IOException {
        String token = inside("east");

        assertThat(ask(TRAEFIK, "http://east.example/seats", "*/*", "__Host-queue-east=" + token))
                .startsWith("HTTP/1.1 421 ");
    }

    /** Asked by GET, it would wait for as much of a body as the answer to GET has. */
    @Test
    void ofAHeadTraefikIsToldThatThereIsNoBodyAndEnvoyWhatItWouldBe() throws IOException {
        String asked = TRAEFIK.replace("X-Forwarded-Method: GET", "X-Forwarded-Method: HEAD");

        String traefik = ask(asked, "/shut/seats", "*/*", "a=b");
        String envoy = ask(ENVOY.replaceFirst("GET", "HEAD"), "/shut/seats", "*/*", "a=b");

        assertThat(traefik).startsWith("HTTP/1.1 503 ").endsWith("\r\n\r\n");
        assertThat(header(traefik, "Content-Length")).isEqualTo("0");
        assertThat(envoy).startsWith("HTTP/1.1 429 ").endsWith("\r\n\r\n");
        assertThat(header(envoy, "Content-Length")).isNotEqualTo("0");
    }

    // ── Envoy ───────────────────────────────────────────────────────────────────────────────────

    private static final String ENVOY =
            """
            GET /verdict/envoy%1$s HTTP/1.1\r
            host: shop.example.com\r
            content-length: 0\r
            accept: %2$s\r
            cookie: %3$s\r
            x-envoy-internal: true\r
            x-forwarded-for: 203.0.113.7\r
            x-forwarded-proto: http\r
            x-envoy-expected-rq-timeout-ms: 2000\r
            \r
            """;

    @Test
    void anEnvoyThatSaysNotWhatIsAskedForIsToldSo() throws IOException {
        for (String nothing : List.of("", "?a=b")) {
            assertThat(ask(ENVOY, nothing, "*/*", "a=b")).startsWith("HTTP/1.1 400 ");
        }
    }

    @Test
    void envoyIsToldThatSomebodyMayPassAndGetsThePass() throws IOException {
        String answer = ask(ENVOY, "/seats?a=b", "*/*", "queue-main=" + inside("main"));

        assertThat(answer).startsWith("HTTP/1.1 200 OK\r\n");
        assertThat(PASSES.verify(header(answer, Headers.PASS))).isPresent();
    }

    @Test
    void envoyTakesAClientsPassAwayWhereNoneIsNeeded() throws IOException {
        String answer = ask(ENVOY, "/open", "*/*", "a=b");

        assertThat(answer).startsWith("HTTP/1.1 200 OK\r\n");
        assertThat(header(answer, "X-Envoy-Auth-Headers-To-Remove")).isEqualTo(Headers.PASS);
    }

    /** It takes any 5xx for a failure of ours, which some let pass. */
    @Test
    void envoyIsNeverToldThatWeHaveFailedWhereARoomIsClosed() throws IOException {
        String answer = ask(ENVOY, "/shut/seats", "*/*", "a=b");

        assertThat(answer).startsWith("HTTP/1.1 429 ").contains("\"code\":\"queue-closed\"");
        assertThat(header(answer, "Retry-After")).isNotEmpty();
    }

    @Test
    void envoyHandsOnThePage() throws IOException {
        String answer = ask(ENVOY, "/queue/seats", "text/html", "queue-queue=none");

        assertThat(answer).startsWith("HTTP/1.1 429 ").contains("<html");
        assertThat(header(answer, "Set-Cookie")).startsWith("queue-queue=ey");
    }

    // ── nginx, and whatever else comes ──────────────────────────────────────────────────────────

    private static final String NGINX =
            """
            GET /verdict/nginx HTTP/1.1\r
            Host: shop.example.com\r
            X-Original-URI: %1$s\r
            X-Original-Method: GET\r
            X-Forwarded-Proto: http\r
            X-Forwarded-For: 203.0.113.7\r
            Accept: %2$s\r
            Cookie: %3$s\r
            \r
            """;

    @Test
    void nginxIsToldNothingButYesOrNoAndNobodyTakesAPlaceByIt() throws IOException {
        double before = joins();
        for (String path : List.of("/queue/x", "/shut/x", "/actuator", "//x", "/a/../b")) {
            String answer = ask(NGINX, path, "text/html", "queue-queue=none");

            assertThat(answer)
                    .as(path)
                    .startsWith("HTTP/1.1 401 Unauthorized\r\n")
                    .endsWith("\r\n\r\n")
                    .doesNotContainIgnoringCase("set-cookie", "www-authenticate");
        }
        assertThat(joins()).isEqualTo(before);
        assertThat(ask(NGINX, "/seats", "*/*", "queue-main=" + inside("main")))
                .startsWith("HTTP/1.1 200 OK\r\n");
    }

    @Test
    void whatTheQueueItselfSaysIsNoVerdict() throws IOException {
        String token = "queue-main=" + inside("main");

        for (String question : List.of(NGINX, TRAEFIK, ENVOY)) {
            assertThat(ask(question, "/api/v1/queue/tokens/current", "*/*", token))
                    .matches("(?s)HTTP/1.1 4(01|21) .*");
            assertThat(ask(question, "/queue-assets/waiting.js", "*/*", token))
                    .matches("(?s)HTTP/1.1 4(01|21) .*");
        }
    }

    @Test
    void aQuestionThatLeavesOutWhatItIsAboutIsNotAnsweredYes() throws IOException {
        String token = "queue-main=" + inside("main");

        assertThat(ask(NGINX.replace("X-Original-URI", "X-Other"), "/open", "*/*", token))
                .startsWith("HTTP/1.1 401 ");
        for (String twice : List.of("X-Original-URI: /queue/x", "X-Original-Method: POST")) {
            assertThat(ask(NGINX.replace("Accept", twice + "\r\nAccept"), "/open", "*/*", token))
                    .startsWith("HTTP/1.1 401 ");
        }
        assertThat(ask(TRAEFIK.replace("X-Forwarded-Method", "X-Other"), "/open", "*/*", token))
                .startsWith("HTTP/1.1 421 ");
        assertThat(
                        ask(
                                TRAEFIK.replace("/verdict/forward", "/verdict/other"),
                                "/open",
                                "*/*",
                                token))
                .startsWith("HTTP/1.1 404 ");
    }

    /** Anything else nginx takes for a failure of ours, in which it may let pass. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "X-Original-URI: /a b\r\nX-Original-Method: GET",
                "X-Original-URI: \r\nX-Original-Method: GET",
                "X-Original-URI: /seats\r\nX-Original-Method: ",
                "X-Original-URI: /seats\r\nX-Original-Method: G E T",
                "X-Original-URI: /seats\r\nX-Original-Method: GET\r\nno field",
                "X-Original-URI: /seats\r\nX-Original-Method: GET\r\nMANY"
            })
    void nginxIsToldNoOfAQuestionThatCannotBeRead(String told) throws IOException {
        String question =
                "GET /verdict/nginx HTTP/1.1\r\nHost: x\r\nQueue-Token: %s\r\n"
                        + told.replace("MANY", "a: b\r\n".repeat(600) + "a: b")
                        + "\r\n\r\n";

        assertThat(ask(question, inside("main"), "", "")).startsWith("HTTP/1.1 401 ");
    }

    /** It keeps one of which it is not told, and puts the question of somebody else there. */
    @Test
    void nginxIsToldWhereAConnectionEnds() throws IOException {
        try (Connection proxy = new Connection(gateway, "stagedoor.verdict.port")) {
            proxy.send(NGINX.formatted("/seats", "*/*", "a=b"));
            assertThat(proxy.readUntil("\r\n\r\n")).doesNotContainIgnoringCase("connection: close");

            proxy.send(NGINX.formatted("//seats", "*/*", "a=b"));
            assertThat(proxy.readUntil("\r\n\r\n")).containsIgnoringCase("connection: close");
        }
    }

    @Test
    void nginxIsAnsweredWhateverItTakesOfAVisitor() throws IOException {
        assertThat(askAtLength()).startsWith("HTTP/1.1 200 ");
    }

    @Test
    void nginxIsAnsweredAlsoWhereLargeHeadsOfThePublicHaveTakenTheMemoryForThem()
            throws IOException {
        Shares shares = gateway.getBean(Shares.class);
        long part = shares.most(Limit.HEADS) / 4;
        List<Share> others =
                IntStream.range(0, 4)
                        .mapToObj(i -> shares.of(InetAddress.ofLiteral("127.96." + i + ".1")))
                        .toList();
        assertThat(others).allMatch(it -> it.keeps(Limit.HEADS, part));

        assertThat(askAtLength()).startsWith("HTTP/1.1 200 ");

        others.forEach(it -> it.letsGo(Limit.HEADS, part));
    }

    private static String askAtLength() throws IOException {
        String question =
                NGINX.replace("Accept:", "Long: " + "a".repeat(33_000) + "\r\nAccept:")
                        .replace("Cookie:", "a: b\r\n".repeat(200) + "Cookie:");
        return ask(question, "/seats", "*/*", "queue-main=" + inside("main"));
    }

    // ── what is no question ─────────────────────────────────────────────────────────────────────

    @Test
    void theSiteEndsASessionByARequestWithoutABody() throws IOException {
        String answer = ask(NGINX, "/seats", "*/*", "queue-main=" + inside("main"));
        String pass = header(answer, Headers.PASS);
        String end =
                """
                POST /verdict/sessions/end HTTP/1.1\r
                Host: x\r
                Stagedoor-Pass: %1$s\r
                \r
                """;

        assertThat(ask(end.replace("POST", "GET"), pass, "", "")).startsWith("HTTP/1.1 404 ");
        assertThat(ask(end.replace("/end", "/other"), pass, "", "")).startsWith("HTTP/1.1 404 ");
        assertThat(ask(end.replace(Headers.PASS, "No"), "", "", "")).contains("pass-required");
        assertThat(ask(end, pass, "", "")).startsWith("HTTP/1.1 204 ");
    }

    @Test
    void whoPollsWhereProxiesAskIsNotAnswered() throws IOException {
        Visitor inside = knownToBeInside();
        String poll =
                """
                GET /api/v1/queue/tokens/current HTTP/1.1\r
                Host: x\r
                Queue-Token: %1$s\r
                \r
                """;

        assertThat(ask(poll, inside.token(), "", "")).startsWith("HTTP/1.1 404 ");
    }

    @Test
    void whatWasFoundOutOfItIsNotToldOfTheNextQuestion() throws IOException {
        Visitor inside = knownToBeInside();
        try (Connection proxy = new Connection(gateway, "stagedoor.verdict.port")) {
            proxy.send(
                    "GET /verdict/other HTTP/1.1\r\nHost: x\r\nQueue-Token: %s\r\n\r\n"
                            .formatted(inside.token()));
            assertThat(proxy.nextStatus()).isEqualTo(404);

            proxy.send(
                    NGINX.replace("X-Original-Method: GET", "X-Original-Method: HEAD")
                            .formatted("/seats", "*/*", "a=b"));

            assertThat(proxy.nextStatus()).isEqualTo(401);
        }
    }

    @Test
    void thePublicCannotAskForAVerdict() {
        var answer =
                Visitor.send(
                        Visitor.request(gateway, "/verdict/forward")
                                .header("Queue-Token", inside("main"))
                                .header("X-Forwarded-Uri", "/seats")
                                .header("X-Forwarded-Method", "GET"));

        assertThat(answer.statusCode()).isEqualTo(307);
        assertThat(answer.headers().firstValue(Headers.PASS)).isEmpty();
        assertThat(
                        Visitor.send(
                                        Visitor.request(gateway, "/verdict/sessions/end")
                                                .POST(BodyPublishers.noBody()))
                                .statusCode())
                .isEqualTo(401);
    }

    /** Without Redis. */
    private static Visitor knownToBeInside() {
        Visitor visitor = new Visitor("main");
        visitor.joins(gateway);
        await().until(() -> visitor.isActive(gateway) && Gateways.isCertainOf(visitor, gateway));
        return visitor;
    }

    private static Share share(String address) {
        return gateway.getBean(Shares.class).of(InetAddress.ofLiteral(address));
    }

    private static double joins() {
        return gateway
                .getBean(MeterRegistry.class)
                .find("stagedoor.queue.joins")
                .counters()
                .stream()
                .mapToDouble(Counter::count)
                .sum();
    }

    private static String inside(String room) {
        Visitor visitor = new Visitor(room);
        visitor.joins(gateway);
        return visitor.token();
    }

    private static String header(String answer, String name) {
        return answer.lines()
                .filter(line -> line.regionMatches(true, 0, name + ": ", 0, name.length() + 2))
                .map(line -> line.substring(name.length() + 2))
                .findFirst()
                .orElse("");
    }

    /** The whole answer: the last thing that is asked on the connection. */
    private static String ask(String question, String uri, String accept, String cookie)
            throws IOException {
        String last =
                question.formatted(uri, accept, cookie)
                        .replaceFirst("\r\n\r\n$", "\r\nConnection: close\r\n\r\n");
        try (Socket socket = new Socket("127.0.0.1", PORT)) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write(last.getBytes(StandardCharsets.ISO_8859_1));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
