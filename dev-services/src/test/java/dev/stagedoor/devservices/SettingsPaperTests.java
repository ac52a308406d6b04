package dev.stagedoor.devservices;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The tables of {@code docs/settings.md}, held against the records that read the settings. */
class SettingsPaperTests {

    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

    /** The first names what its settings begin with; the settings of a room stand alone. */
    private static final Pattern PREFIX =
            Pattern.compile("@ConfigurationProperties\\(\"(stagedoor[a-z.-]*)\"\\)");

    private static final Pattern RECORD =
            Pattern.compile("record (\\w+)\\((.*?)\\)\\s*\\{", Pattern.DOTALL);
    private static final Pattern DEFAULT =
            Pattern.compile("@DefaultValue\\(\"([^\"]+)\"\\)\\s+[\\w<>]+\\s+(\\w+)");
    private static final Pattern NAME = Pattern.compile("`([^`]+)`");

    private static final Map<String, String> WRITTEN = written();

    record Setting(String name, String byDefault) {}

    @ParameterizedTest
    @MethodSource("settings")
    void everySettingStandsInATableWithItsDefault(Setting setting) {
        assertThat(WRITTEN).containsKey(setting.name());
        assertThat(WRITTEN.get(setting.name())).isEqualToIgnoringCase(setting.byDefault());
    }

    @Test
    void theRecordsAreFound() {
        assertThat(settings().map(Setting::name))
                .contains(
                        "max-waiting",
                        "stagedoor.gateway.limits.places",
                        "stagedoor.booking.sweeper.batch",
                        "stagedoor.tracing.sampling")
                .hasSizeGreaterThan(60);
    }

    // ── reading ─────────────────────────────────────────────────────────────────────────────────

    private static Stream<Setting> settings() {
        return Stream.of("common", "queue-gateway", "booking-service")
                .flatMap(
                        module ->
                                Sources.in(ROOT.resolve(module).resolve("src/main/java"), ".java"))
                .flatMap(SettingsPaperTests::settings);
    }

    private static Stream<Setting> settings(Path file) {
        String source = Sources.text(file);
        if (file.endsWith("RoomSettings.java")) {
            return ofRecord("", RECORD.matcher(source).results().findFirst().orElseThrow());
        }
        return PREFIX.matcher(source).results().flatMap(found -> settings(found.group(1), source));
    }

    /** A record within one is a part of it, under its own name. */
    private static Stream<Setting> settings(String prefix, String source) {
        List<MatchResult> records = RECORD.matcher(source).results().toList();
        return Stream.concat(
                ofRecord(prefix + ".", records.getFirst()),
                records.stream()
                        .skip(1)
                        .flatMap(it -> ofRecord(prefix + "." + hyphened(it.group(1)) + ".", it)));
    }

    private static Stream<Setting> ofRecord(String prefix, MatchResult found) {
        return DEFAULT.matcher(found.group(2))
                .results()
                .map(it -> new Setting(prefix + hyphened(it.group(2)), it.group(1)));
    }

    private static String hyphened(String name) {
        return name.replaceAll("(?<=[a-z])([A-Z])", "-$1").toLowerCase(Locale.ROOT);
    }

    /** Setting, meaning, range, default, consequence; a row may have several settings. */
    private static Map<String, String> written() {
        Map<String, String> all = new HashMap<>();
        Sources.text(ROOT.resolve("docs/settings.md"))
                .lines()
                .filter(line -> line.startsWith("| `"))
                .map(line -> line.split("\\|", -1))
                .forEach(cells -> all.putAll(row(cells[1], cells[4].strip())));
        return all;
    }

    private static Map<String, String> row(String settings, String defaults) {
        List<String> names = NAME.matcher(settings).results().map(it -> it.group(1)).toList();
        String[] each = defaults.split(", ");
        Map<String, String> row = new HashMap<>();
        String whole = names.getFirst();
        for (int i = 0; i < names.size(); i++) {
            String name = names.get(i);
            if (name.startsWith(".")) {
                name = whole.substring(0, whole.lastIndexOf('.')) + name;
            }
            row.put(name, plain(each.length == names.size() ? each[i] : defaults));
        }
        return row;
    }

    /** What is explained is explained behind a colon or a semicolon. */
    private static String plain(String said) {
        return said.split("[:;] ", 2)[0].replace("`", "").replaceAll("(?<=\\d),(?=\\d)", "");
    }
}
