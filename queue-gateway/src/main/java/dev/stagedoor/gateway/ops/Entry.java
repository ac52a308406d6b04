package dev.stagedoor.gateway.ops;

import dev.stagedoor.gateway.waitingroom.operators.Operator;

import java.time.Duration;

/** Whether somebody may operate this gateway. */
sealed interface Entry {

    record Granted(Operator operator) implements Entry {}

    /** No credential, or a wrong one. */
    record Refused() implements Entry {}

    /** Too many wrong passwords; nothing was looked at. */
    record TooSoon(Duration retryAfter) implements Entry {}

    /** Sent by a page of somebody else. */
    record Foreign() implements Entry {}
}
