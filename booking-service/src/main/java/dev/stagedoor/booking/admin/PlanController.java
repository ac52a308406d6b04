package dev.stagedoor.booking.admin;

import dev.stagedoor.booking.catalogue.Document;
import dev.stagedoor.booking.catalogue.Plan;
import dev.stagedoor.booking.catalogue.Plan.Row;
import dev.stagedoor.booking.catalogue.Plan.Section;
import dev.stagedoor.booking.catalogue.PlanId;
import dev.stagedoor.booking.catalogue.Plans;
import dev.stagedoor.booking.web.Fields;

import org.jspecify.annotations.Nullable;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestAttribute;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ServerWebInputException;

import reactor.core.publisher.Mono;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;

/** How the seats of a house stand. */
@RestController
@RequestMapping(path = "/admin/plans", produces = MediaType.APPLICATION_JSON_VALUE)
record PlanController(Plans plans, JsonMapper json, Changes changes) {

    private static final int MOST = 1_000;

    /** In bytes: some 20,000 seats of which each has a label of its own. */
    private static final int LONGEST = 1 << 20;

    private static final int MOST_ROWS = 5_000;
    private static final int LONGEST_ROW = 1_000;

    /**
     * Longer than anything else that is asked of us, so that it is read with a bound of its own.
     */
    @PostMapping(consumes = MediaType.APPLICATION_JSON_VALUE)
    Mono<ResponseEntity<Plans.Version>> put(
            ServerHttpRequest request, @RequestAttribute(AdminFilter.BY) String by) {
        return DataBufferUtils.join(request.getBody(), LONGEST)
                .map(PlanController::bytes)
                .defaultIfEmpty(new byte[0])
                .map(this::read)
                .flatMap(plan -> put(plan, by))
                .map(made -> AdminController.created("/admin/plans/" + made.planId(), made));
    }

    private Mono<Plans.Version> put(Plan plan, String by) {
        return changes.noting(
                by,
                "plan %s put there".formatted(plan.name()),
                plans.put(plan),
                "plan %s put there"::formatted);
    }

    /** Newest first. */
    @GetMapping
    Mono<Versions> versions() {
        return plans.versions(MOST).collectList().map(Versions::new);
    }

    @GetMapping("/{planId}")
    Mono<byte[]> document(@PathVariable PlanId planId) {
        return plans.document(planId);
    }

    @GetMapping("/{planId}/drawing")
    Mono<byte[]> drawing(@PathVariable PlanId planId) {
        return plans.drawn(planId).map(Document::plain);
    }

    // ── what an admin says of how the seats stand, and where it is wrong
    // ───────────────────────────

    private static byte[] bytes(DataBuffer buffer) {
        byte[] bytes = new byte[buffer.readableByteCount()];
        buffer.read(bytes);
        DataBufferUtils.release(buffer);
        return bytes;
    }

    private Plan read(byte[] body) {
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
                .name(plan.name(), "name", 100)
                .must(sections != null && !sections.isEmpty(), "sections", "be there")
                .must(
                        sum(sections, PlanController::rows) <= MOST_ROWS,
                        "sections",
                        "have " + MOST_ROWS + " rows at most")
                .must(
                        sum(sections, PlanController::seats) <= Plan.MOST_SEATS,
                        "sections",
                        "have " + Plan.MOST_SEATS + " seats at most")
                .orRefuse();
        Set<String> names = new HashSet<>();
        for (int i = 0; i < sections.size(); i++) {
            check(sections.get(i), "sections[" + i + "]", names);
        }
        return plan;
    }

    private static long sum(
            @Nullable List<@Nullable Section> sections, ToLongFunction<@Nullable Section> of) {
        return sections == null ? 0 : sections.stream().mapToLong(of).sum();
    }

    private static long rows(@Nullable Section it) {
        return it == null || it.rows() == null ? 1 : Math.max(1, it.rows().size());
    }

    /** As many as are said to be there, before each of them is called something. */
    private static long seats(@Nullable Section it) {
        if (it == null || it.places() != null) {
            return it == null ? 0 : Math.max(0, it.places());
        }
        return Stream.ofNullable(it.rows())
                .flatMap(List::stream)
                .mapToLong(row -> row == null ? 0 : Math.max(0, row.count()))
                .sum();
    }

    private static void check(@Nullable Section it, String at, Set<String> names) {
        new Fields().must(it != null, at, "be there").orRefuse();
        boolean stands = it.places() != null;
        boolean hasRows = it.rows() != null && !it.rows().isEmpty();
        new Fields()
                .name(it.name(), at + ".name", 40)
                .must(names.add(it.name()), at + ".name", "not be that of another section")
                .must(stands != hasRows, at + ".rows", "be there, or places to stand")
                .must(
                        !stands || it.places() >= 1 && it.places() <= Plan.MOST_SEATS,
                        at + ".places",
                        "be 1 to " + Plan.MOST_SEATS)
                .must(!stands || it.category() != null, at + ".category", "be there")
                .nameOrNone(it.category(), at + ".category", Plan.LONGEST_CATEGORY)
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
                .name(it.name(), at + ".name", 20)
                .must(isLine, at + ".seats", "be 1 to " + LONGEST_ROW + ", or as many labels")
                .must(
                        !isNamed
                                || it.labels().stream().allMatch(label -> Fields.isName(label, 20)),
                        at + ".labels",
                        "each be 1 to 20 characters")
                .must(it.category() != null || category != null, at + ".category", "be there")
                .nameOrNone(it.category(), at + ".category", Plan.LONGEST_CATEGORY)
                .must(isNear(it.x()) && isNear(it.y()), at + ".x", "be -10000 to 10000, like y")
                .orRefuse();
        List<String> called = it.called();
        new Fields()
                .must(
                        called.stream().allMatch(seat -> seats.add(it.name() + "\n" + seat)),
                        at + ".labels",
                        "not be those of another seat of this row")
                .must(
                        it.accessible() == null || isPart(it.accessible(), called),
                        at + ".accessible",
                        "be labels of this row, each once")
                .orRefuse();
    }

    private static boolean isPart(List<@Nullable String> some, List<String> all) {
        Set<String> rest = new HashSet<>(all);
        return some.stream().allMatch(rest::remove);
    }

    private static boolean isNear(@Nullable Double distance) {
        return distance == null || Math.abs(distance) <= 10_000;
    }

    record Versions(List<Plans.Version> plans) {}
}
