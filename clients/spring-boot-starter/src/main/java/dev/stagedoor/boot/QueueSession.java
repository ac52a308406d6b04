package dev.stagedoor.boot;

import dev.stagedoor.common.Headers;
import dev.stagedoor.common.SessionCommand;

import java.time.Duration;
import java.util.function.BiConsumer;

/**
 * What becomes of the visit, told to the gateway with the answer: before that is on its way, or not
 * at all; and not if the handler fails. A handler takes it as an argument.
 */
public final class QueueSession {

    private static final long LONGEST = 99_999;

    private final BiConsumer<String, String> header;

    QueueSession(BiConsumer<String, String> header) {
        this.header = header;
    }

    /** The visitor has what they came for, and the place goes to the next one. */
    public void complete() {
        tell(new SessionCommand.Complete());
    }

    /** The visit lasts at least this long from now. */
    public void extend(Duration by) {
        if (by.toSeconds() < 1 || by.toSeconds() > LONGEST) {
            throw new IllegalArgumentException(
                    "a visit is extended by 1 to " + LONGEST + " seconds, not " + by);
        }
        tell(new SessionCommand.Extend(by));
    }

    private void tell(SessionCommand command) {
        header.accept(Headers.SESSION, command.toString());
    }
}
