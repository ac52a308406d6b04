package dev.stagedoor.gateway.verdict;

import static org.awaitility.Awaitility.await;

import dev.stagedoor.common.Headers;
import dev.stagedoor.common.Pass;
import dev.stagedoor.common.Passes;
import dev.stagedoor.common.RoomId;
import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.devservices.FreePort;
import dev.stagedoor.gateway.Gateways;
import dev.stagedoor.gateway.Upstream;
import dev.stagedoor.gateway.Visitor;
import dev.stagedoor.gateway.waitingroom.redis.OperatorStore.Operator;
import dev.stagedoor.gateway.waitingroom.room.Rooms;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
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
import java.util.Optional;
import java.util.stream.Collectors;

/** A site that somebody else's proxy forwards to, and the gateway that the proxy asks. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class SiteBehindAProxy {

    private static final Passes PASSES =
            new Passes(List.of(Gateways.PASS_KEY), InstantSource.system());

    private static final HttpClient CLIENT =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    final int verdicts = FreePort.find();
    final Upstream site = new Upstream();
    EmbeddedRedis redis;
    ConfigurableApplicationContext gateway;
    Proxy proxy;

    abstract Proxy start(Proxy.Behind behind) throws IOException;

    @BeforeAll
    void startAll() throws Exception {
        redis = EmbeddedRedis.start();
        site.answers(SiteBehindAProxy::answer);
        gateway =
                Gateways.startOn(
                        redis.url(),
                        "none",
                        "stagedoor.verdict.port=" + verdicts,
                        "stagedoor.gateway.prefix=/.stagedoor",
                        "stagedoor.gateway.trusted-proxies=127.0.0.1",
                        "stagedoor.gateway.allowed-hosts=127.0.0.1,[::1],shop.example,elsewhere.example",
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
                        "stagedoor.rooms.full.max-waiting=1",
                        "stagedoor.rooms.elsewhere.hosts=elsewhere.example",
                        "stagedoor.rooms.elsewhere.mode=HOLD");
        proxy = startBefore(URI.create(site.url()).getPort());
        joins("full");
    }

    Proxy startBefore(int another) throws IOException {
        return start(new Proxy.Behind(another, Gateways.port(gateway), verdicts));
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
            case "/open?head" -> response.sendString(Mono.just(head(request)));
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

    private static String head(HttpServerRequest request) {
        return request.requestHeaders().entries().stream()
                .map(field -> field.getKey() + ": " + field.getValue())
                .collect(Collectors.joining("\n"));
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

    // ── steps ───────────────────────────────────────────────────────────────────────────────────

    /** By a name of the gateway that the public does not know. */
    int endsSession(String pass) throws Exception {
        return CLIENT.send(
                        HttpRequest.newBuilder(
                                        URI.create(
                                                "http://localhost:"
                                                        + verdicts
                                                        + "/verdict/sessions/end"))
                                .header(Headers.PASS, pass)
                                .POST(BodyPublishers.noBody())
                                .build(),
                        BodyHandlers.ofString())
                .statusCode();
    }

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

    static Optional<Pass> pass(HttpResponse<String> told) {
        return PASSES.verify(told.body().split("\\|")[1]);
    }
}
