package dev.stagedoor.gateway.ops.signin;

import dev.stagedoor.gateway.waitingroom.Operator;

import java.time.Duration;

/** Whether somebody may operate this gateway. */
public sealed interface Login {

    record Granted(Operator operator) implements Login {}

    /** No credential, or a wrong one. */
    record Refused() implements Login {}

    /** Too many wrong passwords; nothing was looked at. */
    record TooSoon(Duration retryAfter) implements Login {}

    /** Sent by a page of somebody else. */
    record Foreign() implements Login {}
}
