package dev.stagedoor.quickstart.meters;

import dev.stagedoor.common.ProblemCode;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The tables of {@code docs/meters.md}. */
public final class Meters {

    public static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

    private static final Pattern QUOTED = Pattern.compile("`([^`]+)`");

    private Meters() {}

    /**
     * One row.
     *
     * @param tags tag → the values it can have; empty if any
     */
    record Meter(String name, String kind, Map<String, Set<String>> tags) {

        /** As Prometheus calls it. */
        String type() {
            return kind.equals("timer") ? "summary" : kind;
        }
    }

    /** The rows below a heading. */
    static List<Meter> documented(String heading) {
        String section = text("docs/meters.md").split("(?m)^## " + heading + "$", 2)[1];
        List<Meter> meters = new ArrayList<>();
        for (String row : section.split("(?m)^## ", 2)[0].lines().toList()) {
            if (row.startsWith("| `")) {
                String[] cells = row.split("\\|");
                quoted(cells[1])
                        .forEach(it -> meters.add(new Meter(it, cells[2].strip(), tags(cells[4]))));
            }
        }
        return meters;
    }

    private static Map<String, Set<String>> tags(String cell) {
        Map<String, Set<String>> tags = new TreeMap<>();
        for (String tag : cell.strip().split(";")) {
            String[] parts = tag.strip().split(":", 2);
            if (!parts[0].isEmpty()) {
                tags.put(parts[0], parts.length == 1 ? Set.of() : values(parts[1]));
            }
        }
        return tags;
    }

    private static Set<String> values(String cell) {
        Set<String> values = new HashSet<>(quoted(cell).toList());
        if (cell.contains("a problem code")) {
            Stream.of(ProblemCode.values()).map(ProblemCode::code).forEach(values::add);
        }
        return values;
    }

    private static Stream<String> quoted(String cell) {
        return QUOTED.matcher(cell).results().map(it -> it.group(1));
    }

    public static String text(String file) {
        try {
            return Files.readString(ROOT.resolve(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
