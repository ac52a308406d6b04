package dev.stagedoor.gateway.share;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.gateway.Gateways;
import dev.stagedoor.gateway.Visitor;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.context.ConfigurableApplicationContext;

import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * How many places one client can take of a gateway, whose they are, and that the others do not
 * notice.
 */
class ClientLimitsTests extends LimitedGateways {

    private static final Duration SIX_SECONDS = Duration.ofSeconds(6);
    private static final String HTML = "text/html,application/xhtml+xml,*/*;q=0.8";

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

        long begun = System.nanoTime();
        List<HttpResponse<String>> joins = hasty.send(40, hasty::joining);
        long allowedMeanwhile = Duration.ofNanos(System.nanoTime() - begun).dividedBy(SIX_SECONDS);

        assertThat(Client.count(joins, 201)).isBetween(10L, 12 + allowedMeanwhile);
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
}
