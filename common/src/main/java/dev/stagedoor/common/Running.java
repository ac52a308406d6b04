package dev.stagedoor.common;

import org.springframework.context.SmartLifecycle;

/** Knows whether it has been started, and not yet stopped. */
public abstract class Running implements SmartLifecycle {

    private volatile boolean running;

    @Override
    public void start() {
        running = true;
    }

    @Override
    public void stop() {
        running = false;
    }

    @Override
    public final boolean isRunning() {
        return running;
    }
}
