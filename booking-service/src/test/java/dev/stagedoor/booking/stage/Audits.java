package dev.stagedoor.booking.stage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.booking.audit.Auditing;

/** Asks the auditor, as every test of a crowd or a disaster must. */
public final class Audits {

    private Audits() {}

    public static void everythingIsWellIn(Booking booking) {
        assertThat(booking.bean(Auditing.class).audit().block()).isEmpty();
    }
}
