package dev.stagedoor.gateway.connection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.gateway.ByteUpstream;
import dev.stagedoor.gateway.Gateways;
import dev.stagedoor.gateway.Visitor;

import org.springframework.context.ConfigurableApplicationContext;

import java.io.IOException;
import java.util.List;

/**
 * A gateway with one connection to its upstream, and an attacker who is inside and shows a good
 * token wherever it helps. Another host is at hand, for requests to be led to.
 */
final class Attacked implements AutoCloseable {

    private static final String ROOM = "attacked";

    private final EmbeddedRedis redis = EmbeddedRedis.start();
    private final ByteUpstream upstream = new ByteUpstream();
    private final ByteUpstream foreigner = new ByteUpstream();
    private final Visitor inside = new Visitor(ROOM);
    private final ConfigurableApplicationContext gateway;

    Attacked() {
        gateway =
                Gateways.startOn(
                        redis.url(),
                        upstream.url(),
                        Gateways.MANAGED,
                        "stagedoor.rooms." + ROOM + ".paths=/**",
                        "stagedoor.rooms." + ROOM + ".open-paths=GET /open",
                        "stagedoor.rooms." + ROOM + ".session=1h",
                        "stagedoor.rooms." + ROOM + ".interval=100ms",
                        "stagedoor.rooms.vip.paths=/vip/**",
                        "stagedoor.upstream.connections=1");
        inside.joins(gateway);
        await().until(() -> inside.isActive(gateway) && Gateways.isCertainOf(inside, gateway));
    }

    @Override
    public void close() {
        gateway.close();
        upstream.close();
        foreigner.close();
        redis.close();
    }

    /** Header lines that show the token: one goes by the express lane, one by the front door. */
    List<String> credentials() {
        return List.of(header(), "Cookie: queue-" + ROOM + "=" + inside.token() + "\r\n");
    }

    String header() {
        return "Queue-Token: " + inside.token() + "\r\n";
    }

    String foreigner() {
        return "127.0.0.1:" + foreigner.port();
    }

    int connectionsOfTheForeigner() {
        return foreigner.connections();
    }

    Connection connect() throws IOException {
        return new Connection(gateway);
    }

    /** Everything that is answered until the gateway closes the connection, as it must. */
    String lastAnswerTo(String bytes) throws IOException {
        try (Connection connection = connect()) {
            connection.send(bytes);
            return connection.readUntilItCloses();
        }
    }

    /** Once, in words, and then there is nobody to talk to any more. */
    void assertRefused(String bytes) throws IOException {
        assertThat(lastAnswerTo(bytes))
                .startsWith("HTTP/1.1 400 ")
                .containsIgnoringCase("connection: close")
                .contains("application/problem+json", "\"validation-failed\"")
                .containsOnlyOnce("HTTP/1.1");
        assertThatTheNextRequestIsItself();
    }

    /** Kept from the upstream, though nothing is wrong with how it is written. */
    void assertAnswered(int status, String bytes) throws IOException {
        try (Connection connection = connect()) {
            connection.send(bytes);

            assertThat(connection.nextStatus()).isEqualTo(status);
        }
        assertThatTheNextRequestIsItself();
    }

    ByteUpstream.Arrived assertForwardedOnce(String bytes, String body) throws IOException {
        try (Connection connection = connect()) {
            connection.send(bytes);

            assertThat(connection.next().body()).isEqualTo("ok");
        }
        List<ByteUpstream.Arrived> arrived = upstream.arrived();
        assertThat(arrived).hasSize(1);
        assertThat(arrived.getFirst().body()).isEqualTo(body);
        assertThatTheNextRequestIsItself();
        return arrived.getFirst();
    }

    /** It takes the only connection to the upstream: whatever was slipped in comes before it. */
    void assertThatTheNextRequestIsItself() {
        assertThat(inside.gets(gateway, "/next").statusCode()).isEqualTo(200);
        assertThat(upstream.arrived())
                .singleElement()
                .extracting(ByteUpstream.Arrived::line)
                .isEqualTo("GET /next HTTP/1.1");
    }
}
