package dev.stagedoor.gateway.door;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.common.RoomId;
import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.gateway.Gateways;
import dev.stagedoor.gateway.Upstream;
import dev.stagedoor.gateway.Visitor;
import dev.stagedoor.gateway.waitingroom.redis.OperatorStore.Operator;
import dev.stagedoor.gateway.waitingroom.room.Room;
import dev.stagedoor.gateway.waitingroom.room.Rooms;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.context.ConfigurableApplicationContext;

import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/** Every row of the gate's table with every method, for programs and for browsers. */
class GateTableTests {

    private static final String ROOM = "table";
    private static final String CLAIMS = "claims";
    private static final String HTML = "text/html,application/xhtml+xml,*/*;q=0.8";

    private static EmbeddedRedis redis;
    private static Upstream upstream;
    private static ConfigurableApplicationContext gateway;

    private static final Visitor INSIDE = new Visitor(ROOM);
    private static final Visitor WAITING = new Visitor(ROOM);
    private static final Visitor GONE = new Visitor(ROOM);

    @BeforeAll
    static void somebodyIsInsideSomebodyWaitsAndSomebodyHasLeft() {
        redis = EmbeddedRedis.start();
        upstream = new Upstream();
        gateway =
                Gateways.startOn(
                        redis.url(),
                        upstream.url(),
                        "stagedoor.gateway.open-paths-per-second=2",
                        "stagedoor.rooms." + ROOM + ".paths=/shop/**",
                        "stagedoor.rooms." + ROOM + ".open-paths=GET /shop/open",
                        "stagedoor.rooms." + ROOM + ".signed-in-paths=GET /shop/mine",
                        "stagedoor.rooms." + ROOM + ".capacity=1",
                        "stagedoor.rooms." + ROOM + ".session=1h",
                        "stagedoor.rooms." + ROOM + ".interval=100ms",
                        "stagedoor.rooms." + CLAIMS + ".paths=/claims/**",
                        "stagedoor.rooms." + CLAIMS + ".capacity=1",
                        "stagedoor.rooms." + CLAIMS + ".claim-timeout=1s",
                        "stagedoor.rooms." + CLAIMS + ".interval=100ms");
        INSIDE.joins(gateway);
        WAITING.joins(gateway);
        GONE.joins(gateway);
        GONE.leaves(gateway);
        assertThat(INSIDE.gets(gateway, "/shop/seats").statusCode()).isEqualTo(200);
    }

    @AfterAll
    static void stop() {
        gateway.close();
        upstream.close();
        redis.close();
    }

    @BeforeEach
    void theRoomIsAsEver() {
        set(
                Map.of(
                        "mode", "AUTO",
                        "max-waiting", "0",
                        "open-paths", "GET /shop/open",
                        "signed-in-paths", "GET /shop/mine"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})
    void answersAProgramByItsRowWhateverTheMethod(String method) {
        assertThat(asks(method, INSIDE.token()).statusCode()).isEqualTo(200);
        assertRow(method, asks(method, null), 401, "queue-token-missing");
        assertRow(method, asks(method, "forged"), 401, "queue-token-invalid");
        assertRow(method, asks(method, WAITING.token()), 429, "queue-waiting");
        assertRow(method, asks(method, GONE.token()), 401, "queue-token-left");
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})
    void letsNobodyPassWhileTheRoomIsClosed(String method) {
        set(Map.of("mode", "CLOSED"));

        for (String token : new String[] {INSIDE.token(), WAITING.token(), GONE.token(), null}) {
            assertRow(method, asks(method, token), 503, "queue-closed");
        }
    }

    @Test
    void aClosedRoomLeavesOpenWhatNeedsNoTurnUntilThatIsEmptied() {
        set(Map.of("mode", "CLOSED"));

        assertThat(INSIDE.gets(gateway, "/shop/open").statusCode()).isEqualTo(200);
        assertThat(signedIn("/shop/mine").statusCode()).isEqualTo(200);

        set(Map.of("open-paths", "", "signed-in-paths", ""));

        assertRow("GET", INSIDE.gets(gateway, "/shop/open"), 503, "queue-closed");
        assertRow("GET", signedIn("/shop/mine"), 503, "queue-closed");
    }

    @ParameterizedTest
    @ValueSource(strings = {"OPTIONS", "PUT", "PATCH", "DELETE"})
    void neverAnswersABrowserWithAPageUnlessItNavigates(String method) {
        assertRow(method, navigates(method, null), 401, "queue-token-missing");
        assertRow(method, navigates(method, "forged"), 401, "queue-token-invalid");
        assertRow(method, navigates(method, WAITING.token()), 429, "queue-waiting");
        assertRow(method, navigates(method, GONE.token()), 401, "queue-token-left");
        set(Map.of("mode", "CLOSED"));
        assertRow(method, navigates(method, WAITING.token()), 503, "queue-closed");
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "HEAD"})
    void answersABrowserThatNavigatesWithAPageThatComesBack(String method) {
        for (String token : new String[] {null, WAITING.token()}) {
            HttpResponse<String> page = navigates(method, token);

            assertThat(page.statusCode()).isEqualTo(202);
            assertThat(page.headers().firstValue("Content-Type").orElseThrow())
                    .startsWith("text/html");
            assertThat(page.headers().firstValue("Retry-After")).isPresent();
            assertThat(page.body().isEmpty()).isEqualTo(method.equals("HEAD"));
        }
        set(Map.of("mode", "CLOSED"));
        assertThat(navigates(method, WAITING.token()).statusCode()).isEqualTo(503);
        assertThat(navigates(method, WAITING.token()).headers().firstValue("Retry-After"))
                .isPresent();
    }

    /** Where it has a body, it goes by the server. */
    @ParameterizedTest
    @CsvSource({
        "/shop/seats, '', 401, queue-token-missing",
        "/shop/seats, x, 401, queue-token-missing",
        "/api/v1/queue/tokens, '', 403, foreign-origin",
        "/api/v1/queue/tokens, x, 403, foreign-origin",
        "/api/v1/queue/tokens/current, '', 403, foreign-origin"
    })
    void letsNoPageOfAnotherSiteCallUnlessItsOriginIsListed(
            String path, String body, int status, String code) {
        HttpResponse<String> preflight =
                Visitor.send(
                        Visitor.request(gateway, path)
                                .header("Origin", "https://shop.example")
                                .header("Access-Control-Request-Method", "POST")
                                .method("OPTIONS", BodyPublishers.ofString(body)));

        assertRow("OPTIONS", preflight, status, code);
        assertThat(preflight.headers().map())
                .doesNotContainKey("access-control-allow-origin")
                .doesNotContainKey("access-control-allow-credentials");
    }

    @ParameterizedTest
    @ValueSource(strings = {"CLOSED", "DRAIN"})
    void turnsNewcomersAwayWithATimeToComeBack(String mode) {
        set(Map.of("mode", mode));

        assertRow("POST", new Visitor(ROOM).asksToJoin(gateway), 503, "queue-closed");
        assertThat(WAITING.asksToJoin(gateway).statusCode()).isEqualTo(200);
    }

    @Test
    void turnsNewcomersAwayFromAFullLineWithATimeToComeBack() {
        set(Map.of("max-waiting", "1"));

        assertRow("POST", new Visitor(ROOM).asksToJoin(gateway), 503, "queue-full");
        assertThat(WAITING.asksToJoin(gateway).statusCode()).isEqualTo(200);
    }

    @Test
    void throttlesOpenPathsWithATimeToComeBack() {
        Optional<HttpResponse<String>> throttled =
                IntStream.range(0, 50)
                        .mapToObj(_ -> Visitor.send(Visitor.request(gateway, "/shop/open")))
                        .filter(answer -> answer.statusCode() != 200)
                        .findFirst();

        assertRow("GET", throttled.orElseThrow(), 429, "too-many-requests");
    }

    @Test
    void aTurnThatNobodyTakesIsOverAndSomebodyElses() {
        Visitor absent = new Visitor(CLAIMS);
        Visitor next = new Visitor(CLAIMS);
        assertThat(absent.joins(gateway).get("state").asString()).isEqualTo("ACTIVE");
        next.joins(gateway);

        await().until(() -> next.isActive(gateway));

        assertRow("GET", absent.gets(gateway, "/claims/x"), 401, "queue-token-expired");
        assertRow("GET", absent.polls(gateway), 410, "queue-token-expired");
    }

    private static HttpResponse<String> asks(String method, String token) {
        return send(method, token, "application/json");
    }

    private static HttpResponse<String> signedIn(String path) {
        return Visitor.send(
                Visitor.request(gateway, path)
                        .header("Authorization", "Bearer " + WAITING.accessToken()));
    }

    private static HttpResponse<String> navigates(String method, String token) {
        return send(method, token, HTML);
    }

    private static HttpResponse<String> send(String method, String token, String accept) {
        var request =
                Visitor.request(gateway, "/shop/seats")
                        .header("Accept", accept)
                        .method(method, BodyPublishers.noBody());
        return Visitor.send(token == null ? request : request.header("Queue-Token", token));
    }

    /** The answer to HEAD is that of GET without its body. */
    private static void assertRow(
            String method, HttpResponse<String> answer, int status, String code) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(answer.headers().firstValue("Content-Type"))
                .contains("application/problem+json");
        assertThat(answer.headers().firstValue("Cache-Control")).contains("no-store");
        assertThat(answer.headers().firstValue("Retry-After").isPresent())
                .isEqualTo(status == 429 || status == 503);
        if (method.equals("HEAD")) {
            assertThat(answer.body()).isEmpty();
        } else {
            assertThat(Visitor.json(answer).get("code").asString()).isEqualTo(code);
        }
    }

    private static void set(Map<String, String> changes) {
        Room room = gateway.getBean(Rooms.class).find(new RoomId(ROOM)).orElseThrow();
        room.controls()
                .change(changes, new Operator("test", "127.0.0.1"))
                .retryWhen(Gateways.AGAIN)
                .block(Duration.ofSeconds(10));
    }
}
