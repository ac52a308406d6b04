package dev.stagedoor.booking.stage;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

import java.time.Duration;

/**
 * Whoever awaits something looks at once, waits longer than a busy machine takes, and answers for
 * their own faults only: Awaitility makes them answer for what no thread at all has caught, which
 * beside other tests is seldom theirs.
 */
public final class Awaiting implements BeforeAllCallback {

    @Override
    public void beforeAll(ExtensionContext test) {
        Awaitility.doNotCatchUncaughtExceptionsByDefault();
        Awaitility.setDefaultPollDelay(Duration.ZERO);
        Awaitility.setDefaultTimeout(Duration.ofMinutes(1));
    }
}
