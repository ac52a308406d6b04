package dev.stagedoor.gateway.door;

import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * What the {@link ExpressLane} has begun and not ended. A gateway that stops waits for them before
 * its server, which knows nothing of them, closes their connections; whoever comes from then on
 * goes to the server, which waits for its own.
 */
@Component
final class UnderWay implements SmartLifecycle {

    private static final Runnable NOBODY_WAITS = () -> {};

    /** And one more until the gateway stops. */
    final AtomicInteger count = new AtomicInteger();

    private volatile boolean isRunning;
    private volatile Runnable whenNoneIs = NOBODY_WAITS;

    /** Whether one more may begin; to be ended if so. */
    boolean begins() {
        return isRunning && count.getAndUpdate(now -> now == 0 ? 0 : now + 1) > 0;
    }

    void hasEnded() {
        if (count.decrementAndGet() == 0) {
            whenNoneIs.run();
        }
    }

    @Override
    public void start() {
        count.incrementAndGet();
        isRunning = true;
    }

    @Override
    public void stop(Runnable whenNoneIs) {
        this.whenNoneIs = whenNoneIs;
        isRunning = false;
        hasEnded();
    }

    @Override
    public void stop() {
        stop(NOBODY_WAITS);
    }

    @Override
    public boolean isRunning() {
        return isRunning;
    }
}
