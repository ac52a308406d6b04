package dev.stagedoor.booking.catalogue;

import com.fasterxml.jackson.annotation.JsonInclude;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * What is said of how the seats of a house stand. Distances are in seats: the stage is at (0, 0),
 * and y grows away from it.
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Plan(@Nullable String name, @Nullable List<@Nullable Section> sections) {

    public static final int MOST_SEATS = 100_000;
    public static final int LONGEST_CATEGORY = 20;

    /**
     * @param x of its middle, like {@code y} of its front
     * @param angle in degrees, by which it is turned around that point
     * @param places to stand; it has no rows then
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Section(
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
    public record Row(
            @Nullable String name,
            @Nullable Integer seats,
            @Nullable List<@Nullable String> labels,
            @Nullable List<@Nullable String> accessible,
            @Nullable String category,
            @Nullable Double x,
            @Nullable Double y) {

        public int count() {
            return labels == null ? Objects.requireNonNullElse(seats, 0) : labels.size();
        }

        public List<String> called() {
            return labels != null
                    ? labels
                    : IntStream.rangeClosed(1, count()).mapToObj(Integer::toString).toList();
        }
    }

    /** What follows from it, once it has been checked. */
    List<Bench> benches() {
        List<Bench> benches = new ArrayList<>();
        int first = 1;
        for (Section section : sections) {
            for (Bench bench : benches(section, first)) {
                benches.add(bench);
                first += bench.seats();
            }
        }
        return benches;
    }

    public int seatCount() {
        return sections.stream()
                .mapToInt(
                        it ->
                                it.places() != null
                                        ? it.places()
                                        : it.rows().stream().mapToInt(Row::count).sum())
                .sum();
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
                row.accessible() == null ? null : accessible(row, first),
                Objects.requireNonNullElse(row.category(), section.category()),
                false,
                at.x(),
                at.y(),
                next.x() - at.x(),
                next.y() - at.y());
    }

    private static List<Integer> accessible(Row row, int first) {
        Set<String> accessible = new HashSet<>(row.accessible());
        List<String> called = row.called();
        return IntStream.range(0, called.size())
                .filter(i -> accessible.contains(called.get(i)))
                .mapToObj(i -> first + i)
                .toList();
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
