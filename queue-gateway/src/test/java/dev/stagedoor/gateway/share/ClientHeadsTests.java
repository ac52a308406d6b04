package dev.stagedoor.gateway.share;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.gateway.connection.Connection;
import dev.stagedoor.gateway.share.Limits.Limit;
import dev.stagedoor.gateway.share.Shares.Share;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.context.ConfigurableApplicationContext;

import java.net.InetAddress;

/** How much heads may take of the heap: those of one client, and those of all. */
class ClientHeadsTests extends LimitedGateways {

    private static final String LARGE = "X-A: " + "a".repeat(12_000) + "\r\n";

    private static final String CROWDED = "HTTP/1.1 503 ";

    private ConfigurableApplicationContext gateway;
    private long most;

    @BeforeEach
    void open() {
        gateway = gateway();
        most = gateway.getBean(Shares.class).most(Limit.HEADS);
    }

    @Test
    void whoseHeadsTakeTheirShareSendsNoMoreLargeOnesAndOthersDo() throws Exception {
        Share full = takes("127.91.1.1", most / 4);

        assertThat(said("127.91.1.9", LARGE))
                .startsWith(CROWDED)
                .contains("Retry-After: 5\r\n", "gateway-busy", "Connection: close\r\n");
        assertThat(said("127.91.1.9", "")).startsWith("HTTP/1.1 404 ");
        assertThat(said("127.91.2.9", LARGE)).startsWith("HTTP/1.1 404 ");
        assertThat(counted(gateway, "heads", "refused")).isEqualTo(1);
        full.letsGo(Limit.HEADS, most / 4);
        assertThat(said("127.91.1.9", LARGE)).startsWith("HTTP/1.1 404 ");
    }

    @Test
    void whenHeadsTakeAllThatThereIsForThemNobodySendsALargeOne() throws Exception {
        for (int network = 1; network <= 4; network++) {
            takes("127.92." + network + ".1", most / 4);
        }

        assertThat(said("127.92.9.9", LARGE)).startsWith(CROWDED);
        assertThat(said("127.92.9.9", "")).startsWith("HTTP/1.1 404 ");
        assertThat(counted(gateway, "heads", "exhausted")).isEqualTo(1);
    }

    /** The decoder keeps room for it. */
    @Test
    void aHeadIsCountedAsLongAsItsConnectionLasts() throws Exception {
        try (Connection connection = from("127.93.1.1")) {
            connection.send("GET /ops HTTP/1.1\r\nHost: x\r\n" + LARGE);
            await().until(() -> isTaken("127.93.1.1"));
            connection.send("\r\n");
            assertThat(connection.readUntil("}")).startsWith("HTTP/1.1 404 ");
            assertThat(isTaken("127.93.1.1")).isTrue();
        }

        await().until(() -> !isTaken("127.93.1.1"));
    }

    /** What has come behind a request is no less of a head. */
    @Test
    void aHeadIsCountedWhereItBeginsInTheSamePacketAsAnotherOneEnds() throws Exception {
        String whole = "GET /ops HTTP/1.1\r\nHost: x\r\n\r\n";
        try (Connection connection = from("127.94.1.1")) {
            connection.send(whole + "GET /ops HTTP/1.1\r\n" + LARGE.stripTrailing());
            assertThat(connection.readUntil("}")).startsWith("HTTP/1.1 404 ");

            await().until(() -> isTaken("127.94.1.1"));
        }
        try (Connection connection = from("127.95.1.1")) {
            String usual = "GET /ops HTTP/1.1\r\nHost: x\r\nX-A: " + "a".repeat(200) + "\r\n\r\n";
            connection.send(usual.repeat(100));
            for (int i = 0; i < 100; i++) {
                assertThat(connection.nextStatus()).isEqualTo(404);
            }

            assertThat(isTaken("127.95.1.1")).as("many small ones").isFalse();
        }
    }

    private boolean isTaken(String address) throws Exception {
        Share share = share(address);
        if (!share.keeps(Limit.HEADS, most / 4)) {
            return true;
        }
        share.letsGo(Limit.HEADS, most / 4);
        return false;
    }

    private Share takes(String address, long bytes) throws Exception {
        Share share = share(address);
        assertThat(share.keeps(Limit.HEADS, bytes)).isTrue();
        return share;
    }

    private Share share(String address) throws Exception {
        return gateway.getBean(Shares.class).of(InetAddress.ofLiteral(address));
    }

    private String said(String address, String fields) throws Exception {
        try (Connection connection = from(address)) {
            connection.send("GET /ops HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n");
            return connection.readUntil("}");
        }
    }

    private Connection from(String address) throws Exception {
        return new Connection(gateway, "local.server.port", address);
    }
}
