package dev.stagedoor.gateway.ops;

import dev.stagedoor.gateway.waitingroom.BadSetting;
import dev.stagedoor.gateway.waitingroom.RoomSettings;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.convert.DurationStyle;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A setting of a room as operators write it: by the name it has as a property, with durations like
 * {@code 90s}. In the room's hash it is a field of its own, durations in ms.
 */
enum Setting {
    CAPACITY(Kind.NUMBER),
    BATCH(Kind.NUMBER),
    INTERVAL(Kind.DURATION),
    PER_MINUTE(Kind.NUMBER),
    SESSION(Kind.DURATION),
    SESSION_SLIDING(Kind.SWITCH),
    CLAIM_TIMEOUT(Kind.DURATION),
    IDLE_TIMEOUT(Kind.DURATION),
    MAX_WAIT(Kind.DURATION),
    MAX_WAITING(Kind.NUMBER),
    MODE(Kind.WORD),
    GUESTS(Kind.SWITCH),
    ON_REDIS_DOWN(Kind.WORD),
    PATHS(Kind.LIST),
    OPEN_PATHS(Kind.LIST);

    private enum Kind {
        NUMBER,
        DURATION,
        SWITCH,
        WORD,
        LIST
    }

    private static final List<Long> UNITS = List.of(86_400_000L, 3_600_000L, 60_000L, 1000L, 1L);
    private static final List<String> UNIT_NAMES = List.of("d", "h", "m", "s", "ms");

    private final Kind kind;

    Setting(Kind kind) {
        this.kind = kind;
    }

    static Optional<Setting> called(String label) {
        return Stream.of(values()).filter(setting -> setting.label().equals(label)).findFirst();
    }

    static Optional<Setting> ofField(String field) {
        return Stream.of(values()).filter(setting -> setting.field().equals(field)).findFirst();
    }

    static String labels() {
        return String.join(", ", Stream.of(values()).map(Setting::label).toList());
    }

    /** All of a room, by their names. */
    static Map<String, Object> document(RoomSettings settings) {
        Map<String, String> fields = settings.toFields();
        Map<String, Object> document = new LinkedHashMap<>();
        for (Setting setting : values()) {
            document.put(setting.label(), setting.told(fields.get(setting.field())));
        }
        return document;
    }

    /** As in {@code stagedoor.rooms.<id>.<label>}. */
    String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    String field() {
        return kind == Kind.DURATION ? label() + "-ms" : label();
    }

    /** What the room's hash shall say; refuses what is not of this kind. */
    String read(@Nullable Object value) {
        return switch (kind) {
            case NUMBER -> number(value);
            case DURATION -> Long.toString(duration(value).toMillis());
            case SWITCH -> must(value instanceof Boolean, "be true or false", value);
            case WORD -> must(value instanceof String, "be a word", value);
            case LIST -> String.join("\n", patterns(value));
        };
    }

    /** What the room's hash says, as operators write it; as it stands, if it makes no sense. */
    Object told(@Nullable String field) {
        if (field == null || field.isEmpty() && kind != Kind.LIST) {
            return "";
        }
        boolean isNumber = field.matches("-?\\d{1,15}");
        return switch (kind) {
            case NUMBER -> isNumber ? (Object) Long.parseLong(field) : field;
            case DURATION -> isNumber ? duration(Long.parseLong(field)) : field;
            case SWITCH -> Boolean.parseBoolean(field);
            case WORD -> field;
            case LIST -> field.lines().toList();
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

    private Duration duration(@Nullable Object value) {
        String text = must(value instanceof String, "be a duration such as 90s", value);
        try {
            Duration duration = DurationStyle.detectAndParse(text);
            must(duration.compareTo(Duration.ofDays(365)) <= 0, "be at most 365d", text);
            return duration;
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw e instanceof BadSetting bad
                    ? bad
                    : new BadSetting(label(), "be a duration such as 90s");
        }
    }

    private List<String> patterns(@Nullable Object value) {
        boolean isListOfText =
                value instanceof List<?> list && list.stream().allMatch(String.class::isInstance);
        must(isListOfText, "be a list of texts", value);
        List<String> patterns =
                ((List<?>) value).stream().map(String::valueOf).map(String::strip).toList();
        patterns.forEach(text -> must(text.lines().count() == 1, "be one line each", text));
        return patterns;
    }

    private String must(boolean holds, String rule, @Nullable Object value) {
        if (!holds || value == null) {
            throw new BadSetting(label(), rule);
        }
        return value.toString();
    }
}
