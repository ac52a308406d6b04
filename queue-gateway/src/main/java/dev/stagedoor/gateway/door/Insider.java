package dev.stagedoor.gateway.door;

import dev.stagedoor.gateway.share.Limit;
import dev.stagedoor.gateway.share.Limits;
import dev.stagedoor.gateway.share.Share;
import dev.stagedoor.gateway.share.Throttle;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * Somebody inside: the pass that they are carried on with, and how much of theirs is under way. A
 * ticket that is handed round does not let a crowd in.
 */
final class Insider {

    /** With the pass and what remembers it; rounded up. */
    static final int BYTES = 1024;

    /** A pass is good for 30 s; whoever asks often need not have one signed each time. */
    private static final long PASS_IS_USED = Duration.ofSeconds(10).toNanos();

    private record Signed(String pass, long at) {}

    private final int mostUnderWay;
    private final Throttle requests;
    private final AtomicInteger underWay = new AtomicInteger();
    private volatile @Nullable Signed signed;

    Insider(Limits limits) {
        this.mostUnderWay = limits.requestsUnderWay();
        this.requests =
                new Throttle(limits.requestsPerSecond(), Duration.ofSeconds(1), System::nanoTime);
    }

    /** Whether one more request may be carried on; to be ended if so. */
    boolean begins(Share share) {
        if (share.within(Limit.REQUESTS_UNDER_WAY, underWay.incrementAndGet() <= mostUnderWay)
                && share.within(Limit.REQUESTS, requests.allows())) {
            return true;
        }
        underWay.decrementAndGet();
        return false;
    }

    void ends() {
        underWay.decrementAndGet();
    }

    String pass(Supplier<String> sign) {
        Signed last = signed;
        long now = System.nanoTime();
        if (last == null || now - last.at() > PASS_IS_USED) {
            last = new Signed(sign.get(), now);
            signed = last;
        }
        return last.pass();
    }
}
