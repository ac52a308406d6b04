package dev.stagedoor.booking.admin;

import dev.stagedoor.booking.audit.Auditing;
import dev.stagedoor.booking.audit.Auditing.Violation;
import dev.stagedoor.booking.catalogue.Catalogue;
import dev.stagedoor.booking.catalogue.Concert;
import dev.stagedoor.booking.catalogue.ConcertId;
import dev.stagedoor.booking.catalogue.Plan;
import dev.stagedoor.booking.catalogue.ScheduleId;
import dev.stagedoor.booking.catalogue.Staging;
import dev.stagedoor.booking.catalogue.Staging.Terms;
import dev.stagedoor.booking.sale.Sale;
import dev.stagedoor.booking.web.Fields;

import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PatchMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestAttribute;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

import reactor.core.publisher.Mono;

import java.net.URI;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Objects;

@RestController
@RequestMapping(path = "/admin", produces = MediaType.APPLICATION_JSON_VALUE)
record AdminController(
        Staging staging, Auditing auditing, Catalogue catalogue, Sale sale, Changes changes) {

    private static final String PUT_ON = "schedule %s of concert %s put on: %s";

    @PostMapping("/concerts")
    Mono<ResponseEntity<Concert>> concert(
            @RequestBody NewConcert concert, @RequestAttribute(AdminFilter.BY) String by) {
        NewConcert it = concert.checked();
        return changes.noting(
                        by,
                        "concert %s put on".formatted(it.title()),
                        staging.concert(it.title(), it.artist(), it.venue(), it.timeZone()),
                        made -> "concert %s put on".formatted(made.concertId()))
                .map(made -> created("/api/v1/concerts/" + made.concertId(), made));
    }

    @PostMapping("/concerts/{concertId}/schedules")
    Mono<ResponseEntity<Staged>> schedule(
            @PathVariable ConcertId concertId,
            @RequestBody NewSchedule schedule,
            @RequestAttribute(AdminFilter.BY) String by) {
        Staging.Terms terms = schedule.checked();
        return changes.noting(
                        by,
                        PUT_ON.formatted("?", concertId, terms),
                        staging.schedule(concertId, terms),
                        id -> PUT_ON.formatted(id, concertId, terms))
                .map(id -> new Staged(id, concertId))
                .map(it -> created("/api/v1/schedules/" + it.scheduleId() + "/seats", it));
    }

    @PatchMapping("/schedules/{scheduleId}/seats")
    Mono<Changed> seats(
            @PathVariable ScheduleId scheduleId,
            @RequestBody SeatChange change,
            @RequestAttribute(AdminFilter.BY) String by) {
        SeatChange it = change.checked();
        String what = "seats %s of schedule %s " + (it.blocked() ? "blocked" : "unblocked");
        Mono<List<Integer>> blocking =
                changes.noting(
                        by,
                        what.formatted(it.seatNumbers(), scheduleId),
                        sale.block(scheduleId, it.seatNumbers(), it.blocked()),
                        changed -> changed.isEmpty() ? null : what.formatted(changed, scheduleId));
        return catalogue
                .now(scheduleId)
                .then(blocking)
                .map(changed -> Changed.of(it.seatNumbers(), changed));
    }

    static <T> ResponseEntity<T> created(String where, T document) {
        return ResponseEntity.created(URI.create(where)).body(document);
    }

    /** For a person or a monitor to ask of a live database whether all is well. */
    @GetMapping("/audit")
    Mono<Audit> audit() {
        return auditing.audit().map(found -> new Audit(found.isEmpty(), found));
    }

    /**
     * What an admin says of a concert. The zone is that of the venue; Seoul unless told otherwise.
     */
    record NewConcert(
            @Nullable String title,
            @Nullable String artist,
            @Nullable String venue,
            @Nullable String timeZone) {

        NewConcert checked() {
            String zone = timeZone == null ? "Asia/Seoul" : timeZone;
            new Fields()
                    .name(title, "title", 200)
                    .name(artist, "artist", 200)
                    .name(venue, "venue", 200)
                    .must(isZone(zone), "timeZone", "be a time zone such as Asia/Seoul")
                    .orRefuse();
            return new NewConcert(title, artist, venue, zone);
        }

        private static boolean isZone(String text) {
            try {
                return text.contains("/") && ZoneId.getAvailableZoneIds().contains(text)
                        || ZoneId.of(text).equals(ZoneId.of("UTC"));
            } catch (DateTimeException _) {
                return false;
            }
        }
    }

    /**
     * What an admin says of a schedule: on sale from now until it begins, unless told otherwise.
     */
    record NewSchedule(
            @Nullable Instant startsAt,
            @Nullable Instant salesOpenAt,
            @Nullable Instant salesCloseAt,
            @Nullable Integer seatCount,
            @Nullable Integer seatsPerUser,
            @Nullable Long price,
            @Nullable Long planId,
            @Nullable Map<String, @Nullable Long> prices) {

        private static final int SEATS = 50;
        private static final int SEATS_PER_USER = 4;
        private static final long DEAREST = 1_000_000_000L;
        private static final String PRICE =
                "be 1 to " + DEAREST + "; with a planId there are prices";

        static final String TIME = "be a time of the years 2000 to 9999";
        private static final Instant FIRST = Instant.parse("2000-01-01T00:00:00Z");
        private static final Instant LAST = Instant.parse("9999-12-31T00:00:00Z");

        static boolean isTime(@Nullable Instant said) {
            return said == null || said.isAfter(FIRST) && said.isBefore(LAST);
        }

        /** As the database does. */
        private static @Nullable Instant kept(@Nullable Instant said) {
            return said == null ? null : said.truncatedTo(ChronoUnit.MICROS);
        }

        Terms checked() {
            Instant opens = kept(Objects.requireNonNullElseGet(salesOpenAt, Instant::now));
            Instant closes = kept(salesCloseAt == null ? startsAt : salesCloseAt);
            int seats = Objects.requireNonNullElse(seatCount, SEATS);
            int most = Objects.requireNonNullElse(seatsPerUser, SEATS_PER_USER);
            new Fields()
                    .must(startsAt != null, "startsAt", "be there")
                    .must(isTime(startsAt), "startsAt", TIME)
                    .must(isTime(salesOpenAt), "salesOpenAt", TIME)
                    .must(isTime(salesCloseAt), "salesCloseAt", TIME)
                    .must(
                            closes == null || opens.isBefore(closes),
                            "salesOpenAt",
                            "be before the end of sales")
                    .must(
                            seats >= 1 && seats <= Plan.MOST_SEATS,
                            "seatCount",
                            "be 1 to " + Plan.MOST_SEATS)
                    .must(most >= 1 && most <= 1000, "seatsPerUser", "be 1 to 1000")
                    .must(planId == null ? isPrice(price) : price == null, "price", PRICE)
                    .must(planId == null || planId > 0, "planId", "be positive")
                    .must(planId == null || seatCount == null, "seatCount", "be that of the plan")
                    .must(
                            planId == null ? prices == null : arePrices(),
                            "prices",
                            "be there with a planId, each 1 to " + DEAREST)
                    .orRefuse();
            return new Terms(
                    kept(startsAt),
                    opens,
                    closes,
                    seats,
                    most,
                    Objects.requireNonNullElse(price, 0L),
                    planId,
                    prices == null ? Map.of() : Map.copyOf(prices));
        }

        private boolean arePrices() {
            return prices != null
                    && prices.values().stream().allMatch(NewSchedule::isPrice)
                    && prices.keySet().stream()
                            .allMatch(it -> Fields.isName(it, Plan.LONGEST_CATEGORY));
        }

        private static boolean isPrice(@Nullable Long price) {
            return price != null && price >= 1 && price <= DEAREST;
        }
    }

    record Staged(ScheduleId scheduleId, ConcertId concertId) {}

    /** Seat by seat: those that are held, sold or missing stay as they are. */
    record Changed(List<Integer> changed, List<Integer> unchanged) {
        static Changed of(List<Integer> asked, List<Integer> changed) {
            return new Changed(
                    changed, asked.stream().filter(seat -> !changed.contains(seat)).toList());
        }
    }

    record Audit(boolean well, List<Violation> violations) {}

    /** Seats to take off sale, or to put back. */
    record SeatChange(@Nullable List<@Nullable Integer> seatNumbers, @Nullable Boolean blocked) {

        private static final int MOST = 1000;

        SeatChange checked() {
            new Fields()
                    .must(blocked != null, "blocked", "be true or false")
                    .must(
                            seatNumbers != null
                                    && !seatNumbers.isEmpty()
                                    && seatNumbers.size() <= MOST
                                    && !seatNumbers.contains(null),
                            "seatNumbers",
                            "be 1 to " + MOST + " whole numbers")
                    .orRefuse();
            return this;
        }
    }
}
