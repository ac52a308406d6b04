package dev.stagedoor.gateway.door;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.gateway.door.Admitting.Insider;
import dev.stagedoor.gateway.share.Shares;
import dev.stagedoor.gateway.share.Shares.Share;
import dev.stagedoor.gateway.share.TestShares;

import org.junit.jupiter.api.Test;

import java.net.InetAddress;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

class InsiderTests {

    private final Shares shares =
            TestShares.with(
                    "limits.requests-per-second=200", "unlimited-addresses=198.51.100.0/24");
    private final Share client = shares.of(InetAddress.ofLiteral("192.0.2.7"));
    private final Share unlimited = shares.of(InetAddress.ofLiteral("198.51.100.7"));
    private final Insider insider = new Insider(shares.limits());

    @Test
    void mayAskSoManyTimesASecondHoweverSoonEachEnds() {
        assertThat(served(client, 2_000)).isBetween(200L, 1_000L);
        assertThat(served(unlimited, 2_000)).isEqualTo(2_000);
    }

    @Test
    void mayHaveSoManyRequestsUnderWay() {
        long begun = IntStream.range(0, 100).filter(_ -> insider.begins(client)).count();
        assertThat(begun).isEqualTo(shares.limits().requestsUnderWay());

        insider.ends();

        assertThat(insider.begins(client)).isTrue();
        assertThat(insider.begins(client)).isFalse();
    }

    @Test
    void isGivenTheSamePassForAWhile() {
        AtomicInteger signed = new AtomicInteger();

        for (int i = 0; i < 100; i++) {
            insider.pass(null, () -> "pass " + signed.incrementAndGet());
        }

        assertThat(signed.get()).isLessThan(5);
    }

    @Test
    void isGivenThePassOfEachSignIn() {
        UUID first = UUID.randomUUID();
        insider.pass(first, () -> "first");

        assertThat(insider.pass(UUID.randomUUID(), () -> "second")).isEqualTo("second");
        assertThat(insider.pass(first, () -> "first")).isEqualTo("first");
    }

    private long served(Share share, int asked) {
        return IntStream.range(0, asked)
                .filter(
                        _ -> {
                            boolean begins = insider.begins(share);
                            if (begins) {
                                insider.ends();
                            }
                            return begins;
                        })
                .count();
    }
}
