package dev.stagedoor.gateway.forward;

import reactor.core.publisher.Mono;

import java.util.Locale;

/** What came of carrying a request to the upstream. */
public sealed interface Forwarded {

    /** The upstream has answered, and the answer was passed on. */
    record Answered(@Override int status) implements Forwarded {}

    /**
     * The connection is no longer one of requests.
     *
     * @param over never comes to its end, but must be listened to for as long as it lasts
     */
    record Upgraded(Mono<Void> over) implements Forwarded {
        @Override
        public int status() {
            return 101;
        }
    }

    /** No answer began: nothing has been sent to the client yet. */
    enum Failed implements Forwarded {
        UNREACHABLE,
        TIMEOUT,
        BUSY,
        TOO_LARGE,
        INTERNAL
    }

    /** It ended in the middle of the answer: the client's connection must break as well. */
    record BrokenOff() implements Forwarded {}

    /** What the upstream answered; 0 if it did not, or not to the end. */
    default int status() {
        return 0;
    }

    /** How meters call it. */
    default String outcome() {
        return switch (this) {
            case Answered _ -> "answered";
            case Upgraded _ -> "upgraded";
            case Failed failure -> failure.name().toLowerCase(Locale.ROOT);
            case BrokenOff _ -> "broken";
        };
    }
}
