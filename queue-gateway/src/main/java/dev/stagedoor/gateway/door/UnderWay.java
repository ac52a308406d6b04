package dev.stagedoor.gateway.door;

import dev.stagedoor.common.Running;

import org.springframework.stereotype.Component;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * What the {@link ExpressLane} has begun and not ended. A gateway that stops waits for them before
 * its server, which knows nothing of them, closes their connections; whoever comes from then on
 * goes to the server, which waits for its own.
 */
@Component
final class UnderWay extends Running {

    private static final Runnable NOBODY_WAITS = () -> {};

    /** And one more until the gateway stops. */
    final AtomicInteger count = new AtomicInteger();

    private volatile Runnable whenNoneIs = NOBODY_WAITS;

    /** Whether one more may begin; to be ended if so. */
    boolean begins() {
        return isRunning() && count.getAndUpdate(now -> now == 0 ? 0 : now + 1) > 0;
    }

    void hasEnded() {
        if (count.decrementAndGet() == 0) {
            whenNoneIs.run();
        }
    }

    @Override
    public void start() {
        count.incrementAndGet();
        super.start();
    }

    @Override
    public void stop(Runnable whenNoneIs) {
        this.whenNoneIs = whenNoneIs;
        super.stop();
        hasEnded();
    }

    @Override
    public void stop() {
        stop(NOBODY_WAITS);
    }
}
