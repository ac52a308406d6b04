package dev.stagedoor.booking.admin;

import com.fasterxml.jackson.annotation.JsonInclude;

import dev.stagedoor.booking.catalogue.Bench;
import dev.stagedoor.booking.catalogue.Plan;
import dev.stagedoor.booking.web.Fields;

import org.jspecify.annotations.Nullable;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.web.server.ServerWebInputException;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * What an admin says of how the seats of a house stand. Distances are in seats: the stage is at (0,
 * 0), and y grows away from it.
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record NewPlan(@Nullable String name, @Nullable List<@Nullable Section> sections) {

    /** In bytes: some 20,000 seats of which each has a label of its own. */
    static final int LONGEST = 1 << 20;

    private static final int MOST_SEATS = 100_000;
    private static final int MOST_ROWS = 5_000;
    private static final int LONGEST_ROW = 1_000;

    /**
     * @param x of its middle, like {@code y} of its front
     * @param angle in degrees, by which it is turned around that point
     * @param places to stand; it has no rows then
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Section(
            @Nullable String name,
            @Nullable String category,
            @Nullable Double x,
            @Nullable Double y,
            @Nullable Double angle,
            @Nullable List<@Nullable Row> rows,
            @Nullable Integer places) {}

    /**
     * One side of an aisle: a row that goes on behind one is another row of the same name.
     *
     * @param seats how many, called 1, 2, 3 …, unless there are {@code labels}
     * @param x of the first seat, from the middle of the section, which it is about unless told
     * @param y from the front of the section, by default a row a seat
     * @param accessible the labels of those that a wheelchair gets to
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Row(
            @Nullable String name,
            @Nullable Integer seats,
            @Nullable List<@Nullable String> labels,
            @Nullable List<@Nullable String> accessible,
            @Nullable String category,
            @Nullable Double x,
            @Nullable Double y) {

        int count() {
            return labels == null ? Objects.requireNonNullElse(seats, 0) : labels.size();
        }

        List<String> called() {
            return labels != null
                    ? labels
                    : IntStream.rangeClosed(1, count()).mapToObj(Integer::toString).toList();
        }
    }

    static byte[] bytes(DataBuffer buffer) {
        byte[] bytes = new byte[buffer.readableByteCount()];
        buffer.read(bytes);
        DataBufferUtils.release(buffer);
        return bytes;
    }

    static NewPlan read(byte[] body, JsonMapper json) {
        try {
            return Objects.requireNonNullElse(
                    json.readValue(body, NewPlan.class), new NewPlan(null, null));
        } catch (JacksonException e) {
            throw new ServerWebInputException("a plan", null, e);
        }
    }

    Plan checked(JsonMapper json) {
        new Fields()
                .must(isName(name, 100), "name", "be 1 to 100 characters")
                .must(sections != null && !sections.isEmpty(), "sections", "be there")
                .must(rows() <= MOST_ROWS, "sections", "have " + MOST_ROWS + " rows at most")
                .orRefuse();
        List<Bench> benches = new ArrayList<>();
        Set<String> names = new HashSet<>();
        int first = 1;
        for (int i = 0; i < sections.size(); i++) {
            Section section = sections.get(i);
            check(section, "sections[" + i + "]", names);
            for (Bench bench : benches(section, first)) {
                benches.add(bench);
                first += bench.seats();
            }
        }
        new Fields()
                .must(first - 1 <= MOST_SEATS, "sections", "have " + MOST_SEATS + " seats at most")
                .orRefuse();
        return new Plan(name, json.writeValueAsString(this), benches);
    }

    private long rows() {
        return sections == null
                ? 0
                : sections.stream()
                        .mapToLong(it -> it == null || it.rows() == null ? 1 : it.rows().size())
                        .sum();
    }

    private static void check(@Nullable Section it, String at, Set<String> names) {
        new Fields().must(it != null, at, "be there").orRefuse();
        boolean stands = it.places() != null;
        boolean hasRows = it.rows() != null && !it.rows().isEmpty();
        new Fields()
                .must(isName(it.name(), 40), at + ".name", "be 1 to 40 characters")
                .must(names.add(it.name()), at + ".name", "not be that of another section")
                .must(stands != hasRows, at + ".rows", "be there, or places to stand")
                .must(!stands || isCount(it.places()), at + ".places", "be 1 to " + MOST_SEATS)
                .must(!stands || it.category() != null, at + ".category", "be there")
                .must(isCategory(it.category()), at + ".category", "be 1 to 20 characters")
                .must(isNear(it.x()) && isNear(it.y()), at + ".x", "be -10000 to 10000, like y")
                .must(isNear(it.angle()), at + ".angle", "be in degrees")
                .orRefuse();
        Set<String> seats = new HashSet<>();
        for (int i = 0; hasRows && i < it.rows().size(); i++) {
            check(it.rows().get(i), it.category(), at + ".rows[" + i + "]", seats);
        }
    }

    private static void check(
            @Nullable Row it, @Nullable String category, String at, Set<String> seats) {
        new Fields().must(it != null, at, "be there").orRefuse();
        boolean isCounted = it.labels() == null && it.seats() != null;
        boolean isNamed = it.seats() == null && it.labels() != null;
        boolean isLine = (isCounted || isNamed) && it.count() >= 1 && it.count() <= LONGEST_ROW;
        new Fields()
                .must(isName(it.name(), 20), at + ".name", "be 1 to 20 characters")
                .must(isLine, at + ".seats", "be 1 to " + LONGEST_ROW + ", or as many labels")
                .must(
                        !isNamed || it.labels().stream().allMatch(label -> isName(label, 20)),
                        at + ".labels",
                        "each be 1 to 20 characters")
                .must(it.category() != null || category != null, at + ".category", "be there")
                .must(isCategory(it.category()), at + ".category", "be 1 to 20 characters")
                .must(isNear(it.x()) && isNear(it.y()), at + ".x", "be -10000 to 10000, like y")
                .orRefuse();
        new Fields()
                .must(
                        it.called().stream().allMatch(seat -> seats.add(it.name() + "\n" + seat)),
                        at + ".labels",
                        "not be those of another seat of this row")
                .must(
                        it.accessible() == null || isPart(it.accessible(), it.called()),
                        at + ".accessible",
                        "be labels of this row")
                .orRefuse();
    }

    private static List<Bench> benches(Section section, int first) {
        if (section.places() != null) {
            Point at = Point.of(section, 0, 0);
            return List.of(
                    new Bench(
                            first,
                            section.places(),
                            section.name(),
                            null,
                            null,
                            null,
                            section.category(),
                            true,
                            at.x(),
                            at.y(),
                            0,
                            0));
        }
        List<Bench> benches = new ArrayList<>();
        int number = first;
        for (int i = 0; i < section.rows().size(); i++) {
            benches.add(bench(section, section.rows().get(i), i, number));
            number += section.rows().get(i).count();
        }
        return benches;
    }

    private static Bench bench(Section section, Row row, int index, int first) {
        double x = Objects.requireNonNullElse(row.x(), -(row.count() - 1) / 2.0);
        double y = Objects.requireNonNullElse(row.y(), (double) index);
        Point at = Point.of(section, x, y);
        Point next = Point.of(section, x + 1, y);
        return new Bench(
                first,
                row.count(),
                section.name(),
                row.name(),
                row.labels(),
                row.accessible() == null
                        ? null
                        : row.accessible().stream()
                                .map(label -> first + row.called().indexOf(label))
                                .toList(),
                Objects.requireNonNullElse(row.category(), section.category()),
                false,
                at.x(),
                at.y(),
                next.x() - at.x(),
                next.y() - at.y());
    }

    private static boolean isName(@Nullable String text, int longest) {
        return text != null && !text.isBlank() && text.length() <= longest && Fields.isPlain(text);
    }

    private static boolean isPart(List<@Nullable String> some, List<String> all) {
        return some.size() <= all.size() && all.containsAll(some);
    }

    private static boolean isCategory(@Nullable String text) {
        return text == null || isName(text, 20);
    }

    private static boolean isCount(int count) {
        return count >= 1 && count <= MOST_SEATS;
    }

    private static boolean isNear(@Nullable Double distance) {
        return distance == null || Math.abs(distance) <= 10_000;
    }

    /** Where something of a section is in the house. */
    private record Point(double x, double y) {
        static Point of(Section section, double x, double y) {
            double angle = Math.toRadians(Objects.requireNonNullElse(section.angle(), 0.0));
            double sin = Math.sin(angle);
            double cos = Math.cos(angle);
            return new Point(
                    thousandths(or0(section.x()) + x * cos - y * sin),
                    thousandths(or0(section.y()) + x * sin + y * cos));
        }

        private static double or0(@Nullable Double value) {
            return Objects.requireNonNullElse(value, 0.0);
        }

        private static double thousandths(double value) {
            return Math.round(value * 1000) / 1000.0;
        }
    }
}
