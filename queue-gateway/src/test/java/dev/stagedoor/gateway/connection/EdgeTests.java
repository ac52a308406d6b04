package dev.stagedoor.gateway.connection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;

import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.gateway.Gateways;
import dev.stagedoor.gateway.Upstream;
import dev.stagedoor.gateway.Visitor;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.context.ConfigurableApplicationContext;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/** What comes from outside and what comes back: large, slow, broken or hostile. */
class EdgeTests {

    private static final String ROOM = "edge-" + UUID.randomUUID().toString().substring(0, 8);

    /** Of its own: the rooms of other tests would guard the same paths. */
    private static EmbeddedRedis redis;

    private static final int CONNECTIONS = 4;

    private static Upstream upstream;
    private static ConfigurableApplicationContext gateway;
    private static final Visitor VISITOR = new Visitor(ROOM);

    @BeforeAll
    static void start() {
        redis = EmbeddedRedis.start();
        upstream = new Upstream();
        gateway =
                Gateways.startOn(
                        redis.url(),
                        upstream.url(),
                        "stagedoor.rooms." + ROOM + ".capacity=10",
                        "stagedoor.rooms." + ROOM + ".session=1h",
                        "stagedoor.upstream.connections=" + CONNECTIONS,
                        "stagedoor.upstream.pending=1",
                        "stagedoor.upstream.pending-timeout=300ms",
                        "stagedoor.gateway.read-timeout=1s",
                        "stagedoor.gateway.cors-origins=https://shop.example");
        VISITOR.joins(gateway);
    }

    @AfterAll
    static void stop() {
        gateway.close();
        upstream.close();
        redis.close();
    }

    @ParameterizedTest
    @CsvSource({
        "GET, 204",
        "GET, 304",
        "HEAD, 200",
        "DELETE, 204",
        "PUT, 418",
        "PATCH, 500",
        "OPTIONS, 200"
    })
    void keepsMethodAndStatus(String method, int status) {
        upstream.answers(
                (request, response) ->
                        response.status(status).header("X-Method", request.method().name()).send());

        HttpResponse<String> answer =
                Visitor.send(
                        Visitor.request(gateway, "/api/v1/any")
                                .header("Queue-Token", VISITOR.token())
                                .method(method, BodyPublishers.noBody()));

        assertThat(answer.statusCode()).isEqualTo(status);
        assertThat(answer.headers().firstValue("X-Method")).contains(method);
    }

    @Test
    void keepsTheEncodingAndDropsWhatIsForOneHopOnly() {
        byte[] zipped = {31, -117, 8, 0, 1, 2, 3};
        upstream.answers(
                (_, response) ->
                        response.header("Content-Encoding", "gzip")
                                .header("Connection", "X-Hop")
                                .header("X-Hop", "secret")
                                .header("Stagedoor-Anything", "secret")
                                .header("Set-Cookie", "a=1")
                                .sendByteArray(Mono.just(zipped)));

        HttpResponse<String> answer = VISITOR.gets(gateway, "/api/v1/zipped");

        assertThat(answer.headers().firstValue("Content-Encoding")).contains("gzip");
        assertThat(answer.headers().firstValue("Set-Cookie")).contains("a=1");
        assertThat(answer.headers().map()).doesNotContainKeys("x-hop", "stagedoor-anything");
    }

    @Test
    void saysThatItIsBusyWhenTooManyAreUnderWay() throws Exception {
        AtomicInteger underWay = new AtomicInteger();
        Sinks.Empty<Void> enough = Sinks.empty();
        upstream.answers(
                (_, response) -> {
                    underWay.incrementAndGet();
                    return enough.asMono().then(response.send());
                });
        try (var clients = Executors.newVirtualThreadPerTaskExecutor()) {
            Callable<HttpResponse<String>> client = () -> VISITOR.gets(gateway, "/api/v1/busy");
            List<Future<HttpResponse<String>>> served =
                    Stream.generate(() -> clients.submit(client)).limit(CONNECTIONS).toList();
            await().untilAtomic(underWay, equalTo(CONNECTIONS));

            for (var late : clients.invokeAll(Collections.nCopies(8, client))) {
                assertProblem(late.get(), 503, "upstream-busy");
            }
            enough.tryEmitEmpty();
            for (var one : served) {
                assertThat(one.get().statusCode()).isEqualTo(200);
            }
        }
    }

    @Test
    void freesTheUpstreamWhenAClientHangsUp() throws Exception {
        AtomicInteger open = new AtomicInteger();
        upstream.answers(
                (request, response) -> {
                    open.incrementAndGet();
                    request.withConnection(
                            connection -> connection.onDispose(open::decrementAndGet));
                    return response.sendString(
                            Flux.interval(Duration.ofMillis(50)).map(i -> "tick " + i));
                });
        try (Connection client = new Connection(gateway)) {
            client.send(
                    "GET /api/v1/stream HTTP/1.1\r\nHost: x\r\nQueue-Token: "
                            + VISITOR.token()
                            + "\r\n\r\n");
            client.readUntil("tick");
            assertThat(open.get()).isEqualTo(1);
        }

        await().until(() -> open.get() == 0);
    }

    @Test
    void doesNotWaitForeverForABodyThatPauses() throws Exception {
        upstream.answers((request, response) -> request.receive().then(response.send()));
        try (Connection client = new Connection(gateway)) {
            client.send(
                    "POST /api/v1/x HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\nQueue-Token: "
                            + VISITOR.token()
                            + "\r\n\r\nonly a little");

            assertThat(client.readUntilItCloses())
                    .doesNotContain("HTTP/1.1 200")
                    .doesNotContain("HTTP/1.1 500");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{",
                "[]",
                "\"x\"",
                "{\"room\":7}",
                "{\"room\":\"no such room\"}",
                "{\"room\":\"nowhere\"}",
                "nonsense"
            })
    void answersANonsensicalJoinWithA4xx(String body) {
        HttpResponse<String> answer =
                Visitor.send(
                        Visitor.request(gateway, "/api/v1/queue/tokens")
                                .header("Content-Type", "application/json")
                                .POST(BodyPublishers.ofString(body)));

        assertThat(answer.statusCode()).as(answer.body()).isBetween(400, 499);
        assertThat(Visitor.json(answer).get("code").asString()).isNotBlank();
    }

    @Test
    void answersBodiesAndMethodsThatNobodyAskedFor() {
        assertProblem(
                join("application/json", "{\"room\":\"" + "x".repeat(100_000) + "\"}"),
                413,
                "body-too-large");
        assertProblem(join("text/plain", "x"), 415, "unsupported-media-type");
        assertProblem(
                Visitor.send(
                        Visitor.request(gateway, "/api/v1/queue/tokens")
                                .PUT(BodyPublishers.ofString("x"))),
                405,
                "method-not-allowed");
        assertProblem(
                Visitor.send(Visitor.request(gateway, "/api/v1/queue/nothing")), 404, "not-found");
        assertProblem(
                Visitor.send(Visitor.request(gateway, "/api/v1/queue/rooms/nowhere")),
                404,
                "room-not-found");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "PUT    | tokens         | POST",
                "POST   | tokens/current | GET, DELETE",
                "DELETE | events         | GET",
                "DELETE | rooms/nowhere  | GET",
                "DELETE | health         | GET, HEAD",
                "GET    | page/leave     | POST",
            })
    void saysByWhichMethodsAnAddressMayBeAsked(String method, String address, String allowed) {
        HttpResponse<String> answer =
                Visitor.send(
                        Visitor.request(gateway, "/api/v1/queue/" + address)
                                .method(method, BodyPublishers.noBody()));

        assertProblem(answer, 405, "method-not-allowed");
        assertThat(answer.headers().allValues("Allow")).containsExactly(allowed);
    }

    @Test
    void letsPagesOfListedOriginsCallAndNobodyElses() {
        HttpResponse<String> listed = preflight("https://shop.example");
        HttpResponse<String> foreign = preflight("https://evil.example");

        assertThat(listed.statusCode()).isEqualTo(200);
        assertThat(listed.headers().firstValue("Access-Control-Allow-Origin"))
                .contains("https://shop.example");
        assertThat(foreign.statusCode()).isEqualTo(403);
        assertThat(foreign.headers().firstValue("Access-Control-Allow-Origin")).isEmpty();
    }

    private static HttpResponse<String> preflight(String origin) {
        return Visitor.send(
                Visitor.request(gateway, "/api/v1/reservations")
                        .header("Origin", origin)
                        .header("Access-Control-Request-Method", "POST")
                        .method("OPTIONS", BodyPublishers.noBody()));
    }

    private static HttpResponse<String> join(String mediaType, String body) {
        return Visitor.send(
                Visitor.request(gateway, "/api/v1/queue/tokens")
                        .header("Content-Type", mediaType)
                        .POST(BodyPublishers.ofString(body)));
    }

    private static void assertProblem(HttpResponse<String> answer, int status, String code) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(Visitor.json(answer).get("code").asString()).isEqualTo(code);
    }
}
