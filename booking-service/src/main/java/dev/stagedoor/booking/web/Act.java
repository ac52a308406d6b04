package dev.stagedoor.booking.web;

import java.util.Locale;

/** What a visitor can do that moves seats or money. */
enum Act {
    HOLD,
    GIVE_BACK,
    PAY,
    REFUND,
    CHARGE;

    /** How meters call it. */
    String tag() {
        return name().toLowerCase(Locale.ROOT);
    }
}
