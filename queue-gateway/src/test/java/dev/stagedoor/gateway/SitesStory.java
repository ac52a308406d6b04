package dev.stagedoor.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.common.RoomId;
import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.gateway.connection.Connection;
import dev.stagedoor.gateway.waitingroom.redis.OperatorStore.Operator;
import dev.stagedoor.gateway.waitingroom.room.Rooms;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.context.ConfigurableApplicationContext;

import reactor.core.publisher.Mono;

import java.io.IOException;
import java.util.Map;

/** Two gateways stand in front of several sites at once. */
class SitesStory {

    private static final Operator OPERATOR = new Operator("night", "127.0.0.1");

    private static EmbeddedRedis redis;
    private static Upstream usual;
    private static Upstream alpha;
    private static Upstream beta;
    private static ConfigurableApplicationContext gateway;
    private static ConfigurableApplicationContext other;

    @BeforeAll
    static void start() {
        usual = saying("usual");
        alpha = saying("alpha");
        beta = saying("beta");
        redis = EmbeddedRedis.start();
        gateway = gateway();
        other = gateway();
    }

    private static ConfigurableApplicationContext gateway(String... more) {
        String[] settings = {
            "stagedoor.rooms.main.interval=200ms",
            "stagedoor.rooms.alpha.hosts=alpha.example,*.alpha.example",
            "stagedoor.rooms.alpha.origin=" + alpha.url(),
            "stagedoor.rooms.alpha.open-paths=GET /open",
            "stagedoor.rooms.alpha.interval=200ms",
            "stagedoor.rooms.beta.hosts=beta.example,*.beta.alpha.example",
            "stagedoor.rooms.beta.origin=" + beta.url(),
            "stagedoor.rooms.beta.interval=200ms",
            "stagedoor.rooms.vip.hosts=beta.example",
            "stagedoor.rooms.vip.paths=/vip/**",
            "stagedoor.rooms.away.hosts=away.example",
            "stagedoor.rooms.away.origin=http://127.0.0.1:1",
        };
        String[] all = java.util.Arrays.copyOf(settings, settings.length + more.length);
        System.arraycopy(more, 0, all, settings.length, more.length);
        return Gateways.startOn(Gateways.WELL_INFORMED, redis.url(), usual.url(), all);
    }

    private static Upstream saying(String name) {
        Upstream upstream = new Upstream();
        upstream.answers((_, response) -> response.sendString(Mono.just(name)));
        return upstream;
    }

    @AfterAll
    static void stop() {
        gateway.close();
        other.close();
        usual.close();
        alpha.close();
        beta.close();
        redis.close();
    }

    @Test
    void eachHostHasItsRoomAndItsOriginOnBothGateways() throws IOException {
        Visitor ofAlpha = inside("alpha");
        Visitor ofBeta = inside("beta");

        for (ConfigurableApplicationContext one :
                new ConfigurableApplicationContext[] {gateway, other}) {
            assertThat(asks(one, "alpha.example", "/seats", ofAlpha)).isEqualTo("200 alpha");
            assertThat(asks(one, "alpha.example.:8080", "/seats", ofAlpha)).isEqualTo("200 alpha");
            assertThat(asks(one, "beta.example", "/seats", ofBeta)).isEqualTo("200 beta");
            assertThat(asks(one, "beta.example", "/seats", ofAlpha)).startsWith("401");
            assertThat(asks(one, "alpha.example", "/seats", ofBeta)).startsWith("401");
        }
    }

    @Test
    void theMoreSpecificHostGoesFirstThenTheMoreSpecificPath() throws IOException {
        Visitor ofAlpha = inside("alpha");
        Visitor ofBeta = inside("beta");
        Visitor ofVip = inside("vip");
        Visitor ofMain = inside("main");

        assertThat(asks(gateway, "any.alpha.example", "/seats", ofAlpha)).isEqualTo("200 alpha");
        assertThat(asks(gateway, "any.beta.alpha.example", "/seats", ofBeta)).isEqualTo("200 beta");
        assertThat(asks(gateway, "beta.example", "/vip/seats", ofVip)).isEqualTo("200 usual");
        assertThat(asks(gateway, "alpha.example", "/vip/seats", ofAlpha)).isEqualTo("200 alpha");
        assertThat(asks(gateway, "notalpha.example", "/seats", ofMain)).isEqualTo("200 usual");
        assertThat(asks(gateway, "localhost", "/seats", ofMain)).isEqualTo("200 usual");
    }

    @Test
    void openPathsGoToTheOriginOfTheirRoomToo() throws IOException {
        try (Connection connection = new Connection(gateway)) {
            connection.send("GET /open HTTP/1.1\r\nHost: alpha.example\r\n\r\n");

            assertThat(connection.next().body()).isEqualTo("alpha");
        }
    }

    @Test
    void hostsThatNoRoomNamesAreRefusedWhereThatIsSet() throws IOException {
        try (ConfigurableApplicationContext strict =
                gateway("stagedoor.gateway.unknown-hosts=refused")) {
            Visitor ofAlpha = inside("alpha");
            Visitor ofMain = inside("main");

            assertThat(asks(strict, "alpha.example", "/seats", ofAlpha)).isEqualTo("200 alpha");
            assertThat(asks(strict, "gamma.example", "/seats", ofMain)).startsWith("421");
            assertThat(asks(strict, "gamma.example", "/seats", ofMain))
                    .contains("misdirected-request");
            assertThat(asks(strict, "gamma.example", "/api/v1/queue/tokens/current", ofMain))
                    .startsWith("421");
            assertThat(asks(strict, "gamma.example", "/api/v1/queue/rooms/main", ofMain))
                    .startsWith("421");
        }
    }

    @Test
    void anOriginThatIsAwayIsAMatterOfItsRoomOnly() throws IOException {
        Visitor ofAway = inside("away");
        Visitor ofAlpha = inside("alpha");

        assertThat(asks(gateway, "away.example", "/seats", ofAway)).startsWith("502");
        assertThat(asks(gateway, "alpha.example", "/seats", ofAlpha)).isEqualTo("200 alpha");
    }

    @Test
    void aSiteMovesWhileItIsServed() {
        Visitor ofLive = new Visitor("live");
        make("live", Map.of("hosts", "live.example", "origin", alpha.url()));
        ofLive.joins(gateway);
        await().until(() -> asks(other, "live.example", "/seats", ofLive).equals("200 alpha"));

        redis.ask("HSET wr:{live}:state origin " + beta.url()); // by hand, at night
        await().until(() -> asks(gateway, "live.example", "/seats", ofLive).equals("200 beta"));
        await().until(() -> asks(other, "live.example", "/seats", ofLive).equals("200 beta"));

        change("live", Map.of("hosts", "new.example\nnewer.example", "origin", ""));
        await().until(() -> asks(other, "newer.example", "/seats", ofLive).equals("200 usual"));
        await().until(() -> asks(other, "live.example", "/seats", ofLive).startsWith("401"));
    }

    private static void make(String room, Map<String, String> settings) {
        Map<String, String> fields =
                new java.util.HashMap<>(gateway.getBean(Rooms.class).defaults().toFields());
        fields.put("interval-ms", "200");
        fields.putAll(settings);
        gateway.getBean(Rooms.class)
                .make(
                        new RoomId(room),
                        dev.stagedoor.gateway.waitingroom.RoomSettings.of(fields),
                        OPERATOR)
                .retryWhen(Gateways.AGAIN)
                .block();
    }

    private static void change(String room, Map<String, String> settings) {
        gateway.getBean(Rooms.class)
                .find(new RoomId(room))
                .orElseThrow()
                .controls()
                .change(settings, OPERATOR)
                .retryWhen(Gateways.AGAIN)
                .block();
    }

    private static Visitor inside(String room) {
        Visitor visitor = new Visitor(room);
        visitor.joins(gateway);
        return visitor;
    }

    /** The status and the body. */
    private static String asks(
            ConfigurableApplicationContext one, String host, String path, Visitor visitor)
            throws IOException {
        try (Connection connection = new Connection(one)) {
            connection.send(
                    "GET "
                            + path
                            + " HTTP/1.1\r\nHost: "
                            + host
                            + "\r\nQueue-Token: "
                            + visitor.token()
                            + "\r\n\r\n");
            Connection.Answer answer = connection.next();
            return answer.status() + " " + answer.body();
        }
    }
}
