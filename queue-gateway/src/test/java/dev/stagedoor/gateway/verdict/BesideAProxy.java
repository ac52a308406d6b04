package dev.stagedoor.gateway.verdict;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.common.Headers;
import dev.stagedoor.devservices.FreePort;
import dev.stagedoor.gateway.RawUpstream;
import dev.stagedoor.gateway.connection.Connection;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** What holds beside a proxy, whichever it is: set as its example. */
abstract class BesideAProxy extends SiteBehindAProxy {

    private static final String HTML = "text/html,application/xhtml+xml,*/*;q=0.8";

    /** The status with which a page is shown instead of the site. */
    abstract int statusOfAPage();

    /** The status where nobody can be asked. */
    abstract int statusOfNobody();

    /** The status where whoever is asked says nothing. */
    abstract int statusOfSilence();

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

    /** What the gateway does not hand on where it forwards itself. */
    @Test
    void nothingThatAClientSendsMakesItAnotherRequestToTheSite() throws Exception {
        HttpResponse<String> open =
                get(
                        "/open?head",
                        "X-HTTP-Method-Override",
                        "DELETE",
                        "X-HTTP-Method",
                        "DELETE",
                        "X-Method-Override",
                        "DELETE",
                        "X-Original-Method",
                        "DELETE",
                        "X-Original-URL",
                        "/queue/seats",
                        "X-Rewrite-URL",
                        "/queue/seats",
                        "X-Original-Host",
                        "evil.example",
                        "X-Host",
                        "evil.example",
                        "Proxy",
                        "evil.example",
                        "X-Forwarded-Host",
                        "evil.example",
                        "X_Original_URL",
                        "/queue/seats",
                        "Forwarded",
                        "for=6.6.6.6;host=evil.example",
                        "X-Forwarded-Port",
                        "66666",
                        "X-Forwarded-Prefix",
                        "/queue/seats",
                        "X-Real-IP",
                        "6.6.6.6",
                        "X-Client-IP",
                        "6.6.6.6",
                        "Client-IP",
                        "6.6.6.6",
                        "X-Cluster-Client-IP",
                        "6.6.6.6",
                        "True-Client-IP",
                        "6.6.6.6",
                        "CF-Connecting-IP",
                        "6.6.6.6",
                        "Stagedoor-Client",
                        "6.6.6.6",
                        "Stagedoor_Client",
                        "6.6.6.6",
                        "Stagedoor-Session",
                        "complete",
                        "X-Own",
                        "kept");

        assertThat(open.statusCode()).isEqualTo(200);
        assertThat(open.body())
                .containsIgnoringCase("x-own: kept")
                .doesNotContain(
                        "DELETE", "/queue/seats", "evil.example", "66666", "6.6.6.6", "complete");
    }

    @Test
    void nothingButAWebSocketBecomesATunnel() throws Exception {
        Queue<String> asked = new ConcurrentLinkedQueue<>();
        try (RawUpstream willing = new RawUpstream();
                Proxy before = startBefore(URI.create(willing.url()).getPort())) {
            willing.plays(connection -> agreesTo(asked, connection));

            for (String upgrade :
                    List.of(
                            "h2c",
                            "websocket, h2c",
                            "h2c, websocket",
                            "h2c\r\nUpgrade: websocket")) {
                upgrades(before, upgrade);
            }
            assertThat(asked).isSubsetOf("websocket");
            assertThat(upgrades(before, "WebSocket")).isEqualTo(101);
            assertThat(asked).isNotEmpty().containsOnly("websocket");
        }
    }

    private static int upgrades(Proxy through, String protocol) throws IOException {
        try (Connection connection = new Connection(through.port())) {
            connection.send(
                    """
                    GET /open HTTP/1.1\r
                    Host: 127.0.0.1:%d\r
                    Connection: Upgrade, HTTP2-Settings\r
                    HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r
                    Upgrade: %s\r
                    Sec-WebSocket-Version: 13\r
                    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r
                    \r
                    """
                            .formatted(through.port(), protocol));
            return connection.nextStatus();
        }
    }

    /** To whatever is asked for, as a site may that knows more protocols than one. */
    private static void agreesTo(Queue<String> asked, Socket connection) throws IOException {
        List<String> protocols =
                RawUpstream.readLines(connection).stream()
                        .filter(line -> line.regionMatches(true, 0, "upgrade:", 0, 8))
                        .map(line -> line.substring(8).strip())
                        .toList();
        asked.addAll(protocols);
        if (protocols.isEmpty()) {
            RawUpstream.say(connection, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        } else {
            RawUpstream.say(
                    connection,
                    "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: %s\r\n\r\n"
                            .formatted(protocols.getFirst()));
        }
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

    /** Gathered first, a long one would come with a pass that is not good any more. */
    @Test
    void theSiteHearsOfAnUploadAsItBegins() throws Exception {
        String token = joins("main");
        Queue<String> heard = new ConcurrentLinkedQueue<>();
        try (RawUpstream listening = new RawUpstream();
                Proxy before = startBefore(URI.create(listening.url()).getPort());
                Connection uploading = new Connection(before.port())) {
            listening.plays(connection -> heard.addAll(RawUpstream.readLines(connection)));

            uploading.send(
                    "PUT /main/film HTTP/1.1\r\nHost: 127.0.0.1\r\nQueue-Token: %s\r\nContent-Length: 9\r\n\r\nbegun"
                            .formatted(token));

            await().until(() -> heard.contains("PUT /main/film HTTP/1.1"));
        }
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

    /** Well before a browser gives up: whoever opens it instead lets nobody hang. */
    @Test
    void whereNobodyAnswersNobodyPassesAndNobodyHangs() throws Exception {
        try (RawUpstream frozen = new RawUpstream()) {
            frozen.plays(RawUpstream::waitForTheEnd);
            int silent = URI.create(frozen.url()).getPort();
            Proxy.Behind behind =
                    new Proxy.Behind(URI.create(site.url()).getPort(), silent, silent)
                            .withTheUsualDeadline();
            try (Proxy alone = start(behind)) {
                HttpResponse<String> answer =
                        sends(alone, "GET", "/open", BodyPublishers.noBody(), "Accept", "*/*");

                assertThat(answer.statusCode()).isEqualTo(statusOfSilence());
            }
        }
    }
}
