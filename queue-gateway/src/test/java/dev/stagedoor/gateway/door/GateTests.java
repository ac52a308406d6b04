package dev.stagedoor.gateway.door;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.common.Passes;
import dev.stagedoor.common.RoomId;
import dev.stagedoor.common.SigningKey;
import dev.stagedoor.common.UserId;
import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.gateway.Gateways;
import dev.stagedoor.gateway.Upstream;
import dev.stagedoor.gateway.Visitor;
import dev.stagedoor.gateway.token.QueueTokens;
import dev.stagedoor.gateway.waitingroom.Ticket;

import io.netty.handler.codec.http.HttpHeaders;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.context.ConfigurableApplicationContext;

import reactor.core.publisher.Mono;

import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.InstantSource;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;

/** The table of the gate, row by row, with a room for two and two gateways in front of it. */
class GateTests {

    private static final String ROOM = "gate-" + UUID.randomUUID().toString().substring(0, 8);

    /** Of its own: the rooms of other tests would guard the same paths. */
    private static EmbeddedRedis redis;

    private static Upstream upstream;
    private static ConfigurableApplicationContext gateway;
    private static ConfigurableApplicationContext other;

    private final Visitor first = new Visitor(ROOM);
    private final Visitor second = new Visitor(ROOM);
    private final Visitor third = new Visitor(ROOM);

    @BeforeAll
    static void start() {
        redis = EmbeddedRedis.start();
        upstream = new Upstream();
        gateway = start(upstream.url());
        other = start(upstream.url());
    }

    private static ConfigurableApplicationContext start(String url) {
        return Gateways.startOn(
                redis.url(),
                url,
                Gateways.MANAGED,
                "stagedoor.rooms." + ROOM + ".capacity=2",
                "stagedoor.rooms." + ROOM + ".interval=100ms");
    }

    @AfterAll
    static void stop() {
        gateway.close();
        other.close();
        upstream.close();
        redis.close();
    }

    @BeforeEach
    void threeCome() {
        upstream.answers((_, response) -> response.sendString(Mono.just("hello")));
        assertThat(first.joins(gateway).get("state").asString()).isEqualTo("ACTIVE");
        assertThat(second.joins(gateway).get("state").asString()).isEqualTo("ACTIVE");
        assertThat(third.joins(gateway).get("state").asString()).isEqualTo("WAITING");
    }

    @AfterEach
    void everybodyGoes() {
        List.of(third, second, first).forEach(visitor -> visitor.leaves(gateway));
        await().until(() -> emptied(gateway) && emptied(other));
    }

    @Test
    void forwardsWhoeverIsInsideWithAPassInTheirName() {
        AtomicReference<HttpHeaders> headers = new AtomicReference<>();
        AtomicReference<String> uri = new AtomicReference<>();
        upstream.answers(
                (request, response) -> {
                    headers.set(request.requestHeaders().copy());
                    uri.set(request.uri());
                    return response.status(201)
                            .header("X-Kept", "yes")
                            .sendString(Mono.just("seats"));
                });

        HttpResponse<String> answer =
                Visitor.send(
                        Visitor.request(gateway, "/api/v1/seats%20map?date=a%2Bb&x=%ED%95%9C")
                                .header("Queue-Token", first.token())
                                .header("Stagedoor-Pass", "forged")
                                .header("stagedoor-session", "complete")
                                .header("X-Forwarded-For", "6.6.6.6")
                                .header("Forwarded", "for=6.6.6.6")
                                .header("X-Own", "mine"));

        assertThat(answer.statusCode()).isEqualTo(201);
        assertThat(answer.body()).isEqualTo("seats");
        assertThat(answer.headers().firstValue("X-Kept")).contains("yes");
        assertThat(uri.get()).isEqualTo("/api/v1/seats%20map?date=a%2Bb&x=%ED%95%9C");
        assertThat(headers.get().getAll("Stagedoor-Pass")).hasSize(1);
        var pass = new Passes(List.of(Gateways.PASS_KEY), InstantSource.system());
        assertThat(pass.verify(headers.get().get("Stagedoor-Pass")).orElseThrow().user())
                .isEqualTo(first.user());
        assertThat(headers.get().get("X-Own")).isEqualTo("mine");
        assertThat(headers.get().getAll("X-Forwarded-For")).containsExactly("127.0.0.1");
        assertThat(headers.get().get("traceparent")).matches("00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]");
        assertThat(headers.get().names())
                .noneMatch(name -> name.equalsIgnoreCase("stagedoor-session"))
                .noneMatch(name -> name.equalsIgnoreCase("queue-token"))
                .noneMatch(name -> name.equalsIgnoreCase("forwarded"))
                .as("what the visitor has not said")
                .noneMatch(name -> name.equalsIgnoreCase("accept"));
    }

    @Test
    void carriesBodiesBothWays() {
        upstream.answers((request, response) -> response.send(request.receive().retain()));
        String body = "한글과 bytes ".repeat(20_000);

        HttpResponse<String> answer =
                Visitor.send(
                        Visitor.request(gateway, "/api/v1/echo")
                                .header("Queue-Token", first.token())
                                .POST(BodyPublishers.ofString(body)));

        assertThat(answer.body()).isEqualTo(body);
    }

    @Test
    void tellsWhoeverWaitsWhereTheyStand() {
        HttpResponse<String> answer = third.gets(gateway, "/api/v1/seats");

        assertProblem(answer, 429, "queue-waiting");
        assertThat(Visitor.json(answer).get("position").asInt()).isEqualTo(1);
        assertThat(Visitor.json(answer).get("ahead").asInt()).isZero();
        assertThat(Visitor.json(answer).get("waiting").asInt()).isEqualTo(1);
        assertThat(Visitor.json(answer).get("pollAfterMillis").asInt()).isPositive();
        assertThat(answer.headers().firstValue("Retry-After")).isPresent();
    }

    @Test
    void refusesWhoeverShowsNothing() {
        assertProblem(
                Visitor.send(Visitor.request(gateway, "/api/v1/seats")),
                401,
                "queue-token-missing");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "x", "a.b.c", "eyJhbGciOiJub25lIn0.e30.", "null"})
    void refusesWhatIsNoToken(String token) {
        HttpResponse<String> answer =
                Visitor.send(
                        Visitor.request(gateway, "/api/v1/seats").header("Queue-Token", token));

        assertProblem(answer, 401, "queue-token-invalid");
    }

    @Test
    void refusesForgedTokensAndThoseOfAnotherRoom() {
        Ticket ticket = new Ticket(new RoomId(ROOM), UserId.random(), 1, 1);
        Ticket elsewhere = new Ticket(new RoomId("elsewhere"), UserId.random(), 1, 1);
        String forged = tokens(SigningKey.random("queue-1")).sign(ticket);
        String foreign = tokens(Gateways.QUEUE_KEY).sign(elsewhere);

        for (String token : List.of(forged, foreign)) {
            assertProblem(
                    Visitor.send(
                            Visitor.request(gateway, "/api/v1/seats").header("Queue-Token", token)),
                    401,
                    "queue-token-invalid");
        }
    }

    @Test
    void refusesATicketThatWasNeverInTheLine() {
        Ticket never =
                new Ticket(new RoomId(ROOM), UserId.random(), 1_000, Long.MAX_VALUE / 2_000_000);

        HttpResponse<String> answer =
                Visitor.send(
                        Visitor.request(gateway, "/api/v1/seats")
                                .header("Queue-Token", tokens(Gateways.QUEUE_KEY).sign(never)));

        assertProblem(answer, 401, "queue-token-expired");
    }

    @Test
    void endsTheSessionBeforeTheAnswerOfAPaymentArrives() {
        payments();

        HttpResponse<String> paid = second.gets(gateway, "/api/v1/pay");

        assertThat(paid.body()).isEqualTo("paid");
        assertThat(paid.headers().firstValue("Stagedoor-Session")).isEmpty();
        assertProblem(second.gets(gateway, "/api/v1/pay"), 401, "queue-token-completed");
        assertProblem(second.polls(gateway), 410, "queue-token-completed");
        await().until(() -> third.isActive(gateway));
    }

    private static void payments() {
        upstream.answers(
                (request, response) ->
                        (request.uri().endsWith("pay")
                                        ? response.header("Stagedoor-Session", "complete")
                                        : response)
                                .sendString(Mono.just("paid")));
    }

    @Test
    void saysOfATicketThatWasGivenBackThatItWasLeft() {
        third.leaves(gateway);
        third.leaves(gateway);

        assertProblem(third.gets(gateway, "/api/v1/seats"), 401, "queue-token-left");
        assertProblem(third.polls(gateway), 410, "queue-token-left");
    }

    @Test
    void givesTheSameTokenToWhoeverJoinsAgain() {
        String token = third.token();

        HttpResponse<String> again = third.asksToJoin(other);

        assertThat(again.statusCode()).as(again.body()).isEqualTo(200);
        assertThat(third.token()).isEqualTo(token);
    }

    @Test
    void showsABrowserThePageAndNothingElse() {
        HttpResponse<String> page =
                Visitor.send(
                        Visitor.request(gateway, "/concerts")
                                .header("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
                                .header("Accept-Language", "ko"));
        assertThat(page.statusCode()).isEqualTo(202);
        assertThat(page.headers().firstValue("Retry-After")).isPresent();
        assertThat(page.headers().firstValue("X-Robots-Tag")).contains("noindex");
        assertThat(page.headers().firstValue("Cache-Control")).contains("no-store");
        assertThat(page.body()).contains("lang=\"ko\"").doesNotContain("{title}");
    }

    @Test
    void acceptsTheCookieOfABrowser() {
        HttpResponse<String> answer =
                Visitor.send(
                        Visitor.request(gateway, "/api/v1/seats")
                                .header("Cookie", "queue-" + ROOM + "=" + first.token()));

        assertThat(answer.statusCode()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/actuator",
                "/actuator/health",
                "/ops",
                "/admin/concerts",
                "/ADMIN/concerts"
            })
    void neverForwardsWhatIsNotForThePublic(String path) {
        assertProblem(first.gets(gateway, path), 404, "not-found");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/api/v1/concerts/..%2Fseats",
                "/api/v1/users/%2e%2e/seats",
                "//api/v1/concerts",
                "/api/v1/concerts;x=1",
                "/api/v1/concerts%00"
            })
    void refusesPathsThatCouldBeReadInTwoWays(String path) {
        assertProblem(Visitor.send(Visitor.request(gateway, path)), 400, "validation-failed");
    }

    @Test
    void leavesTheOpenPathsOpen() {
        assertThat(Visitor.send(Visitor.request(gateway, "/api/v1/concerts")).body())
                .isEqualTo("hello");
        assertThat(Visitor.send(Visitor.request(gateway, "/api/v1/concerts/7")).body())
                .isEqualTo("hello");
        assertProblem(
                Visitor.send(Visitor.request(gateway, "/api/v1/concerts/7/schedules")),
                401,
                "queue-token-missing");
        assertProblem(
                Visitor.send(Visitor.request(gateway, "/api/v1/users")),
                401,
                "queue-token-missing");
    }

    private static boolean emptied(ConfigurableApplicationContext gateway) {
        var room =
                Visitor.json(Visitor.send(Visitor.request(gateway, "/api/v1/queue/rooms/" + ROOM)));
        return room.get("active").asInt() == 0 && room.get("waiting").asInt() == 0;
    }

    private static QueueTokens tokens(SigningKey key) {
        return new QueueTokens(List.of(key), InstantSource.system());
    }

    private static void assertProblem(HttpResponse<String> answer, int status, String code) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(answer.headers().firstValue("Content-Type"))
                .contains("application/problem+json");
        assertThat(answer.headers().firstValue("WWW-Authenticate").isPresent())
                .isEqualTo(status == 401);
        assertThat(Visitor.json(answer).get("code").asString()).isEqualTo(code);
        assertThat(Visitor.json(answer).get("traceId").asString()).isNotBlank();
    }
}
