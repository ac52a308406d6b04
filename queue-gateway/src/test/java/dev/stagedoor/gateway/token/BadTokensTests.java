package dev.stagedoor.gateway.token;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.common.AccessTokens;
import dev.stagedoor.common.Bearer;
import dev.stagedoor.common.RoomId;
import dev.stagedoor.common.SigningKey;
import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.gateway.Gateways;
import dev.stagedoor.gateway.Upstream;
import dev.stagedoor.gateway.Visitor;
import dev.stagedoor.gateway.connection.Connection;
import dev.stagedoor.gateway.waitingroom.Ticket;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.context.ConfigurableApplicationContext;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** A corpus of tokens that are none, shown wherever a token can be shown. */
class BadTokensTests {

    private static final String ROOM = "corpus";
    private static final SigningKey KEY = Gateways.QUEUE_KEY;
    private static final AtomicInteger FORWARDED = new AtomicInteger();
    private static final List<String> CALLS =
            List.of(
                    "GET /api/v1/seats",
                    "POST /api/v1/seats",
                    "GET /api/v1/queue/tokens/current",
                    "DELETE /api/v1/queue/tokens/current",
                    "GET /api/v1/queue/events");

    private static EmbeddedRedis redis;
    private static Upstream upstream;
    private static ConfigurableApplicationContext gateway;

    private static final Visitor INSIDE = new Visitor(ROOM);

    @BeforeAll
    static void somebodyIsInside() {
        redis = EmbeddedRedis.start();
        upstream = new Upstream();
        gateway =
                Gateways.startOn(
                        redis.url(),
                        upstream.url(),
                        "stagedoor.rooms." + ROOM + ".session=1h",
                        "stagedoor.rooms." + ROOM + ".interval=100ms");
        INSIDE.joins(gateway);
        assertThat(INSIDE.gets(gateway, "/api/v1/seats").statusCode()).isEqualTo(200);
        upstream.answers(
                (_, response) -> {
                    FORWARDED.incrementAndGet();
                    return response.send();
                });
    }

    @AfterAll
    static void stop() {
        gateway.close();
        upstream.close();
        redis.close();
    }

    @ParameterizedTest
    @MethodSource("tokens")
    void areRefusedWhereverTheyAreShown(String token) throws Exception {
        assertRefused("Queue-Token: " + token, "queue-token-invalid");
    }

    /** A cookie that cannot even be read is none; quotes around its value are no part of it. */
    @ParameterizedTest
    @MethodSource("tokens")
    void areRefusedInACookieAsWell(String token) throws Exception {
        String value = token.startsWith("\"") ? token.replace("\"", "\"x") : token;
        boolean isReadable = value.chars().allMatch(c -> c > ' ' && c < 127 && c != '"');

        assertRefused(
                "Cookie: queue-" + ROOM + "=" + value,
                isReadable ? "queue-token-invalid" : "queue-token-(invalid|missing)");
    }

    private static void assertRefused(String header, String code) throws Exception {
        try (Connection connection = new Connection(gateway)) {
            for (String call : CALLS) {
                connection.send("%s HTTP/1.1\r\nHost: x\r\n%s\r\n\r\n".formatted(call, header));

                Connection.Answer answer = connection.next();

                assertThat(answer.status()).as(call).isEqualTo(401);
                assertThat(answer.body()).containsPattern("\"" + code + "\"");
            }
        }
        assertThat(FORWARDED).hasValue(0);
    }

    static Stream<String> tokens() throws GeneralSecurityException {
        String real = INSIDE.token();
        String[] parts = real.split("\\.");
        String header = decode(parts[0]);
        String none = header.replace("HS256", "none");
        byte[] secret = KEY.secret();
        Ticket ticket = new Ticket(new RoomId(ROOM), INSIDE.user(), 1, 1);
        return Stream.of(
                        Stream.of(
                                "",
                                "x",
                                "null",
                                "..",
                                "a.b.c",
                                "{}",
                                "\"" + real + "\"",
                                real + ".",
                                real + "." + parts[2],
                                real + "A",
                                parts[1] + "." + parts[0] + "." + parts[2],
                                "Bearer " + real,
                                "A".repeat(12_000),
                                "\u00ed\u0095\u009c\u00ea\u00b8\u0080",
                                "%00",
                                real.replace('.', '\u00b7')),
                        IntStream.iterate(0, i -> i < real.length(), i -> i + 7)
                                .mapToObj(i -> flipped(real, i)),
                        IntStream.iterate(1, i -> i < real.length(), i -> i + 11)
                                .mapToObj(length -> real.substring(0, length)),
                        Stream.of(
                                encode(none) + "." + parts[1] + ".",
                                encode(none) + "." + parts[1] + "." + parts[2],
                                signed(none, parts[1], secret, "HmacSHA256"),
                                signed(
                                        header.replace("HS256", "HS512"),
                                        parts[1],
                                        secret,
                                        "HmacSHA512"),
                                signed(
                                        header.replace("HS256", "RS256"),
                                        parts[1],
                                        secret,
                                        "HmacSHA256"),
                                signed(
                                        header.replace(KEY.id(), "../" + KEY.id()),
                                        parts[1],
                                        secret,
                                        "HmacSHA256"),
                                signed("{\"alg\":\"HS256\"}", parts[1], secret, "HmacSHA256"),
                                signed(header, encode("{}"), secret, "HmacSHA256"),
                                signed(header, encode("[]"), secret, "HmacSHA256"),
                                signed(header, parts[1], new byte[32], "HmacSHA256")),
                        Stream.of(
                                tokens(SigningKey.random(KEY.id()), Duration.ZERO).sign(ticket),
                                tokens(KEY, Duration.ofDays(90)).sign(ticket),
                                tokens(KEY, Duration.ofDays(-120)).sign(ticket),
                                new AccessTokens(List.of(KEY), InstantSource.system())
                                        .sign(new Bearer(INSIDE.user(), null))))
                .flatMap(tokens -> tokens);
    }

    private static QueueTokens tokens(SigningKey key, Duration ahead) {
        return new QueueTokens(List.of(key), InstantSource.fixed(Instant.now().plus(ahead)));
    }

    private static String flipped(String token, int at) {
        char other = token.charAt(at) == 'x' ? 'y' : 'x';
        return token.substring(0, at) + other + token.substring(at + 1);
    }

    private static String signed(String header, String payload, byte[] secret, String algorithm)
            throws GeneralSecurityException {
        Mac mac = Mac.getInstance(algorithm);
        mac.init(new SecretKeySpec(secret, algorithm));
        String content = encode(header) + "." + payload;
        return content + "." + encode(mac.doFinal(content.getBytes(StandardCharsets.US_ASCII)));
    }

    private static String decode(String part) {
        return new String(Base64.getUrlDecoder().decode(part), StandardCharsets.UTF_8);
    }

    private static String encode(String text) {
        return encode(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String encode(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
