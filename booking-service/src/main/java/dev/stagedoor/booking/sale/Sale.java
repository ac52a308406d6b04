package dev.stagedoor.booking.sale;

import dev.stagedoor.booking.catalogue.Catalogue;
import dev.stagedoor.booking.catalogue.ScheduleId;
import dev.stagedoor.booking.idempotency.Answer;
import dev.stagedoor.booking.idempotency.Request;
import dev.stagedoor.booking.seat.SeatLock;
import dev.stagedoor.booking.store.Calls;
import dev.stagedoor.booking.store.Refusal;
import dev.stagedoor.booking.store.Trouble;
import dev.stagedoor.common.Problem;
import dev.stagedoor.common.ProblemCode;
import dev.stagedoor.common.UserId;

import io.r2dbc.postgresql.codec.PostgresqlObjectId;
import io.r2dbc.spi.Parameters;
import io.r2dbc.spi.R2dbcType;
import io.r2dbc.spi.Readable;

import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

import reactor.core.publisher.Mono;

import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.UUID;

/**
 * What a visitor can do that moves seats or money. Each act is one function of the database, {@code
 * db/booking/sale/R__*.sql}: one trip, one transaction, with the answer kept under the key of the
 * request if it has one.
 */
@Component
public record Sale(
        Calls calls, SeatLock lock, SaleSettings settings, Catalogue catalogue, JsonMapper json) {

    private static final Map<ProblemCode, Duration> PASSING =
            Map.of(
                    ProblemCode.SEAT_CONTENDED,
                    Problem.SOON,
                    ProblemCode.IDEMPOTENCY_IN_PROGRESS,
                    Problem.SOON,
                    ProblemCode.TOO_MANY_REQUESTS,
                    Duration.ofMinutes(1));
    private static final Told CONTENDED = new Told("seat-contended", null, null, null);
    private static final TypeReference<Map<String, Object>> FACTS = new TypeReference<>() {};

    private static final ScheduleId NOWHERE = new ScheduleId(Long.MAX_VALUE);

    private static final String HOLD = ifKnown("hold($1, $2, $3, $5, $6, $7)");
    private static final String HOLD_BEST = ifKnown("hold_best($1, $2, $3, $5, $6, $7, $8, $9)");
    private static final String GIVE_BACK = ifKnown("give_back($1, $2, $3, $5)");
    private static final String PAY = ifKnown("pay($1, $2, $3, $5)");
    private static final String REFUND = ifKnown("refund($1, $2, $3, $5)");
    private static final String CHARGE = ifKnown("charge($1, $2, $3, $5)");

    /** Holds all of the seats, or none; the lock is let go after the commit. */
    public Mono<Answer> hold(Request by, ScheduleId schedule, SortedSet<Integer> numbers) {
        Mono<Answer> held =
                act(
                        by,
                        HOLD,
                        schedule.value(),
                        numbers.toArray(Integer[]::new),
                        settings.hold().toMillis());
        return lock.holding(schedule, numbers, by.user(), by.twins(), held)
                .onErrorMap(Sale::isDoubleBooking, _ -> taken(numbers));
    }

    /**
     * What was held under the key of a request before, if anything was: else nothing is there to be
     * held, and no seat to be locked.
     */
    public Mono<Answer> heldBefore(Request by) {
        return act(by, HOLD, NOWHERE.value(), new Integer[0], settings.hold().toMillis());
    }

    /** Whether a hold of these would be refused at this moment, with {@link #contended}. */
    public boolean areInHand(ScheduleId schedule, SortedSet<Integer> numbers, UserId user) {
        return lock.areInHand(schedule, numbers, user);
    }

    /** What somebody is told, and counted for, who wants what is in hand. */
    public Problem contended() {
        return lock.contended();
    }

    /**
     * Holds the best seats that are free. There is no seat to be locked before the database has
     * chosen it, and where many choose at once, it is the one to keep them apart.
     */
    public Mono<Answer> holdBest(Request by, ScheduleId schedule, Best wish) {
        return act(
                        by,
                        HOLD_BEST,
                        schedule.value(),
                        wish.quantity(),
                        Parameters.in(R2dbcType.VARCHAR, wish.category()),
                        wish.apart(),
                        settings.hold().toMillis())
                .onErrorMap(Sale::isDoubleBooking, _ -> new Refusal(problem(CONTENDED)));
    }

    /** Ends a hold before its time; twice is once. */
    public Mono<Answer> giveBack(Request by, ReservationId reservation) {
        return act(by, GIVE_BACK, reservation.value());
    }

    /** Pays a reservation out of the balance. */
    public Mono<Answer> pay(Request by, ReservationId reservation) {
        return act(by, PAY, reservation.value());
    }

    /** Gives back the money and the seats of a payment. */
    public Mono<Answer> refund(Request by, PaymentId payment) {
        return act(by, REFUND, payment.value());
    }

    /** Gives back the money and the seats of a payment at the seller's word. */
    public Mono<Answer> refundFor(String reason, PaymentId payment) {
        return told("SELECT * FROM refund_for($1, $2)", payment.value(), reason);
    }

    /** Another time, another window of sales, another limit; null leaves what is. */
    public Mono<Answer> change(ScheduleId schedule, ScheduleChange to) {
        return told(
                "SELECT * FROM change($1, $2, $3, $4, $5, $6)",
                schedule.value(),
                Parameters.in(R2dbcType.TIMESTAMP_WITH_TIME_ZONE, to.startsAt()),
                Parameters.in(R2dbcType.TIMESTAMP_WITH_TIME_ZONE, to.salesOpenAt()),
                Parameters.in(R2dbcType.TIMESTAMP_WITH_TIME_ZONE, to.salesCloseAt()),
                Parameters.in(R2dbcType.INTEGER, to.seatsPerUser()),
                Boolean.TRUE.equals(to.closed()));
    }

    /** Ends the sale of a show for good; {@link Sweeping#settle} gives back what was paid. */
    public Mono<Answer> cancel(ScheduleId schedule, String reason) {
        return told("SELECT * FROM cancel($1, $2)", schedule.value(), reason);
    }

    /** Pays in. */
    public Mono<Answer> charge(Request by, long amount) {
        return act(by, CHARGE, amount);
    }

    /**
     * Somebody comes in; what is said of it.
     *
     * @param show whose ticket is wanted; null if any
     * @param scan by which the scanner knows it again; null if it does not
     * @param at when it was scanned; null for now
     */
    public Mono<byte[]> checkIn(
            UUID ticket,
            @Nullable Long show,
            String door,
            String by,
            @Nullable String scan,
            @Nullable Instant at) {
        return told(
                        "SELECT * FROM check_in($1, $2, $3, $4, $5, $6)",
                        ticket,
                        Parameters.in(R2dbcType.BIGINT, show),
                        door,
                        by,
                        Parameters.in(R2dbcType.VARCHAR, scan),
                        Parameters.in(R2dbcType.TIMESTAMP_WITH_TIME_ZONE, at))
                .map(Answer::body);
    }

    /** Takes seats off sale or puts them back: those that were AVAILABLE, or BLOCKED. */
    public Mono<List<Integer>> block(ScheduleId schedule, List<Integer> numbers, boolean blocked) {
        return calls.call(
                        "SELECT block($1, $2, $3)",
                        row -> List.of(row.get(0, Integer[].class)),
                        schedule.value(),
                        numbers.toArray(Integer[]::new),
                        blocked)
                .doOnSuccess(_ -> catalogue.seatsChanged(schedule));
    }

    /**
     * Done only for whoever is known, and asked in the same trip. A case is looked at in its order,
     * and a subquery that must not be flattened is worked out once.
     */
    private static String ifKnown(String call) {
        return """
        SELECT (act).*, clock_timestamp() AS told_at FROM (
            SELECT CASE WHEN is_known($1, $4) THEN %s ELSE refused('sign-in-required') END AS act
            OFFSET 0) AS once
        """
                .formatted(call);
    }

    private Mono<Answer> act(Request by, String sql, Object... wish) {
        Object[] all = new Object[4 + wish.length];
        all[0] = by.user().uuid();
        all[1] = Parameters.in(R2dbcType.VARCHAR, by.key());
        all[2] = ByteBuffer.wrap(by.fingerprint());
        all[3] = Parameters.in(PostgresqlObjectId.UUID, by.signIn());
        System.arraycopy(wish, 0, all, 4, wish.length);
        return told(sql, all);
    }

    private Mono<Answer> told(String sql, Object... parameters) {
        return calls.call(sql, Sale::told, parameters).map(this::answer);
    }

    /** The transaction has ended. */
    private Answer answer(Told told) {
        if (told.answer() == null) {
            throw new Refusal(problem(told));
        }
        if (told.changed() != null) {
            catalogue.seatsChanged(new ScheduleId(told.changed()));
        }
        return told.answer();
    }

    private Problem problem(Told told) {
        ProblemCode code = ProblemCode.of(told.outcome());
        Problem problem = Problem.of(code);
        if (told.detail() != null) {
            for (var fact : json.readValue(told.detail(), FACTS).entrySet()) {
                problem = problem.with(fact.getKey(), fact.getValue());
            }
        }
        Duration passing = PASSING.get(code);
        return passing == null ? problem : problem.retryAfter(passing);
    }

    private static Told told(Readable row) {
        Integer status = row.get("status", Integer.class);
        String outcome = row.get("outcome", String.class);
        return new Told(
                outcome,
                row.get("detail", String.class),
                row.get("changed_schedule", Long.class),
                status == null
                        ? null
                        : new Answer(
                                status,
                                row.get("location", String.class),
                                row.get("completes_session", Boolean.class),
                                keepsSession(row),
                                row.get("body", String.class).getBytes(StandardCharsets.UTF_8),
                                outcome.equals("replayed")));
    }

    /** By the clock that says when a hold is over. */
    private static @Nullable Duration keepsSession(Readable row) {
        Instant until = row.get("keeps_session", Instant.class);
        return until == null ? null : Duration.between(row.get("told_at", Instant.class), until);
    }

    private static boolean isDoubleBooking(Throwable error) {
        return Trouble.violates(error, "one_live_ticket_per_seat");
    }

    private static Refusal taken(SortedSet<Integer> numbers) {
        return new Refusal(Problem.of(ProblemCode.SEAT_TAKEN).with("seatNumbers", numbers));
    }

    /**
     * So many seats side by side.
     *
     * @param category any if there is none
     * @param apart also in several places, if there is no other way
     */
    public record Best(int quantity, @Nullable String category, boolean apart) {}

    /**
     * What becomes of a show that is on already; null stays as it is.
     *
     * @param closed from now on nothing is held; what is held already may be paid
     */
    public record ScheduleChange(
            @Nullable Instant startsAt,
            @Nullable Instant salesOpenAt,
            @Nullable Instant salesCloseAt,
            @Nullable Integer seatsPerUser,
            @Nullable Boolean closed) {}

    /** The type {@code answer} of the database; no answer if the act was refused. */
    private record Told(
            String outcome,
            @Nullable String detail,
            @Nullable Long changed,
            @Nullable Answer answer) {}
}
