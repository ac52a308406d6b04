package dev.stagedoor.gateway.connection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.gateway.Alone;
import dev.stagedoor.gateway.Gateways;
import dev.stagedoor.gateway.Upstream;
import dev.stagedoor.gateway.Visitor;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * Requests at random, made of what has been trouble somewhere (fuzzing): whatever is sent to the
 * public port is answered or its connection closed, and nothing of it is a failure of ours. {@code
 * -Dfuzz.seconds=300 -Dfuzz.seed=…} for more, and for the same again.
 */
@Alone // it reads what all of this JVM log
@ExtendWith(OutputCaptureExtension.class)
class FuzzTests {

    private static final Duration LONG = Duration.ofSeconds(Long.getLong("fuzz.seconds", 5));
    private static final long SEED = Long.getLong("fuzz.seed", 20261125);
    private static final int CLIENTS = 16;

    /** Ten times as long as the gateway waits for the rest of a request. */
    private static final int LONGEST_SILENCE = 5_000;

    private static final Pattern FAILED = Pattern.compile("HTTP/1\\.[01] 5\\d\\d");
    private static final Pattern BUSY =
            Pattern.compile("HTTP/1\\.[01] 503 (?s:.(?!\r\n\r\n))*?(?i:retry-after):");

    private static final Duration BUSY_MACHINE = Duration.ofSeconds(20);

    private static final List<String> METHODS =
            List.of("GET", "GET", "POST", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH");
    private static final List<String> ODD_METHODS =
            List.of("CONNECT", "TRACE", "get", "PRI", "G\0T", "", "FOO", "M-SEARCH", "G{T");
    private static final List<String> PATHS =
            List.of(
                    "/",
                    "/api/v1/open",
                    "/api/v1/seats",
                    "/api/v1/queue/tokens",
                    "/api/v1/queue/tokens/current",
                    "/api/v1/queue/rooms/fuzz",
                    "/api/v1/queue/page/leave",
                    "/api/v1/queue/page/join",
                    "/api/v1/queue/openapi.json",
                    "/queue-assets/waiting.js",
                    "/ops/",
                    "/actuator/health",
                    "*",
                    "http://x/api/v1/open");
    private static final List<String> BITS =
            List.of(
                    "%",
                    "%zz",
                    "%00",
                    "%2f",
                    "%ff",
                    "%ED%A0%80",
                    "..",
                    "//",
                    "\\",
                    "|",
                    "{",
                    "}",
                    "[",
                    "]",
                    "^",
                    "`",
                    "\"",
                    "<",
                    ">",
                    ";",
                    "?",
                    "#",
                    "&",
                    "=",
                    ":",
                    "@",
                    ",",
                    "*",
                    "\0",
                    "\t",
                    " ",
                    "\u00ff",
                    "\u00e9",
                    "\r",
                    "\n",
                    "-1",
                    "99999999999999999999",
                    "q=x",
                    "q=",
                    "a/b",
                    "*/*",
                    "text/html",
                    "/",
                    "null",
                    "none",
                    "chunked",
                    "gzip",
                    "\ud83c",
                    "{\"room\":",
                    "\"\\ud800\"",
                    "}",
                    "room=",
                    "back=/",
                    "fuzz",
                    "[[[[",
                    "Bearer ",
                    "Basic ",
                    "bytes=0-",
                    "queue-fuzz=",
                    "__Host-",
                    "-",
                    ".",
                    "a");
    private static final List<String> FIELDS =
            List.of(
                    "Accept",
                    "Accept-Language",
                    "Accept-Encoding",
                    "Authorization",
                    "Cookie",
                    "Content-Type",
                    "Content-Encoding",
                    "Content-Length",
                    "Transfer-Encoding",
                    "Connection",
                    "Expect",
                    "Host",
                    "If-None-Match",
                    "If-Modified-Since",
                    "Origin",
                    "Access-Control-Request-Method",
                    "Access-Control-Request-Headers",
                    "Prefer",
                    "Queue-Token",
                    "Range",
                    "Referer",
                    "Sec-Fetch-Site",
                    "Sec-Fetch-Dest",
                    "Stagedoor-Pass",
                    "TE",
                    "Trailer",
                    "traceparent",
                    "tracestate",
                    "Upgrade",
                    "User-Agent",
                    "X-Forwarded-For",
                    "Forwarded",
                    "X-Forwarded-Proto",
                    "X-HTTP-Method-Override",
                    "Purpose",
                    "HTTP2-Settings",
                    "Cache-Control");
    private static final List<String> TYPES =
            List.of(
                    "application/json",
                    "application/x-www-form-urlencoded",
                    "multipart/form-data; boundary=x",
                    "multipart/form-data",
                    "text/plain; charset=nonsense",
                    "application/json; charset=utf-16");

    private Random random = new Random(SEED);

    @Test
    void nothingThatIsSentIsAFailureOfOurs(CapturedOutput output) throws Exception {
        try (EmbeddedRedis redis = EmbeddedRedis.start();
                Upstream upstream = new Upstream();
                ConfigurableApplicationContext gateway = start(redis, upstream)) {
            Visitor inside = new Visitor("fuzz");
            inside.joins(gateway);
            long end = System.nanoTime() + LONG.toNanos();
            long sent =
                    IntStream.range(0, CLIENTS)
                            .mapToObj(
                                    i -> sends(gateway, inside.token(), new Random(SEED + i), end))
                            .toList()
                            .stream()
                            .mapToLong(CompletableFuture::join)
                            .sum();

            assertThat(sent).isGreaterThan(CLIENTS);
            assertThat(output.getAll()).doesNotContain("ERROR").doesNotContain("LEAK");
            Visitor afterwards = new Visitor("fuzz"); // in minutes somebody leaves on that ticket
            afterwards.joins(gateway);
            assertThat(afterwards.gets(gateway, "/api/v1/seats").statusCode()).isEqualTo(200);
            System.out.printf("%d requests of seed %d%n", sent, SEED);
        }
    }

    /** One after the other, until the end; how many. */
    private static CompletableFuture<Long> sends(
            ConfigurableApplicationContext gateway, String token, Random random, long end) {
        CompletableFuture<Long> count = new CompletableFuture<>();
        Thread.startVirtualThread(
                () -> {
                    try {
                        FuzzTests fuzz = new FuzzTests();
                        fuzz.random = random;
                        long sent = 0;
                        for (; System.nanoTime() < end; sent++) {
                            assertSound(gateway, fuzz.request(token));
                        }
                        count.complete(sent);
                    } catch (Throwable failure) {
                        count.completeExceptionally(failure);
                    }
                });
        return count;
    }

    /** A machine that is busy is so for a moment; what a request brings about comes again. */
    private static void assertSound(ConfigurableApplicationContext gateway, byte[] request)
            throws IOException {
        String answers = answers(gateway, request);
        if (BUSY.matcher(answers).find()) {
            answers =
                    await("no 503 for " + shown(request))
                            .atMost(BUSY_MACHINE)
                            .until(
                                    () -> answers(gateway, request),
                                    again -> !BUSY.matcher(again).find());
        }
        assertThat(FAILED.matcher(answers).find())
                .as("seed %d: %s%n%s", SEED, shown(request), answers)
                .isFalse();
    }

    private static ConfigurableApplicationContext start(EmbeddedRedis redis, Upstream upstream) {
        return Gateways.startOn(
                redis.url(),
                upstream.url(),
                "stagedoor.rooms.fuzz.paths=/**",
                "stagedoor.rooms.fuzz.open-paths=GET /api/v1/open",
                "stagedoor.rooms.fuzz.capacity=1000000",
                "stagedoor.rooms.fuzz.session=1h",
                "stagedoor.gateway.open-paths-per-second=1000000",
                "stagedoor.gateway.read-timeout=500ms",
                "stagedoor.gateway.cors-origins=https://shop.example");
    }

    // ── requests ────────────────────────────────────────────────────────────────────────────────

    private byte[] request(String token) {
        if (oneIn(40)) {
            byte[] noise = new byte[random.nextInt(2_000)];
            random.nextBytes(noise);
            return noise;
        }
        String body = oneIn(3) ? "" : bits(1 + random.nextInt(12));
        StringBuilder text = new StringBuilder();
        text.append(oneIn(15) ? any(ODD_METHODS) : any(METHODS)).append(' ');
        text.append(any(PATHS)).append(oneIn(3) ? bits(1 + random.nextInt(4)) : "");
        text.append(oneIn(30) ? " HTTP/" + bits(1) : oneIn(10) ? " HTTP/1.0" : " HTTP/1.1");
        text.append("\r\n");
        text.append(oneIn(20) ? "" : oneIn(10) ? "Host: " + bits(2) + "\r\n" : "Host: x\r\n");
        if (oneIn(2)) {
            text.append(oneIn(2) ? "Queue-Token: " : "Cookie: queue-fuzz=");
            text.append(oneIn(4) ? damaged(token) : token).append("\r\n");
        }
        if (!oneIn(3)) {
            text.append("Content-Type: ").append(any(TYPES)).append("\r\n");
        }
        text.append(oneIn(50) ? "" : "Connection: close\r\n");
        for (int more = random.nextInt(5); more > 0; more--) {
            text.append(any(FIELDS)).append(oneIn(40) ? bits(1) : "").append(": ");
            text.append(oneIn(60) ? "x".repeat(random.nextInt(20_000)) : bits(random.nextInt(5)));
            text.append(oneIn(50) ? "\n" : "\r\n");
        }
        if (oneIn(4)) {
            text.append("Transfer-Encoding: chunked\r\n\r\n");
            text.append(oneIn(6) ? bits(1) : Integer.toHexString(body.length()));
            text.append("\r\n").append(body).append("\r\n0\r\n\r\n");
        } else {
            int length = body.length() + (oneIn(20) ? random.nextInt(5) - 2 : 0);
            text.append("Content-Length: ").append(length).append("\r\n\r\n").append(body);
        }
        return text.toString().getBytes(StandardCharsets.ISO_8859_1);
    }

    private String damaged(String token) {
        int at = random.nextInt(token.length());
        return token.substring(0, at) + any(BITS) + token.substring(at);
    }

    private String bits(int count) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < count; i++) {
            text.append(any(BITS));
        }
        return text.toString();
    }

    private String any(List<String> some) {
        return some.get(random.nextInt(some.size()));
    }

    private boolean oneIn(int many) {
        return random.nextInt(many) == 0;
    }

    // ── answers ─────────────────────────────────────────────────────────────────────────────────

    /** All that comes back until the connection is closed, or nothing more comes. */
    private static String answers(ConfigurableApplicationContext gateway, byte[] request)
            throws IOException {
        try (Socket socket = new Socket("127.0.0.1", Gateways.port(gateway))) {
            socket.setSoTimeout(LONGEST_SILENCE);
            ByteArrayOutputStream answers = new ByteArrayOutputStream();
            try {
                socket.getOutputStream().write(request);
                socket.getInputStream().transferTo(answers);
            } catch (SocketTimeoutException e) {
                // whoever was answered may ask again
                if (answers.size() == 0 && request.length > 0) {
                    throw new AssertionError("neither answered nor closed: " + shown(request), e);
                }
            } catch (SocketException _) {
                // closed before all was read: that is an answer too
            }
            return answers.toString(StandardCharsets.ISO_8859_1);
        }
    }

    private static String shown(byte[] request) {
        String text = new String(request, StandardCharsets.ISO_8859_1);
        return text.substring(0, Math.min(2_000, text.length()));
    }
}
