package dev.stagedoor.gateway;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Awaitility makes whoever waits answer for what no thread at all has caught; beside other tests
 * that is seldom one's own fault.
 */
public final class OwnFaultsOnly implements BeforeAllCallback {

    @Override
    public void beforeAll(ExtensionContext test) {
        Awaitility.doNotCatchUncaughtExceptionsByDefault();
    }
}
