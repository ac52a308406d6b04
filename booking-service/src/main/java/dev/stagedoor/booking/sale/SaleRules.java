package dev.stagedoor.booking.sale;

import dev.stagedoor.booking.catalogue.ScheduleId;
import dev.stagedoor.booking.store.Refusal;
import dev.stagedoor.common.Problem;
import dev.stagedoor.common.ProblemCode;
import dev.stagedoor.common.UserId;

import io.r2dbc.spi.Readable;

import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.stereotype.Component;

import reactor.core.publisher.Mono;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/** Who may take how many seats of which evening, and when. */
@Component
final class SaleRules {

    private static final Duration COME_BACK = Duration.ofSeconds(1);

    private final DatabaseClient database;

    SaleRules(DatabaseClient database) {
        this.database = database;
    }

    /**
     * Locks the row of the user, so that two requests of one user cannot both pass the limit, and
     * reads the rules of the evening.
     */
    Mono<Rules> check(UserId user, ScheduleId schedule) {
        String sql =
                """
                SELECT schedule.seats_per_user,
                       now() < schedule.sales_open_at AS early,
                       now() >= least(schedule.sales_close_at, schedule.starts_at) AS late
                FROM users LEFT JOIN schedule ON schedule.id = :schedule
                WHERE users.id = :user
                FOR NO KEY UPDATE OF users
                """;
        return database.sql(sql)
                .bind("user", user.uuid())
                .bind("schedule", schedule.value())
                .map(SaleRules::rules)
                .one()
                .switchIfEmpty(Refusal.because(ProblemCode.USER_NOT_FOUND))
                .flatMap(SaleRules::open);
    }

    private static Mono<Rules> open(Rules rules) {
        if (rules.seatsPerUser() == 0) {
            return Refusal.because(ProblemCode.SCHEDULE_NOT_FOUND);
        }
        if (rules.early()) {
            return Refusal.because(ProblemCode.SALES_NOT_OPEN);
        }
        return rules.late() ? Refusal.because(ProblemCode.SALES_CLOSED) : Mono.just(rules);
    }

    /**
     * Not all seats could be claimed: says which of them, or that it would be too many. It looks a
     * moment later; what has become free since then was in somebody's hands.
     */
    <T> Mono<T> explain(
            UserId user,
            ScheduleId schedule,
            SortedSet<Integer> numbers,
            List<ClaimedSeat> claimed,
            Rules rules) {
        String sql =
                """
                SELECT seat_number,
                       status = 'AVAILABLE' OR status = 'HELD' AND held_until <= now() AS free,
                       (SELECT count(*) FROM ticket JOIN seat ON seat.ticket_id = ticket.id
                        WHERE ticket.user_id = :user AND ticket.schedule_id = :schedule
                          AND ticket.status IN ('RESERVED', 'PAID')
                          AND (seat.status = 'SOLD' OR seat.held_until > now())) AS live
                FROM seat WHERE schedule_id = :schedule AND seat_number = ANY(:numbers)
                """;
        return database.sql(sql)
                .bind("user", user.uuid())
                .bind("schedule", schedule.value())
                .bind("numbers", numbers.toArray(Integer[]::new))
                .map(
                        row ->
                                new Found(
                                        row.get("seat_number", Integer.class),
                                        row.get("free", Boolean.class),
                                        row.get("live", Long.class)))
                .all()
                .filter(found -> !isAmong(claimed, found))
                .collectList()
                .flatMap(
                        found ->
                                Refusal.because(
                                        why(without(claimed, numbers), numbers, found, rules)));
    }

    private static Problem why(
            Set<Integer> numbers, SortedSet<Integer> asked, List<Found> found, Rules rules) {
        Set<Integer> missing = new TreeSet<>(numbers);
        Set<Integer> taken = new TreeSet<>();
        for (Found seat : found) {
            missing.remove(seat.number());
            if (!seat.free()) {
                taken.add(seat.number());
            }
        }
        if (!missing.isEmpty()) {
            return Problem.of(ProblemCode.SEAT_NOT_FOUND).with("seatNumbers", missing);
        }
        if (!taken.isEmpty()) {
            return Problem.of(ProblemCode.SEAT_TAKEN).with("seatNumbers", taken);
        }
        return found.getFirst().live() + asked.size() > rules.seatsPerUser()
                ? Problem.of(ProblemCode.SEAT_LIMIT_REACHED).with("limit", rules.seatsPerUser())
                : Problem.of(ProblemCode.SEAT_CONTENDED).retryAfter(COME_BACK);
    }

    private static boolean isAmong(List<ClaimedSeat> claimed, Found found) {
        return claimed.stream().anyMatch(seat -> seat.number() == found.number());
    }

    private static Set<Integer> without(List<ClaimedSeat> claimed, SortedSet<Integer> numbers) {
        Set<Integer> others = new TreeSet<>(numbers);
        claimed.forEach(seat -> others.remove(seat.number()));
        return others;
    }

    private static Rules rules(Readable row) {
        Integer seatsPerUser = row.get("seats_per_user", Integer.class);
        return seatsPerUser == null
                ? new Rules(0, false, false)
                : new Rules(
                        seatsPerUser,
                        row.get("early", Boolean.class),
                        row.get("late", Boolean.class));
    }

    /** Of one evening; {@code seatsPerUser} is 0 if there is no such evening. */
    record Rules(int seatsPerUser, boolean early, boolean late) {}

    private record Found(int number, boolean free, long live) {}
}
