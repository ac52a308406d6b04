package dev.stagedoor.gateway.share;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;

import dev.stagedoor.common.RoomId;
import dev.stagedoor.common.UserId;
import dev.stagedoor.gateway.share.Limits.Limit;
import dev.stagedoor.gateway.waitingroom.Ticket;

import io.netty.channel.embedded.EmbeddedChannel;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.util.List;

class SharesTests {

    private static final int TIMES = 100_000;

    private final Shares shares = TestShares.with("limits.places=1000");

    /** It is asked on every poll and on every request that is forwarded. */
    @Test
    void whoeverHasBeenSeenIsFoundAgainWithoutTakingMemory() {
        EmbeddedChannel connection = from("192.0.2.7");
        Ticket ticket = ticket(1);
        shows(connection, ticket);

        long taken = Long.MAX_VALUE;
        for (int round = 0; round < 5; round++) {
            taken = Math.min(taken, allocatedBy(() -> shows(connection, ticket)));
        }

        assertThat(taken / TIMES).as("bytes each").isZero();
    }

    @Test
    void neighboursHaveOneShareAndConnectionsKeepTheirs() {
        Shares.Share share = shares.of(from("192.0.2.7"));

        assertThat(shares.of(from("192.0.2.8"))).isSameAs(share);
        assertThat(shares.of(from("192.0.3.7"))).isNotSameAs(share);
    }

    @Test
    void howeverManyNetworksComeTheyTakeNoMoreThanAPartOfTheHeap() throws Exception {
        long most = Runtime.getRuntime().maxMemory() / 32;

        for (int i = 0; i < 2 * most / 640; i++) {
            shares.of(address(i)).shows(ticket(i));
        }
        shares.known.cleanUp();

        assertThat(weight()).isBetween(most / 2, most);
    }

    @Test
    void aShareIsWeighedWithTheTicketsItRemembers() throws Exception {
        Shares.Share share = shares.of(address(1));
        long before = weight();

        for (int i = 1; i <= 2_000; i++) {
            share.shows(ticket(i));
        }

        assertThat(weight() - before).isBetween(8 * 1_000L, 8 * 4_096L);
    }

    @ParameterizedTest
    @EnumSource(names = {"HEADS", "BODIES", "OPEN_BODIES"})
    void whatWaitsOfOneClientTakesNoMoreThanAPartOfWhatThereIsForAll(Limit kind) throws Exception {
        long part = shares.most(kind) / 4;

        assertThat(shares.of(address(1)).keeps(kind, part)).isTrue();
        assertThat(shares.of(address(1)).keeps(kind, 1)).isFalse();
        for (int client = 2; client <= 4; client++) {
            assertThat(shares.of(address(client)).keeps(kind, part)).isTrue();
        }
        assertThat(shares.of(address(5)).keeps(kind, 4)).isFalse();

        shares.of(address(2)).letsGo(kind, part);

        assertThat(shares.of(address(5)).keeps(kind, part)).isTrue();
        assertThat(shares.of(address(1)).keeps(kind, 1)).isFalse();
        shares.of(address(1)).letsGo(kind, part);
        assertThat(shares.of(address(1)).keeps(kind, part)).isTrue();
    }

    @Test
    void whatIsRefusedIsNotUnderWay() {
        Shares.Share share = TestShares.of("192.0.2.7");
        assertThat(share.begins(Limit.STREAMS, 1)).isTrue();
        assertThat(share.begins(Limit.STREAMS, 1)).isFalse();

        share.ends(Limit.STREAMS);

        assertThat(share.begins(Limit.STREAMS, 1)).isTrue();
    }

    @Test
    void whoComesForOthersOrIsUnlimitedHasNoShare() {
        Shares.Share ofProxy =
                TestShares.with("trusted-proxies=192.0.2.0/24").of(from("192.0.2.7"));
        Shares.Share unlimited = TestShares.of("192.0.2.7", "unlimited-addresses=192.0.2.0/24");

        assertThat(List.of(ofProxy, unlimited))
                .allMatch(share -> share.begins(Limit.STREAMS, 0))
                .noneMatch(Shares.Share::isEnforced);
    }

    @Test
    void whoeverIsOnlyObservedIsRefusedNothing() {
        Shares.Share share = TestShares.of("192.0.2.7", "limits.mode=OBSERVE");

        assertThat(share.begins(Limit.STREAMS, 0)).isTrue();
        assertThat(share.isEnforced()).isFalse();
    }

    private long weight() {
        shares.known.cleanUp();
        return shares.known.policy().eviction().orElseThrow().weightedSize().orElseThrow();
    }

    private void shows(EmbeddedChannel connection, Ticket ticket) {
        for (int i = 0; i < TIMES; i++) {
            shares.of(connection).shows(ticket);
        }
    }

    private static long allocatedBy(Runnable work) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        work.run();
        return threads.getCurrentThreadAllocatedBytes() - before;
    }

    private static EmbeddedChannel from(String address) {
        return new EmbeddedChannel() {
            @Override
            protected SocketAddress remoteAddress0() {
                return new InetSocketAddress(address, 1);
            }
        };
    }

    private static InetAddress address(int network) throws UnknownHostException {
        return InetAddress.getByAddress(
                new byte[] {
                    (byte) (network >> 16), (byte) (network >> 8), (byte) network, (byte) 7
                });
    }

    private static Ticket ticket(long sequence) {
        return new Ticket(new RoomId("main"), UserId.random(), sequence, 1);
    }
}
