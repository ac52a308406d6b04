package dev.stagedoor.booking;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** Servers that a machine may have installed: without them a test is skipped, unless told. */
final class Installed {

    private Installed() {}

    /** With {@code -Dservers=required} nothing is skipped. */
    static void need(boolean isThere, String what) {
        if (!isThere && "required".equals(System.getProperty("servers"))) {
            throw new AssertionError("servers=required, but there is no " + what);
        }
        assumeTrue(isThere, what + " is not installed");
    }
}
