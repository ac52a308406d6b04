package dev.stagedoor.common;

import java.time.Duration;
import java.util.Optional;
import java.util.regex.Pattern;

/** What the upstream says of a visitor's session in the header {@link Headers#SESSION}. */
public sealed interface SessionCommand {

    /** The visitor has what they came for. */
    record Complete() implements SessionCommand {
        @Override
        public String toString() {
            return "complete";
        }
    }

    /** The session shall last at least this long from now. */
    record Extend(Duration by) implements SessionCommand {
        @Override
        public String toString() {
            return "extend=" + by.toSeconds();
        }
    }

    Pattern EXTEND = Pattern.compile("extend=([1-9][0-9]{0,4})");

    static Optional<SessionCommand> parse(String value) {
        if (value.equals("complete")) {
            return Optional.of(new Complete());
        }
        var extend = EXTEND.matcher(value);
        return extend.matches()
                ? Optional.of(new Extend(Duration.ofSeconds(Long.parseLong(extend.group(1)))))
                : Optional.empty();
    }
}
