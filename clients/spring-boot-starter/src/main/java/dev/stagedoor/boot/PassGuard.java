package dev.stagedoor.boot;

import dev.stagedoor.common.Passes;
import dev.stagedoor.common.ProblemCode;

import org.springframework.http.server.PathContainer;
import org.springframework.web.util.pattern.PathPattern;
import org.springframework.web.util.pattern.PathPatternParser;

import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/** Whether a request has come through the line, whatever kind of server has received it. */
public final class PassGuard {

    /** Read in one way here and in another one elsewhere: {@code //}, {@code /../}, {@code ;} … */
    private static final Pattern AMBIGUOUS =
            Pattern.compile(
                    "//|[;\\\\]|%2f|%5c|%3b|%00|(?:^|/)(?:\\.|%2e){1,2}(?:/|$)",
                    Pattern.CASE_INSENSITIVE);

    private final Passes passes;
    private final Set<String> rooms;
    private final List<PathPattern> guarded;
    private final List<OpenPath> open;

    PassGuard(Passes passes, PassProperties properties) {
        this.passes = passes;
        this.rooms = Set.copyOf(properties.rooms());
        this.guarded = properties.paths().stream().map(PassGuard::pattern).toList();
        this.open = properties.openPaths().stream().map(OpenPath::parse).toList();
    }

    /** What a request is. */
    public sealed interface Verdict {

        /** Everybody may have it. */
        record Open() implements Verdict {}

        record Vouched(Visitor visitor) implements Verdict {}

        /** There is no pass, none that counts, or an address that may mean another one. */
        record Refused(ProblemCode code) implements Verdict {}
    }

    /**
     * @param path as it was asked for, encoded, within the application
     * @param shown every header with a pass
     */
    public Verdict check(String method, String path, List<String> shown) {
        if (AMBIGUOUS.matcher(path).find()) {
            return new Verdict.Refused(ProblemCode.VALIDATION_FAILED); // as the gateway does
        }
        if (isOpen(method, PathContainer.parsePath(path))) {
            return new Verdict.Open();
        }
        if (shown.isEmpty()) {
            return new Verdict.Refused(ProblemCode.PASS_REQUIRED);
        }
        return shown.size() > 1 ? invalid() : check(shown.getFirst());
    }

    private Verdict check(String shown) {
        return passes.verify(shown)
                .filter(pass -> rooms.isEmpty() || rooms.contains(pass.room().name()))
                .map(
                        pass ->
                                new Visitor(
                                        pass.user(),
                                        pass.room().name(),
                                        pass.sequence(),
                                        pass.signIn()))
                .<Verdict>map(Verdict.Vouched::new)
                .orElseGet(PassGuard::invalid);
    }

    private static Verdict invalid() {
        return new Verdict.Refused(ProblemCode.PASS_INVALID);
    }

    private boolean isOpen(String method, PathContainer path) {
        return guarded.stream().noneMatch(pattern -> pattern.matches(path))
                || open.stream().anyMatch(some -> some.matches(method, path));
    }

    private static PathPattern pattern(String text) {
        return PathPatternParser.defaultInstance.parse(text);
    }

    private record OpenPath(String method, PathPattern pattern) {

        static OpenPath parse(String text) {
            String[] parts = text.strip().split("\\s+");
            if (parts.length != 2) {
                throw new IllegalArgumentException(
                        "stagedoor.pass.open-paths are written METHOD pattern, but one is " + text);
            }
            return new OpenPath(parts[0], PassGuard.pattern(parts[1]));
        }

        boolean matches(String asked, PathContainer path) {
            boolean isMeant = asked.equals(method) || asked.equals("HEAD") && method.equals("GET");
            return isMeant && pattern.matches(path);
        }
    }
}
