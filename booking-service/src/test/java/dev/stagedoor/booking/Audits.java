package dev.stagedoor.booking;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.booking.audit.Auditing;

/** Asks the auditor, as every test of a crowd or a disaster must. */
final class Audits {

    private Audits() {}

    static void everythingIsWellIn(Booking booking) {
        assertThat(booking.bean(Auditing.class).audit().block()).isEmpty();
    }
}
