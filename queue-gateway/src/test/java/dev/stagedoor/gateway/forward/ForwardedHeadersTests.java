package dev.stagedoor.gateway.forward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.common.Passes;
import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.gateway.ByteUpstream;
import dev.stagedoor.gateway.Gateways;
import dev.stagedoor.gateway.Visitor;
import dev.stagedoor.gateway.connection.Connection;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.context.ConfigurableApplicationContext;

import java.io.IOException;
import java.time.InstantSource;
import java.util.List;

/** What the upstream is told of a request, and by whom. */
class ForwardedHeadersTests {

    private static final String ROOM = "told";
    private static final Visitor INSIDE = new Visitor(ROOM);

    private static EmbeddedRedis redis;
    private static ByteUpstream upstream;
    private static ConfigurableApplicationContext gateway;
    private static ConfigurableApplicationContext behindProxy;

    @BeforeAll
    static void start() {
        redis = EmbeddedRedis.start();
        upstream = new ByteUpstream();
        gateway = start("stagedoor.gateway.trusted-proxies=");
        behindProxy = start("stagedoor.gateway.trusted-proxies=127.0.0.1");
        INSIDE.joins(gateway);
        await().until(() -> INSIDE.isActive(gateway) && Gateways.isCertainOf(INSIDE, gateway));
    }

    private static ConfigurableApplicationContext start(String proxies) {
        return Gateways.startOn(
                redis.url(),
                upstream.url(),
                proxies,
                "stagedoor.rooms." + ROOM + ".paths=/**",
                "stagedoor.rooms." + ROOM + ".session=1h",
                "stagedoor.rooms." + ROOM + ".interval=100ms");
    }

    @AfterAll
    static void stop() {
        gateway.close();
        behindProxy.close();
        upstream.close();
        redis.close();
    }

    @BeforeEach
    void nothingHasArrived() {
        upstream.arrived();
    }

    // ── headers ─────────────────────────────────────────────────────────────────────────────────

    @Test
    void believesNobodyOnWhereARequestComesFrom() throws Exception {
        ByteUpstream.Arrived arrived =
                arrives(
                        gateway,
                        """
                        X-Forwarded-For: 6.6.6.6
                        X-Forwarded-For: 7.7.7.7
                        X-Forwarded-Proto: https
                        X-Forwarded-Host: evil.example
                        X-Forwarded-Port: 443
                        X-Forwarded-Prefix: /evil
                        X-Forwarded: for=6.6.6.6
                        Forwarded: for=6.6.6.6;host=evil.example
                        X-Real-IP: 6.6.6.6
                        X-Original-URL: /admin
                        X-Rewrite-URL: /admin
                        X_Forwarded_For: 6.6.6.6
                        X-Forwarded_Proto: https
                        X_Real_IP: 6.6.6.6
                        True-Client-IP: 6.6.6.6
                        X-Client-IP: 6.6.6.6
                        CF-Connecting-IP: 6.6.6.6
                        X-Host: evil.example
                        X-Original-Host: evil.example
                        X-HTTP-Method-Override: DELETE
                        X-HTTP-Method: DELETE
                        X-Method-Override: DELETE
                        X-Original-Method: DELETE
                        Content_Length: 7
                        content_type: text/html
                        Transfer_Encoding: chunked
                        X.Forwarded.For: 6.6.6.6
                        X-Forwarded.Proto: https
                        X~Real!IP: 6.6.6.6
                        X.HTTP.Method.Override: DELETE
                        X.Rewrite.URL: /admin
                        Content.Length: 7
                        Transfer.Encoding: chunked
                        Client-IP: 6.6.6.6
                        X-Cluster-Client-IP: 6.6.6.6
                        Proxy: http://evil.example
                        X-Own_Name: kept
                        X.Own.Name: kept
                        """);

        assertThat(arrived.head().subList(1, arrived.head().size()))
                .filteredOn(line -> !line.startsWith("Stagedoor-Pass: "))
                .filteredOn(line -> !line.startsWith("traceparent: "))
                .containsExactlyInAnyOrder(
                        "host: 127.0.0.1:" + upstream.port(),
                        "X-Own_Name: kept",
                        "X.Own.Name: kept",
                        "Stagedoor-Client: 127.0.0.1",
                        "Stagedoor-Hops: 1",
                        "X-Forwarded-For: 127.0.0.1",
                        "X-Forwarded-Proto: http",
                        "X-Forwarded-Host: shop.example");
    }

    @Test
    void keepsEveryLineThatATrustedProxyHasWritten() throws Exception {
        ByteUpstream.Arrived arrived =
                arrives(
                        behindProxy,
                        """
                        X-Forwarded-For: 6.6.6.6
                        X-Forwarded-For: 7.7.7.7, 8.8.8.8
                        X-Forwarded-Proto: https
                        X-Forwarded-Host: front.example
                        X-Forwarded-Port: 443
                        Forwarded: for=7.7.7.7
                        X-Real-IP: 7.7.7.7
                        CF-Connecting-IP: 7.7.7.7
                        X-HTTP-Method-Override: DELETE
                        X-Original-URL: /admin
                        X-Rewrite-URL: /admin
                        X-Original-Host: evil.example
                        X-Host: evil.example
                        Connection: X-Forwarded-For, X-Real-IP, Forwarded
                        """);

        assertThat(arrived.values("X-Forwarded-For"))
                .containsExactly("6.6.6.6, 7.7.7.7, 8.8.8.8, 127.0.0.1");
        assertThat(arrived.values("X-Forwarded-Proto")).containsExactly("https");
        assertThat(arrived.values("X-Forwarded-Host")).containsExactly("front.example");
        assertThat(arrived.values("X-Forwarded-Port")).containsExactly("443");
        assertThat(arrived.values("Forwarded")).containsExactly("for=7.7.7.7");
        assertThat(arrived.values("X-Real-IP")).containsExactly("7.7.7.7");
        assertThat(arrived.values("CF-Connecting-IP")).containsExactly("7.7.7.7");
        assertThat(arrived.names())
                .as("a proxy passes on what the visitor says")
                .doesNotContain("x-http-method-override", "x-original-url", "x-rewrite-url")
                .doesNotContain("x-original-host", "x-host", "connection");
    }

    /** No proxy writes these: they are the visitor's, and CGI reads both spellings as one. */
    @Test
    void believesNoTwinOfWhatATrustedProxyHasWritten() throws Exception {
        ByteUpstream.Arrived arrived =
                arrives(
                        behindProxy,
                        """
                        X-Forwarded-For: 7.7.7.7
                        X-Forwarded-Proto: https
                        X-Forwarded-Host: front.example
                        X-Real-IP: 7.7.7.7
                        X_Forwarded_For: 6.6.6.6
                        X-Forwarded_For: 6.6.6.6
                        x_forwarded-for: 6.6.6.6
                        X_Forwarded_Proto: http
                        X_Forwarded_Host: evil.example
                        X_Real_IP: 6.6.6.6
                        X_Forwarded: for=6.6.6.6
                        True_Client_IP: 6.6.6.6
                        X.Forwarded.For: 6.6.6.6
                        X-Real.IP: 6.6.6.6
                        X-Own_Name: kept
                        """);

        assertThat(arrived.head()).noneMatch(line -> line.contains("6.6.6.6"));
        assertThat(arrived.names())
                .filteredOn(name -> name.contains("_"))
                .containsExactly("x-own_name");
        assertThat(arrived.values("X-Forwarded-For")).containsExactly("7.7.7.7, 127.0.0.1");
        assertThat(arrived.values("X-Real-IP")).containsExactly("7.7.7.7");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Stagedoor-Pass: forged",
                "stagedoor-pass: forged",
                "Stagedoor_Pass: forged",
                "Stagedoor.Client: forged",
                "stagedoor'pass: forged",
                "STAGEDOOR_PASS: forged\nStagedoor-Pass: forged",
                "Connection: Stagedoor-Pass",
                "Connection: Stagedoor-Pass\nStagedoor-Pass: forged",
                "Connection: close, stagedoor_pass\nStagedoor_Session: complete"
            })
    void saysItselfWhoIsInsideAndNobodyElseDoes(String lines) throws Exception {
        ByteUpstream.Arrived arrived = arrives(gateway, lines + "\n");

        assertThat(arrived.names())
                .filteredOn(name -> name.startsWith("stagedoor"))
                .containsExactlyInAnyOrder("stagedoor-pass", "stagedoor-client", "stagedoor-hops");
        Passes passes = new Passes(List.of(Gateways.PASS_KEY), InstantSource.system());
        String pass = arrived.values("Stagedoor-Pass").getFirst();
        assertThat(passes.verify(pass).orElseThrow().user()).isEqualTo(INSIDE.user());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "queue-told=T | ",
                "__Host-queue-told=T | ",
                "a=1; queue-told=T; b=\"x y\"; c | a=1; b=\"x y\"; c",
                "queue-told=T; a=1 | a=1",
                "a=1;queue-told=T;__Host-queue-vip=T;  b=2 | a=1;  b=2",
                "a=queue-told; my-queue-told=1 | a=queue-told; my-queue-told=1",
                "session=1;; Queue-told=2; | session=1;; Queue-told=2;"
            })
    void keepsTheQueueTokenOfABrowserToItself(String cookies, String others) throws Exception {
        ByteUpstream.Arrived arrived =
                arrives(gateway, "Cookie: " + cookies.replace("=T", "=" + INSIDE.token()) + "\n");

        assertThat(arrived.values("Cookie"))
                .isEqualTo(others == null ? List.of() : List.of(others));
        assertThat(arrived.head()).noneMatch(line -> line.contains(INSIDE.token()));
    }

    @Test
    void servesListedHostsOnly() throws Exception {
        try (var choosy = start("stagedoor.gateway.allowed-hosts=shop.example,127.0.0.1")) {
            assertThat(INSIDE.gets(choosy, "/a").statusCode()).isEqualTo(200);
            for (String host : List.of("evil.example", "shop.example.evil", "", "[::1]:80")) {
                try (Connection connection = new Connection(choosy)) {
                    connection.send("GET /a HTTP/1.1\r\nHost: " + host + "\r\n\r\n");

                    assertThat(connection.readUntilItCloses())
                            .startsWith("HTTP/1.1 421")
                            .contains("\"misdirected-request\"");
                }
            }
            try (Connection connection = new Connection(choosy)) {
                connection.send("GET /a HTTP/1.1\r\nHost: Shop.Example:8080\r\n\r\n");

                assertThat(connection.nextStatus()).isEqualTo(401);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "traceparent: nonsense",
                "traceparent: 00-00000000000000000000000000000000-00f067aa0ba902b7-01"
            })
    void beginsATraceWhereNoneIsNamed(String line) throws Exception {
        assertThat(arrives(gateway, line + "\n").values("traceparent"))
                .singleElement()
                .asString()
                .matches("00-[0-9a-f]{32}-[0-9a-f]{16}-00")
                .doesNotContain("0".repeat(32));
    }

    // ────────────────────────────────────────────────────────────────────────────────────────────

    private static String header() {
        return "Queue-Token: " + INSIDE.token() + "\n";
    }

    private static ByteUpstream.Arrived arrives(
            ConfigurableApplicationContext through, String lines) throws IOException {
        assertThat(ask(through, "/a", header() + lines)).isEqualTo(200);
        List<ByteUpstream.Arrived> arrived = upstream.arrived();
        assertThat(arrived).hasSize(1);
        return arrived.getFirst();
    }

    private static int ask(ConfigurableApplicationContext through, String path, String lines)
            throws IOException {
        try (Connection connection = new Connection(through)) {
            connection.send(
                    "GET "
                            + path
                            + " HTTP/1.1\r\nHost: shop.example\r\n"
                            + lines.replace("\n", "\r\n")
                            + "\r\n");
            return connection.nextStatus();
        }
    }
}
