package dev.stagedoor.gateway.waitingroom;

import dev.stagedoor.common.settings.Unreadable;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.convert.DurationStyle;
import org.springframework.web.util.pattern.PathPatternParser;
import org.springframework.web.util.pattern.PatternParseException;

import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A setting of a room: the one table of what each is, what it may be, and what it is called. By the
 * name it has as a property operators write it, with durations like {@code 90s}; in the room's hash
 * it is a field of its own, durations in ms, and beside it stands what is in force. The defaults
 * and the types stand at the components of {@link RoomSettings}, in the same order.
 */
public enum Setting {
    CAPACITY(Kind.NUMBER, 1, 10_000_000, "be 1 to 10,000,000"),
    BATCH(Kind.NUMBER, 1, 20_000, "be 1 to 20,000"),
    INTERVAL(Kind.DURATION, 100, 60_000, "be 100ms to 60s"),
    PER_MINUTE(Kind.NUMBER, 0, Setting.MOST, Setting.NOT_NEGATIVE),
    SESSION(Kind.DURATION, 1_000, Setting.DAY, Setting.UP_TO_A_DAY),
    SESSION_SLIDING(Kind.WORD, "true", "false"),
    MAX_SESSION(Kind.DURATION, 0, Setting.DAY, "be 0s to 1d; 0 is no limit"),
    CLAIM_TIMEOUT(Kind.DURATION, 1_000, Setting.DAY, Setting.UP_TO_A_DAY),
    IDLE_TIMEOUT(
            Kind.DURATION, 60_000, Setting.DAY, "be at least 60s, twice the longest poll interval"),
    MAX_WAIT(Kind.DURATION, 0, Setting.MOST, Setting.NOT_NEGATIVE),
    MAX_WAITING(Kind.NUMBER, 0, Setting.MOST, Setting.NOT_NEGATIVE),
    MODE(Kind.WORD, "AUTO", "HOLD", "DRAIN", "OPEN", "CLOSED"),
    GUESTS(Kind.WORD, "true", "false"),
    ON_REDIS_DOWN(Kind.WORD, "closed", "open"),
    PATHS(Kind.LIST),
    OPEN_PATHS(Kind.LIST),
    SIGNED_IN_PATHS(Kind.LIST),
    HOSTS(Kind.LIST),
    ORIGIN(Kind.TEXT),
    ORIGIN_TRUST(Kind.TEXT);

    private enum Kind {
        NUMBER,
        DURATION,
        WORD,
        LIST,
        TEXT
    }

    private static final long DAY = 86_400_000;
    private static final long MOST = 999_999_999_999_999L;
    private static final String NOT_NEGATIVE = "not be negative; 0 is no limit";
    private static final String UP_TO_A_DAY = "be 1s to 1d";
    private static final String ONE_LINE = "one line without control characters";

    /** Everything beyond is no setting, but a slip. */
    private static final Pattern WHOLE_NUMBER = Pattern.compile("-?\\d{1,15}");

    /** A number alone Boot takes for ms, and few mean them. */
    private static final Pattern WITH_UNIT = Pattern.compile("0|.*\\p{Alpha}");

    private static final Pattern METHOD_AND_PATH = Pattern.compile("[A-Z]+ +/\\S*");
    private static final Pattern HOST =
            Pattern.compile("(?:\\*\\.)?[a-z0-9_-]+(?:\\.[a-z0-9_-]+)*");
    private static final Pattern ORIGIN_URL =
            Pattern.compile("https?://(?:[A-Za-z0-9.-]+|\\[[\\p{XDigit}:.]+])(?::\\d{1,5})?");
    private static final int LAST_PORT = 65_535;

    /** Of a room's hash. */
    private static final Set<String> FIELDS =
            Stream.of(values())
                    .flatMap(setting -> Stream.of(setting.field(), setting.fieldInForce()))
                    .collect(Collectors.toUnmodifiableSet());

    private static final List<Long> UNITS = List.of(DAY, 3_600_000L, 60_000L, 1000L, 1L);
    private static final List<String> UNIT_NAMES = List.of("d", "h", "m", "s", "ms");

    private final Kind kind;
    private final long least;
    private final long most;
    private final List<String> words;
    private final String rule;
    private final String label = name().toLowerCase(Locale.ROOT).replace('_', '-');

    Setting(Kind kind, long least, long most, String rule) {
        this.kind = kind;
        this.least = least;
        this.most = most;
        this.rule = rule;
        this.words = List.of();
    }

    Setting(Kind kind, String... words) {
        this.kind = kind;
        this.least = 0;
        this.most = 0;
        this.words = List.of(words);
        this.rule = "be " + String.join(", ", words).replaceFirst(", (\\w+)$", " or $1");
    }

    public static Optional<Setting> called(String label) {
        return Stream.of(values()).filter(setting -> setting.label().equals(label)).findFirst();
    }

    private static Optional<Setting> ofField(String field) {
        return Stream.of(values()).filter(setting -> setting.field().equals(field)).findFirst();
    }

    /** What operators call a field of the room's hash; itself, if it is no setting. */
    public static String labelOf(String field) {
        return ofField(field).map(Setting::label).orElse(field);
    }

    /** What a field says, as operators write it; as it stands, if it is no setting. */
    public static Object told(String field, String text) {
        return ofField(field).map(setting -> setting.told(text)).orElse(text);
    }

    /** What a room's hash says of settings, and which are in force. */
    public static Map<String, String> among(Map<String, String> fields) {
        Map<String, String> settings = new HashMap<>(fields);
        settings.keySet().retainAll(FIELDS);
        return settings;
    }

    public static String labels() {
        return String.join(", ", Stream.of(values()).map(Setting::label).toList());
    }

    /** All of a room, by their names. */
    public static Map<String, Object> document(RoomSettings settings) {
        Map<String, String> fields = settings.toFields();
        Map<String, Object> document = new LinkedHashMap<>();
        for (Setting setting : values()) {
            document.put(setting.label(), setting.told(fields.get(setting.field())));
        }
        return document;
    }

    /**
     * What scripts must know of them: field, field in force, default, and what is allowed. A
     * function and no table, which every call of a script would fill anew.
     */
    public static String forScripts() {
        return Stream.of(values())
                .filter(Setting::isForScripts)
                .map(Setting::forScript)
                .collect(Collectors.joining("", "local function each_setting(is)\n", "end\n"));
    }

    private boolean isForScripts() {
        return kind != Kind.LIST && kind != Kind.TEXT;
    }

    private String forScript() {
        String bounds =
                words.isEmpty() ? least + ", " + most : "' " + String.join(" ", words) + " '";
        return "  is('%s', '%s', '%s', %s)\n"
                .formatted(field(), fieldInForce(), whenAbsent(), bounds);
    }

    /** As in {@code stagedoor.rooms.<id>.<label>}. */
    public String label() {
        return label;
    }

    public String field() {
        return kind == Kind.DURATION ? label + "-ms" : label;
    }

    /** Where scripts write down what is in force; of what only gateways use they know nothing. */
    String fieldInForce() {
        return isForScripts() ? "in-force:" + field() : field();
    }

    /** What a field says that is not there. */
    String whenAbsent() {
        return RoomSettings.WHEN_ABSENT.get(field());
    }

    boolean accepts(String text) {
        try {
            check(parsed(text));
            return true;
        } catch (BadSetting _) {
            return false;
        }
    }

    /** From the room's hash; of the type that {@link RoomSettings} has it in. */
    Object parsed(String text) {
        return switch (kind) {
            case NUMBER -> wholeNumber(text);
            case DURATION -> Duration.ofMillis(wholeNumber(text));
            case WORD -> word(text);
            case LIST -> text.lines().toList();
            case TEXT -> text;
        };
    }

    private long wholeNumber(String text) {
        if (!WHOLE_NUMBER.matcher(text).matches()) {
            throw new BadSetting(field(), "be a whole number");
        }
        return Long.parseLong(text);
    }

    private Object word(String text) {
        if (!words.contains(text)) {
            throw new BadSetting(label(), rule);
        }
        return switch (this) {
            case MODE -> Mode.valueOf(text);
            case ON_REDIS_DOWN -> RedisDown.valueOf(text.toUpperCase(Locale.ROOT));
            default -> Boolean.parseBoolean(text);
        };
    }

    /** For the room's hash. */
    String text(Object value) {
        return switch (value) {
            case Duration duration -> Long.toString(duration.toMillis());
            case List<?> lines -> String.join("\n", lines.stream().map(String::valueOf).toList());
            case RedisDown choice -> choice.name().toLowerCase(Locale.ROOT);
            default -> value.toString();
        };
    }

    /** Refuses what it cannot be by itself. */
    void check(Object value) {
        switch (value) {
            case Long number -> must(number >= least && number <= most, rule, value);
            case Duration duration ->
                    must(
                            duration.compareTo(Duration.ofMillis(least)) >= 0
                                    && duration.compareTo(Duration.ofMillis(most)) <= 0,
                            rule,
                            value);
            case List<?> list -> checkList(list.stream().map(String::valueOf).toList());
            case String text when this == ORIGIN ->
                    must(
                            text.isEmpty() || isOrigin(text),
                            "be http(s)://host:port without a path, or nothing",
                            text);
            default -> {}
        }
    }

    /** Of that shape, and nothing that nobody can be reached at. */
    private static boolean isOrigin(String text) {
        try {
            URI url = new URI(text);
            return ORIGIN_URL.matcher(text).matches()
                    && url.getHost() != null
                    && url.getPort() != 0
                    && url.getPort() <= LAST_PORT;
        } catch (URISyntaxException _) {
            return false;
        }
    }

    private void checkList(List<String> list) {
        if (this == HOSTS) {
            must(
                    list.stream().allMatch(host -> HOST.matcher(host).matches()),
                    "each be a host or *.host, in small letters and without a port",
                    list);
        } else {
            checkPatterns(list);
        }
    }

    private void checkPatterns(List<String> patterns) {
        if (this == PATHS) {
            must(!patterns.isEmpty(), "name at least one pattern", patterns);
            must(patterns.stream().allMatch(p -> p.startsWith("/")), "each begin with /", patterns);
        } else {
            must(
                    patterns.stream().allMatch(open -> METHOD_AND_PATH.matcher(open).matches()),
                    "each be a METHOD and a pattern that begins with /",
                    patterns);
        }
        must(
                patterns.stream().noneMatch(Unreadable::is),
                "be in letters that this machine reads: start it with " + Unreadable.HELP,
                patterns);
        for (String text : patterns) {
            try {
                PathPatternParser.defaultInstance.parse(text.substring(text.indexOf('/')));
            } catch (PatternParseException e) {
                throw new BadSetting(label(), "be path patterns: " + e.getMessage());
            }
        }
    }

    /** What the room's hash shall say; refuses what is not of this kind. */
    public String read(@Nullable Object value) {
        return switch (kind) {
            case NUMBER -> number(value);
            case DURATION -> Long.toString(duration(value).toMillis());
            case WORD ->
                    isSwitch()
                            ? must(value instanceof Boolean, "be true or false", value)
                            : must(value instanceof String, "be a word", value);
            case LIST -> String.join("\n", lines(value));
            case TEXT -> line(value);
        };
    }

    private boolean isSwitch() {
        return words.contains("true");
    }

    /** What the room's hash says, as operators write it; as it stands, if it makes no sense. */
    private Object told(String field) {
        boolean isNumber = WHOLE_NUMBER.matcher(field).matches();
        return switch (kind) {
            case NUMBER -> isNumber ? (Object) Long.parseLong(field) : field;
            case DURATION -> isNumber ? duration(Long.parseLong(field)) : field;
            case WORD ->
                    isSwitch() && !field.isEmpty() ? (Object) Boolean.parseBoolean(field) : field;
            case LIST -> field.lines().toList();
            case TEXT -> field;
        };
    }

    private static String duration(long millis) {
        int unit = 0;
        while (millis % UNITS.get(unit) != 0) {
            unit++;
        }
        return millis == 0 ? "0s" : millis / UNITS.get(unit) + UNIT_NAMES.get(unit);
    }

    private String number(@Nullable Object value) {
        boolean isWhole = value instanceof Integer || value instanceof Long;
        return must(isWhole, "be a whole number", value);
    }

    public static boolean hasUnit(String duration) {
        return WITH_UNIT.matcher(duration).matches();
    }

    private Duration duration(@Nullable Object value) {
        String text = must(value instanceof String, "be a duration such as 90s", value);
        must(hasUnit(text), "have a unit, such as 90s", text);
        try {
            Duration duration = DurationStyle.detectAndParse(text);
            must(duration.compareTo(Duration.ofDays(365)) <= 0, "be at most 365d", text);
            must(duration.isZero() || duration.toMillis() != 0, "be 0, or 1ms at least", text);
            return duration;
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw e instanceof BadSetting bad
                    ? bad
                    : new BadSetting(label(), "be a duration such as 90s");
        }
    }

    private List<String> lines(@Nullable Object value) {
        boolean isListOfText =
                value instanceof List<?> list && list.stream().allMatch(String.class::isInstance);
        must(isListOfText, "be a list of texts", value);
        List<String> lines =
                ((List<?>) value).stream().map(String::valueOf).map(String::strip).toList();
        lines.forEach(
                text -> must(!text.isEmpty() && isOneLine(text), "be " + ONE_LINE + " each", text));
        return lines;
    }

    private String line(@Nullable Object value) {
        String text = must(value instanceof String, "be a text", value).strip();
        return must(isOneLine(text), "be " + ONE_LINE, text);
    }

    /** As it is shown to people, and written to logs and terminals. */
    public static boolean isOneLine(String text) {
        return text.chars().noneMatch(Character::isISOControl);
    }

    private String must(boolean holds, String rule, @Nullable Object value) {
        if (!holds || value == null) {
            throw new BadSetting(label(), rule);
        }
        return value.toString();
    }
}
