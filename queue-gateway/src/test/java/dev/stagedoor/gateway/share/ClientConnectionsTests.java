package dev.stagedoor.gateway.share;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.gateway.connection.Connection;

import org.junit.jupiter.api.Test;
import org.springframework.context.ConfigurableApplicationContext;

import java.net.SocketException;
import java.util.List;

/** How many connections and streams one client can have, and that the others do not notice. */
class ClientConnectionsTests extends LimitedGateways {

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
}
