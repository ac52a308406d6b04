package dev.stagedoor.gateway.door;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.common.AccessTokens;
import dev.stagedoor.common.Bearer;
import dev.stagedoor.common.Headers;
import dev.stagedoor.common.Pass;
import dev.stagedoor.common.Passes;
import dev.stagedoor.common.RoomId;
import dev.stagedoor.common.SigningKey;
import dev.stagedoor.common.UserId;
import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.gateway.Gateways;
import dev.stagedoor.gateway.Upstream;
import dev.stagedoor.gateway.Visitor;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.context.ConfigurableApplicationContext;

import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;

/** Where whoever has signed in needs no turn, while others wait for theirs. */
class SignedInPathsTests {

    private static final String MINE = "/shop/mine";
    private static final String HOLD = "/shop/holds";
    private static final UUID SIGN_IN = UUID.randomUUID();
    private static final UserId USER = UserId.random();
    private static final String TOKEN = tokenAt(Instant.now(), Gateways.ACCESS_KEY);

    private static EmbeddedRedis redis;
    private static Upstream upstream;
    private static ConfigurableApplicationContext gateway;

    private static final Visitor INSIDE = new Visitor("shop");
    private static final Visitor WAITING = new Visitor("shop");

    @BeforeAll
    static void aRoomThatIsFull() {
        redis = EmbeddedRedis.start();
        upstream = new Upstream();
        upstream.answers(SignedInPathsTests::echo);
        gateway =
                Gateways.startOn(
                        redis.url(),
                        upstream.url(),
                        "stagedoor.gateway.trusted-proxies=127.0.0.1",
                        "stagedoor.gateway.limits.signed-in-per-second=2",
                        "stagedoor.upstream.connections=1",
                        "stagedoor.upstream.pending-timeout=200ms",
                        "stagedoor.rooms.shop.paths=/shop/**",
                        "stagedoor.rooms.shop.capacity=1",
                        "stagedoor.rooms.shop.session=1h",
                        "stagedoor.rooms.shop.claim-timeout=1h",
                        "stagedoor.rooms.shop.signed-in-paths=GET /shop/mine,POST /shop/charges",
                        "stagedoor.rooms.shut.paths=/shut/**",
                        "stagedoor.rooms.shut.mode=CLOSED",
                        "stagedoor.rooms.shut.signed-in-paths=GET /shut/mine");
        INSIDE.joins(gateway);
        await().until(() -> INSIDE.isActive(gateway));
        WAITING.joins(gateway);
    }

    /** Says whom the pass names, and by which connections it came is seen by how long it takes. */
    private static Mono<Void> echo(HttpServerRequest request, HttpServerResponse response) {
        String pass = request.requestHeaders().get(Headers.PASS, "none");
        Mono<String> body =
                request.uri().contains("slow")
                        ? Mono.delay(Duration.ofSeconds(1)).thenReturn(pass)
                        : Mono.just(pass);
        return response.sendString(body).then();
    }

    @AfterAll
    static void stop() {
        gateway.close();
        upstream.close();
        redis.close();
    }

    @Test
    void whoeverHasSignedInPassesWithoutATurnAndThePassSaysWho() {
        for (String[] shown :
                List.of(
                        new String[] {"Authorization", "Bearer " + TOKEN},
                        new String[] {"Cookie", "access-token=" + TOKEN})) {
            HttpResponse<String> answer = passes(asks("GET", MINE, shown));

            assertThat(pass(answer)).isEqualTo(new Pass(USER, new RoomId("shop"), 0, SIGN_IN));
        }
        passes(asks("HEAD", MINE, "Authorization", "Bearer " + TOKEN));
        passes(asks("POST", "/shop/charges", "Authorization", "Bearer " + TOKEN));
    }

    @Test
    void toChooseToHoldAndToPayNeedsATurn() {
        for (String[] other :
                List.of(
                        new String[] {"POST", MINE},
                        new String[] {"POST", HOLD},
                        new String[] {"GET", "/shop/charges"},
                        new String[] {"GET", "/shop/mine/more"})) {
            refused(
                    asks(other[0], other[1], "Authorization", "Bearer " + TOKEN),
                    401,
                    "queue-token-missing");
        }
    }

    @Test
    void whoeverHasNotSignedInWaitsLikeAnybodyElse() {
        String old = tokenAt(Instant.now().minus(Duration.ofDays(2)), Gateways.ACCESS_KEY);
        String forged = tokenAt(Instant.now(), SigningKey.random("access-1"));
        for (String bad : List.of(old, forged, "x", WAITING.token())) {
            refused(
                    asks("GET", MINE, "Authorization", "Bearer " + bad),
                    401,
                    "queue-token-missing");
        }
        refused(asks("GET", MINE), 401, "queue-token-missing");
        refused(asks("GET", MINE, "Queue-Token", WAITING.token()), 429, "queue-waiting");
    }

    @Test
    void whoeverWaitsAndHasSignedInPassesAndKeepsThePlace() {
        HttpResponse<String> answer =
                passes(
                        asks(
                                "GET",
                                MINE,
                                "Queue-Token",
                                WAITING.token(),
                                "Authorization",
                                "Bearer " + WAITING.accessToken()));

        assertThat(pass(answer).user()).isEqualTo(WAITING.user());
        assertThat(pass(answer).sequence()).isZero();
        assertThat(WAITING.status(gateway).get("state").asString()).isEqualTo("WAITING");
    }

    @Test
    void whoeverIsInsidePassesAsSuch() {
        String token = INSIDE.token();

        assertThat(pass(passes(asks("GET", MINE, "Queue-Token", token))).sequence()).isPositive();
        Pass both =
                pass(
                        passes(
                                asks(
                                        "GET",
                                        MINE,
                                        "Queue-Token",
                                        token,
                                        "Authorization",
                                        "Bearer " + INSIDE.accessToken())));
        assertThat(both.sequence()).isPositive();
        assertThat(both.user()).isEqualTo(INSIDE.user());
    }

    /** Who shows a sign-in of the same user beside the turn is known by both. */
    @Test
    void thePassOfATurnNamesTheSignInThatCameAlong() {
        String signedIn =
                new AccessTokens(List.of(Gateways.ACCESS_KEY), InstantSource.system())
                        .sign(new Bearer(INSIDE.user(), SIGN_IN));

        Pass pass =
                pass(
                        passes(
                                asks(
                                        "POST",
                                        HOLD,
                                        "Queue-Token",
                                        INSIDE.token(),
                                        "Cookie",
                                        "access-token=" + signedIn)));

        assertThat(pass.signIn()).isEqualTo(SIGN_IN);
        assertThat(pass.sequence()).isPositive();
        assertThat(pass(passes(asks("POST", HOLD, "Queue-Token", INSIDE.token()))).signIn())
                .isNull();
    }

    @Test
    void theTurnOfSomebodyElseIsNone() {
        Pass pass =
                pass(
                        passes(
                                asks(
                                        "GET",
                                        MINE,
                                        "Queue-Token",
                                        INSIDE.token(),
                                        "Authorization",
                                        "Bearer " + TOKEN)));

        assertThat(pass).isEqualTo(new Pass(USER, new RoomId("shop"), 0, SIGN_IN));
    }

    @Test
    void aRoomThatIsClosedKeepsNobodyFromTheirOwn() {
        passes(asks("GET", "/shut/mine", "Authorization", "Bearer " + TOKEN));
        refused(asks("GET", "/shut/x", "Authorization", "Bearer " + TOKEN), 503, "queue-closed");
    }

    /** All connections of those inside are taken, and to one's own one gets all the same. */
    @Test
    void theyHaveConnectionsOfTheirOwn() {
        var busy =
                client().sendAsync(
                                request("GET", "/shop/slow", "Queue-Token", INSIDE.token()),
                                BodyHandlers.ofString());
        refused(
                await().until(
                                () -> asks("GET", "/shop/x", "Queue-Token", INSIDE.token()),
                                answer -> answer.statusCode() == 503),
                503,
                "upstream-busy");

        passes(asks("GET", MINE, "Authorization", "Bearer " + TOKEN));
        assertThat(busy.join().statusCode()).isEqualTo(200);
    }

    @Test
    void theyHaveAThrottleOfTheirOwn() {
        String[] hasty = {"Authorization", "Bearer " + TOKEN, "X-Forwarded-For", "192.0.2.1"};

        List<HttpResponse<String>> answers =
                IntStream.range(0, 60).mapToObj(_ -> asks("GET", MINE, hasty)).toList();

        assertThat(answers)
                .filteredOn(answer -> answer.statusCode() != 200)
                .isNotEmpty()
                .allSatisfy(answer -> refused(answer, 429, "too-many-requests"));
        passes(asks("GET", MINE, "Queue-Token", INSIDE.token(), "X-Forwarded-For", "192.0.2.1"));
        passes(asks("GET", MINE, "Authorization", "Bearer " + TOKEN));
    }

    @Test
    void itIsSaidFromWhereTheyCome() {
        upstream.answers(
                (request, response) ->
                        response.sendString(
                                        Mono.just(
                                                String.join(
                                                        "|",
                                                        request.requestHeaders()
                                                                .getAll(Headers.CLIENT))))
                                .then());
        try {
            HttpResponse<String> answer =
                    asks(
                            "GET",
                            MINE,
                            "Authorization",
                            "Bearer " + TOKEN,
                            "Stagedoor-Client",
                            "10.1.1.1",
                            "X-Forwarded-For",
                            "10.2.2.2, 198.51.100.7");

            assertThat(answer.body()).isEqualTo("198.51.100.7");
        } finally {
            upstream.answers(SignedInPathsTests::echo);
        }
    }

    // ── what is done ────────────────────────────────────────────────────────────────────────────

    private static String tokenAt(Instant signed, SigningKey key) {
        return new AccessTokens(List.of(key), () -> signed).sign(new Bearer(USER, SIGN_IN));
    }

    private static Pass pass(HttpResponse<String> answer) {
        return new Passes(List.of(Gateways.PASS_KEY), InstantSource.system())
                .verify(answer.body())
                .orElseThrow();
    }

    private static HttpResponse<String> asks(String method, String path, String... headers) {
        HttpRequest.Builder request = Visitor.request(gateway, path);
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        return Visitor.send(request.method(method, BodyPublishers.noBody()));
    }

    private static HttpRequest request(String method, String path, String... headers) {
        return Visitor.request(gateway, path)
                .headers(headers)
                .method(method, BodyPublishers.noBody())
                .build();
    }

    private static HttpClient client() {
        return HttpClient.newHttpClient();
    }

    private static HttpResponse<String> passes(HttpResponse<String> answer) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return answer;
    }

    private static void refused(HttpResponse<String> answer, int status, String code) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(Visitor.json(answer).get("code").asString()).isEqualTo(code);
    }
}
