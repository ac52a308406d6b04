package dev.stagedoor.booking.admin;

import dev.stagedoor.booking.catalogue.Plan;
import dev.stagedoor.booking.catalogue.Plan.Row;
import dev.stagedoor.booking.catalogue.Plan.Section;
import dev.stagedoor.booking.web.Fields;

import org.jspecify.annotations.Nullable;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.web.server.ServerWebInputException;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Reads what an admin says of how the seats of a house stand, and says where it is wrong. */
final class NewPlan {

    /** In bytes: some 20,000 seats of which each has a label of its own. */
    static final int LONGEST = 1 << 20;

    private static final int MOST_SEATS = 100_000;
    private static final int MOST_ROWS = 5_000;
    private static final int LONGEST_ROW = 1_000;

    private NewPlan() {}

    static byte[] bytes(DataBuffer buffer) {
        byte[] bytes = new byte[buffer.readableByteCount()];
        buffer.read(bytes);
        DataBufferUtils.release(buffer);
        return bytes;
    }

    static Plan read(byte[] body, JsonMapper json) {
        try {
            Plan plan = json.readValue(body, Plan.class);
            return checked(plan == null ? new Plan(null, null) : plan);
        } catch (JacksonException e) {
            throw new ServerWebInputException("a plan", null, e);
        }
    }

    private static Plan checked(Plan plan) {
        List<@Nullable Section> sections = plan.sections();
        new Fields()
                .must(isName(plan.name(), 100), "name", "be 1 to 100 characters")
                .must(sections != null && !sections.isEmpty(), "sections", "be there")
                .must(
                        rows(sections) <= MOST_ROWS,
                        "sections",
                        "have " + MOST_ROWS + " rows at most")
                .orRefuse();
        Set<String> names = new HashSet<>();
        for (int i = 0; i < sections.size(); i++) {
            check(sections.get(i), "sections[" + i + "]", names);
        }
        new Fields()
                .must(
                        plan.seatCount() <= MOST_SEATS,
                        "sections",
                        "have " + MOST_SEATS + " seats at most")
                .orRefuse();
        return plan;
    }

    private static long rows(@Nullable List<@Nullable Section> sections) {
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
}
