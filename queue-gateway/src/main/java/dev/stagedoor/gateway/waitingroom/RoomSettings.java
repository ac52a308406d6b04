package dev.stagedoor.gateway.waitingroom;

import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.web.util.pattern.PathPatternParser;
import org.springframework.web.util.pattern.PatternParseException;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * How one room behaves. Properties ({@code stagedoor.rooms.<id>.<setting>}) make a room that does
 * not exist yet; from then on Redis holds what is in force.
 *
 * @param capacity most people inside at once, 1 or more
 * @param batch most people let in by one tick, 1 to 1,000
 * @param interval time between two ticks, 100 ms to 1 min
 * @param perMinute most people let in within any 60 s; 0 for no such limit
 * @param session how long an admitted visitor may stay from the last use, or from the first one if
 *     it does not slide; 1 s or more
 * @param sessionSliding whether every use renews the session, or only the first one sets it
 * @param claimTimeout how long a turn waits to be used for the first time; 1 s or more
 * @param idleTimeout how long a waiting visitor may be silent before the place is given up; more
 *     than twice the longest poll interval, so that one lost poll costs nobody the place
 * @param maxWait how long anybody may wait; 0 for no limit
 * @param maxWaiting longest line; 0 for no limit
 * @param mode see {@link Mode}
 * @param guests whether somebody without an access token may join
 * @param onRedisDown see {@link RedisDown}
 * @param paths what the room guards, as path patterns; the most specific pattern of all rooms wins
 * @param openPaths what needs no token below them, as {@code METHOD pattern}
 */
public record RoomSettings(
        @DefaultValue("100") long capacity,
        @DefaultValue("50") long batch,
        @DefaultValue("1s") Duration interval,
        @DefaultValue("0") long perMinute,
        @DefaultValue("5m") Duration session,
        @DefaultValue("true") boolean sessionSliding,
        @DefaultValue("60s") Duration claimTimeout,
        @DefaultValue("5m") Duration idleTimeout,
        @DefaultValue("0s") Duration maxWait,
        @DefaultValue("0") long maxWaiting,
        @DefaultValue("AUTO") Mode mode,
        @DefaultValue("true") boolean guests,
        @DefaultValue("CLOSED") RedisDown onRedisDown,
        @DefaultValue("/**") List<String> paths,
        @DefaultValue({
                    "GET /",
                    "POST /api/v1/users",
                    "GET /api/v1/concerts",
                    "GET /api/v1/concerts/{id}",
                    "GET /api/v1/openapi.json",
                    "GET /assets/**",
                    "GET /favicon.ico"
                })
                List<String> openPaths) {

    /** Everything beyond is no setting, but a slip. */
    private static final Pattern WHOLE_NUMBER = Pattern.compile("-?\\d{1,15}");

    /** As many as {@code admit.lua} lets in by one call. */
    private static final long LARGEST_BATCH = 1_000;

    private static final Pattern OPEN_PATH = Pattern.compile("[A-Z]+ +/\\S*");

    public RoomSettings {
        require(capacity >= 1 && capacity <= 10_000_000, "capacity", "be 1 to 10,000,000");
        require(batch >= 1 && batch <= LARGEST_BATCH, "batch", "be 1 to 1,000");
        require(
                interval.toMillis() >= 100 && interval.toMinutes() < 1
                        || interval.toMillis() == 60_000,
                "interval",
                "be 100ms to 60s");
        require(perMinute >= 0, "per-minute", "not be negative; 0 is no limit");
        require(isOneSecondToOneDay(session), "session", "be 1s to 1d");
        require(isOneSecondToOneDay(claimTimeout), "claim-timeout", "be 1s to 1d");
        require(
                claimTimeout.compareTo(session) <= 0,
                "claim-timeout",
                "not be longer than session: a turn would shrink by being used");
        require(isOneSecondToOneDay(idleTimeout), "idle-timeout", "be 1s to 1d");
        require(
                idleTimeout.compareTo(PollInterval.LONGEST.multipliedBy(2)) >= 0,
                "idle-timeout",
                "be at least "
                        + PollInterval.LONGEST.multipliedBy(2).toSeconds()
                        + "s, twice the longest poll interval");
        require(!maxWait.isNegative(), "max-wait", "not be negative; 0 is no limit");
        require(maxWaiting >= 0, "max-waiting", "not be negative; 0 is no limit");
        require(!paths.isEmpty(), "paths", "name at least one pattern");
        require(
                paths.stream().allMatch(path -> path.startsWith("/")),
                "paths",
                "each begin with /");
        require(
                openPaths.stream().allMatch(path -> OPEN_PATH.matcher(path).matches()),
                "open-paths",
                "each be a METHOD and a pattern that begins with /");
        paths.forEach(path -> requirePattern("paths", path));
        openPaths.forEach(open -> requirePattern("open-paths", open));
        paths = List.copyOf(paths);
        openPaths = List.copyOf(openPaths);
    }

    /** As it stands in the room's hash: a number, with its unit in the name, or a word. */
    public Map<String, String> toFields() {
        Map<String, String> fields = new LinkedHashMap<>();
        fields.put("capacity", Long.toString(capacity));
        fields.put("batch", Long.toString(batch));
        fields.put("interval-ms", Long.toString(interval.toMillis()));
        fields.put("per-minute", Long.toString(perMinute));
        fields.put("session-ms", Long.toString(session.toMillis()));
        fields.put("session-sliding", Boolean.toString(sessionSliding));
        fields.put("claim-timeout-ms", Long.toString(claimTimeout.toMillis()));
        fields.put("idle-timeout-ms", Long.toString(idleTimeout.toMillis()));
        fields.put("max-wait-ms", Long.toString(maxWait.toMillis()));
        fields.put("max-waiting", Long.toString(maxWaiting));
        fields.put("mode", mode.name());
        fields.put("guests", Boolean.toString(guests));
        fields.put("on-redis-down", onRedisDown.name().toLowerCase(Locale.ROOT));
        fields.put("paths", String.join("\n", paths));
        fields.put("open-paths", String.join("\n", openPaths));
        return fields;
    }

    /** Reads {@link #toFields} back; refuses what an operator has mistyped by hand. */
    public static RoomSettings of(Map<String, String> fields) {
        return new RoomSettings(
                number(fields, "capacity"),
                number(fields, "batch"),
                millis(fields, "interval-ms"),
                number(fields, "per-minute"),
                millis(fields, "session-ms"),
                yesOrNo(fields, "session-sliding"),
                millis(fields, "claim-timeout-ms"),
                millis(fields, "idle-timeout-ms"),
                millis(fields, "max-wait-ms"),
                number(fields, "max-waiting"),
                mode(word(fields, "mode")),
                yesOrNo(fields, "guests"),
                onRedisDown(word(fields, "on-redis-down")),
                lines(fields, "paths"),
                lines(fields, "open-paths"));
    }

    private static long number(Map<String, String> fields, String name) {
        String number = word(fields, name);
        require(WHOLE_NUMBER.matcher(number).matches(), name, "be a whole number");
        return Long.parseLong(number);
    }

    private static boolean yesOrNo(Map<String, String> fields, String name) {
        String word = word(fields, name);
        require(word.equals("true") || word.equals("false"), name, "be true or false");
        return Boolean.parseBoolean(word);
    }

    private static Mode mode(String word) {
        return Stream.of(Mode.values())
                .filter(mode -> mode.name().equals(word))
                .findFirst()
                .orElseThrow(() -> new BadSetting("mode", "be AUTO, HOLD, DRAIN, OPEN or CLOSED"));
    }

    private static RedisDown onRedisDown(String word) {
        return Stream.of(RedisDown.values())
                .filter(choice -> choice.name().equalsIgnoreCase(word))
                .findFirst()
                .orElseThrow(() -> new BadSetting("on-redis-down", "be closed or open"));
    }

    private static Duration millis(Map<String, String> fields, String name) {
        return Duration.ofMillis(number(fields, name));
    }

    private static List<String> lines(Map<String, String> fields, String name) {
        return word(fields, name).lines().toList();
    }

    private static String word(Map<String, String> fields, String name) {
        String value = fields.get(name);
        require(value != null, name, "be there");
        return value;
    }

    private static boolean isOneSecondToOneDay(Duration duration) {
        return duration.compareTo(Duration.ofSeconds(1)) >= 0
                && duration.compareTo(Duration.ofDays(1)) <= 0;
    }

    private static void requirePattern(String setting, String text) {
        try {
            PathPatternParser.defaultInstance.parse(text.substring(text.indexOf('/')));
        } catch (PatternParseException e) {
            throw new BadSetting(setting, "be path patterns: " + e.getMessage());
        }
    }

    private static void require(boolean holds, String setting, String rule) {
        if (!holds) {
            throw new BadSetting(setting, rule);
        }
    }
}
