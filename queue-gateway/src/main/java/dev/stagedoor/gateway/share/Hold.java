package dev.stagedoor.gateway.share;

import java.util.concurrent.atomic.AtomicInteger;

/** What is under way, and ends when the last who holds on to it has let go. */
public final class Hold {

    private final AtomicInteger holders = new AtomicInteger(1);
    private final Runnable whenItEnds;

    public Hold(Runnable whenItEnds) {
        this.whenItEnds = whenItEnds;
    }

    public void holdOn() {
        holders.incrementAndGet();
    }

    public void letGo() {
        if (holders.decrementAndGet() == 0) {
            whenItEnds.run();
        }
    }
}
