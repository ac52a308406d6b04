package dev.stagedoor.gateway.share;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.gateway.Gateways;
import dev.stagedoor.gateway.Upstream;
import dev.stagedoor.gateway.Visitor;
import dev.stagedoor.gateway.connection.Connection;
import dev.stagedoor.gateway.token.QueueTokens;
import dev.stagedoor.gateway.waitingroom.Ticket;
import dev.stagedoor.gateway.waitingroom.room.Room;
import dev.stagedoor.gateway.waitingroom.room.Rooms;

import io.micrometer.core.instrument.MeterRegistry;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.context.ConfigurableApplicationContext;

import reactor.core.publisher.Mono;

import java.io.IOException;
import java.net.SocketException;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** What one client can take of a gateway, and that the others do not notice. */
class ClientLimitsTests {

    private static final String HTML = "text/html,application/xhtml+xml,*/*;q=0.8";

    private static EmbeddedRedis redis;
    private static Upstream upstream;
    private static int network;

    private final List<AutoCloseable> open = new ArrayList<>();

    @BeforeAll
    static void start() {
        redis = EmbeddedRedis.start();
        upstream = new Upstream();
    }

    @AfterAll
    static void stop() {
        upstream.close();
        redis.close();
    }

    @AfterEach
    void everybodyGoes() throws Exception {
        for (AutoCloseable one : open.reversed()) {
            one.close();
        }
        redis.ask("FLUSHALL");
    }

    // ── places ──────────────────────────────────────────────────────────────────────────────────

    @Test
    void anOfficeOf300BehindOneAddressGetsInAtOnceWithTheDefaults() {
        Client office = client(gateway("stagedoor.room-defaults.capacity=300"));

        List<String> tokens = Client.tokens(office.send(300, office::joining));

        assertThat(tokens).hasSize(300);
        assertThat(office.sendAll(tokens.stream().map(office::polling)))
                .allMatch(answer -> answer.statusCode() == 200)
                .allMatch(answer -> answer.body().contains("ACTIVE"));
        assertThat(office.sendAll(tokens.stream().map(token -> office.asking("/seats", token))))
                .allMatch(answer -> answer.statusCode() == 200);
    }

    @Test
    void whoHoldsAllItsPlacesGetsNoMoreAndOthersDo() {
        ConfigurableApplicationContext gateway = gateway("stagedoor.gateway.limits.places=20");
        Client greedy = client(gateway);

        List<HttpResponse<String>> joins = greedy.send(60, greedy::joining);

        List<String> held = Client.tokens(joins);
        assertThat(held).hasSize(20);
        assertThat(joins.stream().filter(answer -> answer.statusCode() != 201))
                .hasSize(40)
                .allSatisfy(
                        answer -> {
                            assertThat(answer.statusCode()).isEqualTo(429);
                            assertThat(answer.headers().firstValue("Retry-After")).contains("30");
                            assertThat(answer.body()).contains("\"too-many-places\"");
                        });
        greedy.sendAll(held.stream().map(greedy::polling));
        assertThat(greedy.send(greedy.joining()).statusCode()).isEqualTo(429);
        assertThat(greedy.send(greedy.joining().header("Queue-Token", held.getLast())))
                .returns(200, HttpResponse::statusCode);
        Client other = client(gateway);
        assertThat(other.send(other.joining()).statusCode()).isEqualTo(201);
        assertThat(counted(gateway, "places", "refused")).isEqualTo(41);
        assertThat(counted(gateway, "places", "observed")).isZero();
    }

    /** Whatever keeps a place alive tells that it is held. */
    @ParameterizedTest
    @ValueSource(strings = {"/seats", "/open/hall", "/mine/orders"})
    void aPlaceThatIsKeptByOtherRequestsThanPollsIsHeldToo(String path) {
        Visitor waiting = new Visitor("main");
        waiting.joins(
                gateway(
                        "stagedoor.rooms.main.mode=HOLD",
                        "stagedoor.rooms.main.open-paths=GET /open/**",
                        "stagedoor.rooms.main.signed-in-paths=GET /mine/**"));
        ConfigurableApplicationContext here = gateway("stagedoor.gateway.limits.places=1");
        await().until(() -> Gateways.isCertainOf(waiting, here));
        Client holder = client(here);

        holder.send(
                holder.asking(path, waiting.token())
                        .header("Authorization", "Bearer " + waiting.accessToken()));

        assertThat(holder.send(holder.joining()))
                .returns(429, HttpResponse::statusCode)
                .extracting(HttpResponse::body, STRING)
                .contains("too-many-places");
    }

    @Test
    void aBrowserIsToldSoByAPageInItsLanguage() {
        Client browser = client(gateway("stagedoor.gateway.limits.places=1"));
        browser.send(browser.joining());

        HttpResponse<String> page =
                browser.send(
                        browser.asking("/seats")
                                .header("Accept", HTML)
                                .header("Accept-Language", "ko")
                                .header("Cookie", "queue-main=none"));

        assertThat(page.statusCode()).isEqualTo(429);
        assertThat(page.headers().firstValue("Content-Type")).contains("text/html;charset=UTF-8");
        assertThat(page.headers().firstValue("Retry-After")).contains("30");
        assertThat(page.body()).contains("같은 주소에서 많은 분이 대기 중입니다");
    }

    @Test
    void placesThatAreRefusedElsewhereAreNotTaken() {
        ConfigurableApplicationContext gateway =
                gateway(
                        "stagedoor.gateway.limits.places=3",
                        "stagedoor.room-defaults.capacity=1",
                        "stagedoor.room-defaults.max-waiting=1");
        Client first = client(gateway);
        first.send(2, first::joining);
        Client late = client(gateway);

        for (int i = 0; i < 10; i++) {
            assertThat(late.send(late.joining()).statusCode()).isEqualTo(503);
        }
        assertThat(counted(gateway, "places", "refused")).isZero();
    }

    @Test
    void whoAsksForPlacesTooOftenIsToldToComeBack() {
        ConfigurableApplicationContext gateway =
                gateway("stagedoor.gateway.limits.joins-per-minute=10");
        Client hasty = client(gateway);

        List<HttpResponse<String>> joins = hasty.send(40, hasty::joining);

        assertThat(Client.count(joins, 201)).isBetween(10L, 12L);
        assertThat(joins.stream().filter(answer -> answer.statusCode() != 201))
                .allSatisfy(
                        answer -> {
                            assertThat(answer.statusCode()).isEqualTo(429);
                            assertThat(answer.headers().firstValue("Retry-After")).contains("5");
                            assertThat(answer.body()).contains("\"too-many-requests\"");
                        });
        Client other = client(gateway);
        assertThat(other.send(other.joining()).statusCode()).isEqualTo(201);
    }

    @Test
    void whoWalksIntoAnOpenRoomTakesNoPlace() {
        Client walker =
                client(
                        gateway(
                                "stagedoor.gateway.limits.places=2",
                                "stagedoor.room-defaults.mode=OPEN"));

        assertThat(walker.send(10, () -> walker.asking("/seats")))
                .allMatch(answer -> answer.statusCode() == 200);
        assertThat(walker.send(walker.joining()).statusCode()).isEqualTo(201);
    }

    // ── connections and streams ─────────────────────────────────────────────────────────────────

    @Test
    void whoHasItsConnectionsGetsNoMoreUntilOneEndsAndOthersDo() throws Exception {
        ConfigurableApplicationContext gateway = gateway("stagedoor.gateway.limits.connections=20");
        Client greedy = client(gateway);
        Client other = client(gateway);
        List<Connection> held = connect(greedy, 20);
        held.forEach(connection -> assertThat(asked(connection)).startsWith("HTTP/1.1 404 "));

        Connection beyond = connect(greedy, 1).getFirst();

        assertThat(asked(beyond))
                .startsWith("HTTP/1.1 429 ")
                .contains("Retry-After: 5\r\n", "too-many-requests", "Connection: close\r\n");
        assertThat(asked(connect(other, 1).getFirst())).startsWith("HTTP/1.1 404 ");
        assertThat(counted(gateway, "connections", "refused")).isEqualTo(1);
        held.getFirst().close();
        await().until(() -> asked(connect(greedy, 1).getFirst()).startsWith("HTTP/1.1 404 "));
    }

    @Test
    void whoOpensFarTooManyConnectionsTakesNoneOfTheOthers() throws Exception {
        ConfigurableApplicationContext gateway =
                gateway(
                        "stagedoor.gateway.max-connections=40",
                        "stagedoor.gateway.limits.connections=20");
        Client greedy = client(gateway);
        for (int i = 0; i < 200; i++) {
            try {
                connect(greedy, 1);
            } catch (SocketException _) {
                // closed as soon as it was open
            }
        }

        await().until(() -> counted(gateway, "connections", "refused") == 180);
        await().until(
                        () ->
                                asked(connect(client(gateway), 1).getFirst())
                                        .startsWith("HTTP/1.1 404 "));
        assertThat(counted(gateway, "connections", "exhausted")).isZero();
    }

    @Test
    void whoHasItsStreamsGetsNoMoreAndOthersDo() throws Exception {
        ConfigurableApplicationContext gateway =
                gateway("stagedoor.gateway.limits.streams=3", "stagedoor.room-defaults.mode=HOLD");
        Client greedy = client(gateway);
        List<String> tokens = Client.tokens(greedy.send(4, greedy::joining));
        for (String token : tokens.subList(0, 3)) {
            assertThat(stream(greedy, token)).startsWith("HTTP/1.1 200 ");
        }

        assertThat(stream(greedy, tokens.getLast()))
                .startsWith("HTTP/1.1 429 ")
                .contains("Retry-After: 5\r\n");

        assertThat(stream(client(gateway), tokens.getLast())).startsWith("HTTP/1.1 200 ");
        assertThat(counted(gateway, "streams", "refused")).isEqualTo(1);
        assertThat(counted(gateway, "streams", "exhausted")).isZero();
    }

    @Test
    void whatTheGatewayHasNoMoreOfIsToldApart() throws Exception {
        ConfigurableApplicationContext gateway =
                gateway(
                        "stagedoor.gateway.max-streams=1",
                        "stagedoor.gateway.open-paths-per-second=1",
                        "stagedoor.room-defaults.mode=HOLD");
        Client one = client(gateway);
        Client other = client(gateway);
        List<String> tokens = Client.tokens(one.send(2, one::joining));
        stream(one, tokens.getFirst());

        assertThat(stream(other, tokens.getLast())).startsWith("HTTP/1.1 503 ");
        one.send(one.asking("/"));
        other.send(5, () -> other.asking("/"));

        assertThat(counted(gateway, "streams", "exhausted")).isEqualTo(1);
        assertThat(counted(gateway, "open_paths", "exhausted")).isPositive();
    }

    // ── open paths ──────────────────────────────────────────────────────────────────────────────

    @Test
    void oneClientThatWaitsOnAnOpenPathLeavesConnectionsToOthers() throws Exception {
        upstream.answers(
                (request, response) ->
                        request.uri().equals("/?slow")
                                ? Mono.never()
                                : response.sendString(Mono.just("hello")));
        ConfigurableApplicationContext gateway = gateway("stagedoor.upstream.open-connections=8");
        Client greedy = client(gateway);
        for (int round = 0; round < 3; round++) {
            long before = counted(gateway, "open_paths_under_way", "refused");
            List<Connection> waiting = connect(greedy, 8);
            for (Connection connection : waiting) {
                connection.send("GET /?slow HTTP/1.1\r\nHost: x\r\n\r\n");
            }
            await().until(() -> counted(gateway, "open_paths_under_way", "refused") == before + 6);

            Client other = client(gateway);
            assertThat(other.send(other.asking("/?other")).statusCode()).isEqualTo(200);
            assertThat(greedy.send(greedy.asking("/?again")).statusCode()).isEqualTo(429);
            for (Connection connection : waiting) {
                connection.close();
            }
            await().until(() -> greedy.send(greedy.asking("/?after")).statusCode() == 200);
        }
    }

    @Test
    void oneClientAtFullSpeedOnAnOpenPathCostsOthersNothing() throws Exception {
        ConfigurableApplicationContext gateway =
                gateway(
                        "stagedoor.gateway.open-paths-per-second=200",
                        "stagedoor.gateway.limits.open-paths-per-second=100");
        Client attacker = client(gateway);
        Client honest = client(gateway);
        String inside = inside(gateway, honest);
        Thread attack =
                Thread.ofPlatform()
                        .start(
                                () -> {
                                    while (!Thread.currentThread().isInterrupted()) {
                                        attacker.send(200, () -> attacker.asking("/"));
                                    }
                                });
        await().until(() -> counted(gateway, "open_paths", "refused") > 500);

        for (int i = 0; i < 50; i++) {
            assertThat(honest.send(honest.asking("/")).statusCode()).isEqualTo(200);
            assertThat(attacker.send(attacker.asking("/", inside)).statusCode()).isEqualTo(200);
        }
        attack.interrupt();
        attack.join();
        assertThat(counted(gateway, "open_paths", "exhausted")).isZero();
    }

    @Test
    void whoIsInsideHasNothingToDoWithTheCrowdOutside() {
        ConfigurableApplicationContext gateway =
                gateway("stagedoor.gateway.open-paths-per-second=1");
        Client somebody = client(gateway);
        String inside = inside(gateway, somebody);
        somebody.send(10, () -> somebody.asking("/"));

        assertThat(Client.count(somebody.send(10, () -> somebody.asking("/", inside)), 200))
                .isEqualTo(10);
    }

    @Test
    void accountsAreMadeSoManyAMinuteFromOneAddress() {
        ConfigurableApplicationContext gateway =
                gateway("stagedoor.gateway.limits.open-writes-per-minute=5");
        Client factory = client(gateway);

        List<HttpResponse<String>> answers =
                factory.send(
                        20,
                        () -> factory.asking("/api/v1/users").POST(BodyPublishers.ofString("{}")));

        assertThat(Client.count(answers, 200)).isEqualTo(5);
        assertThat(Client.count(answers, 429)).isEqualTo(15);
        assertThat(factory.send(factory.asking("/")).statusCode()).isEqualTo(200);
        Client other = client(gateway);
        assertThat(other.send(other.asking("/api/v1/users").POST(BodyPublishers.ofString("{}"))))
                .returns(200, HttpResponse::statusCode);
        assertThat(counted(gateway, "open_writes", "refused")).isEqualTo(15);
    }

    // ── whose they are ──────────────────────────────────────────────────────────────────────────

    @Test
    void behindATrustedProxyEachIsWhoTheProxySaysWhateverTheyClaim() {
        Client proxy =
                client(
                        gateway(
                                "stagedoor.gateway.limits.places=2",
                                "stagedoor.gateway.trusted-proxies=127.0.0.0/8,10.0.0.0/8"));

        List<String> claims =
                Stream.of("192.0.2.1", "9.9.9.9, 192.0.2.2", "8.8.8.8, 192.0.2.3, 10.1.1.1")
                        .toList();
        List<Integer> greedy =
                claims.stream()
                        .map(claim -> proxy.joining().header("X-Forwarded-For", claim))
                        .map(proxy::send)
                        .map(HttpResponse::statusCode)
                        .toList();

        assertThat(greedy).containsExactly(201, 201, 429);
        assertThat(proxy.send(proxy.joining().header("X-Forwarded-For", "192.0.3.1")))
                .returns(201, HttpResponse::statusCode);
    }

    @Test
    void whoIsNoTrustedProxyIsCountedWhateverItSays() {
        Client liar =
                client(
                        gateway(
                                "stagedoor.gateway.limits.places=2",
                                "stagedoor.gateway.trusted-proxies=10.0.0.0/8"));

        List<HttpResponse<String>> joins =
                liar.sendAll(
                        Stream.of("192.0.2.1", "192.0.3.1", "192.0.4.1")
                                .map(name -> liar.joining().header("X-Forwarded-For", name)));

        assertThat(Client.count(joins, 201)).isEqualTo(2);
    }

    @Test
    void whoIsListedHasNoLimits() {
        ConfigurableApplicationContext gateway =
                gateway(
                        "stagedoor.gateway.limits.places=1",
                        Gateways.UNLIMITED + "127.1.2.3,127.77.0.0/16");
        Client listed = client(gateway, "127.1.2.3");
        Client neighbour = client(gateway, "127.1.2.4");

        assertThat(Client.count(listed.send(5, listed::joining), 201)).isEqualTo(5);
        assertThat(Client.count(neighbour.send(5, neighbour::joining), 201)).isEqualTo(1);
    }

    @Test
    void whereItIsOnlyObservedNobodyIsRefusedAndAllIsCounted() throws Exception {
        ConfigurableApplicationContext gateway =
                gateway(
                        "stagedoor.gateway.limits.mode=observe",
                        "stagedoor.gateway.limits.places=2",
                        "stagedoor.gateway.limits.joins-per-minute=4",
                        "stagedoor.gateway.limits.open-paths-per-second=1",
                        "stagedoor.gateway.limits.open-writes-per-minute=1",
                        "stagedoor.gateway.limits.requests-per-second=1",
                        "stagedoor.gateway.limits.connections=1",
                        "stagedoor.gateway.limits.streams=1",
                        "stagedoor.room-defaults.capacity=1");
        Client watched = client(gateway);
        String inside = inside(gateway, watched);

        List<HttpResponse<String>> joins = watched.send(10, watched::joining);
        List<HttpResponse<String>> answers = new ArrayList<>(joins);
        answers.addAll(watched.send(5, () -> watched.asking("/")));
        answers.addAll(
                watched.send(
                        5, () -> watched.asking("/api/v1/users").POST(BodyPublishers.noBody())));
        answers.addAll(watched.send(5, () -> watched.asking("/seats", inside)));

        for (String waiting : Client.tokens(joins).subList(0, 2)) {
            assertThat(stream(watched, waiting)).startsWith("HTTP/1.1 200 ");
        }
        assertThat(answers).noneMatch(answer -> answer.statusCode() == 429);
        for (String limit :
                List.of(
                        "places",
                        "joins",
                        "open_paths",
                        "open_writes",
                        "requests",
                        "connections",
                        "streams")) {
            assertThat(counted(gateway, limit, "observed")).as(limit).isPositive();
            assertThat(counted(gateway, limit, "refused")).as(limit).isZero();
        }
    }

    // ── steps ───────────────────────────────────────────────────────────────────────────────────

    private ConfigurableApplicationContext gateway(String... settings) {
        List<String> all = new ArrayList<>(List.of(settings));
        if (all.stream().noneMatch(setting -> setting.startsWith(Gateways.UNLIMITED))) {
            all.add(Gateways.UNLIMITED);
        }
        ConfigurableApplicationContext gateway =
                Gateways.startOn(redis.url(), upstream.url(), all.toArray(String[]::new));
        open.add(gateway);
        return gateway;
    }

    private List<Connection> connect(Client client, int times) throws IOException {
        List<Connection> connections = new ArrayList<>();
        for (int i = 0; i < times; i++) {
            Connection connection = client.connects();
            open.add(connection);
            connections.add(connection);
        }
        return connections;
    }

    private static String asked(Connection connection) {
        try {
            connection.send("GET /ops HTTP/1.1\r\nHost: x\r\n\r\n");
            return connection.readUntil("}");
        } catch (IOException | AssertionError _) {
            return "";
        }
    }

    /** Its head and its first words; it stays open. */
    private String stream(Client client, String token) throws IOException {
        Connection connection = connect(client, 1).getFirst();
        connection.send(
                "GET /api/v1/queue/events HTTP/1.1\r\nHost: x\r\nQueue-Token: "
                        + token
                        + "\r\n\r\n");
        return connection.readUntil("{");
    }

    /** And known to be so without Redis. */
    private static String inside(ConfigurableApplicationContext gateway, Client somebody) {
        String token = Client.token(somebody.send(somebody.joining()));
        Ticket ticket = gateway.getBean(QueueTokens.class).verify(token).orElseThrow();
        Room room = gateway.getBean(Rooms.class).find(ticket.room()).orElseThrow();
        await().until(
                        () -> {
                            somebody.send(somebody.polling(token));
                            return room.known(ticket).isPresent();
                        });
        return token;
    }

    /** Each in a network of its own. */
    private Client client(ConfigurableApplicationContext gateway) {
        return client(gateway, "127.0." + ++network + ".9");
    }

    private Client client(ConfigurableApplicationContext gateway, String address) {
        Client client = new Client(gateway, address);
        open.add(client);
        return client;
    }

    private static long counted(
            ConfigurableApplicationContext gateway, String limit, String outcome) {
        return (long)
                gateway.getBean(MeterRegistry.class)
                        .get("stagedoor.limits")
                        .tags("limit", limit, "outcome", outcome)
                        .counter()
                        .count();
    }
}
