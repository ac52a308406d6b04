package dev.stagedoor.booking.audit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.booking.audit.Auditing.Violation;
import dev.stagedoor.booking.catalogue.ScheduleId;
import dev.stagedoor.booking.sale.Sweeping;
import dev.stagedoor.booking.stage.Admin;
import dev.stagedoor.booking.stage.Answered;
import dev.stagedoor.booking.stage.Booking;
import dev.stagedoor.booking.stage.OwnDatabase;
import dev.stagedoor.booking.stage.Visitor;
import dev.stagedoor.common.UserId;
import dev.stagedoor.devservices.DevServices;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import reactor.core.publisher.Flux;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * What is left when protections are taken away one by one: here the service itself does the damage,
 * and the auditor finds it. The lock is off, the database is this test's own.
 */
@Timeout(120)
class MutationTests {

    private static final int CROWD = 60;
    private static final String TWO_LIVE_TICKETS = "ONE_LIVE_TICKET_PER_SEAT";
    private static final String BY_NUMBER = "\"seatNumbers\":[1]";
    private static final String THE_BEST = "\"quantity\":1";

    private static final Set<String> MUTATED = new HashSet<>();

    private static Booking booking;

    private final ScheduleId schedule = booking.schedule(1, 4);

    @BeforeAll
    static void start() {
        booking =
                Booking.patient(
                        DevServices.redisUrl(),
                        OwnDatabase.create("mutated"),
                        Booking.MANAGED,
                        "--stagedoor.booking.lock.enabled=false");
    }

    @AfterAll
    static void stop() {
        booking.close();
    }

    @AfterEach
    void mendEverything() {
        booking.sql("DROP TRIGGER IF EXISTS seat_forgets ON ticket");
        MUTATED.forEach(file -> booking.sql(function(file)));
        MUTATED.clear();
        booking.sql("SET session_replication_role = replica; TRUNCATE users, concert CASCADE");
        booking.sql(
                """
                CREATE UNIQUE INDEX IF NOT EXISTS one_live_ticket_per_seat
                ON ticket (schedule_id, seat_number) WHERE status IN ('RESERVED', 'PAID')
                """);
    }

    @ParameterizedTest
    @ValueSource(strings = {BY_NUMBER, THE_BEST})
    void withoutTheIndexTheConditionalClaimStillSellsASeatOnce(String wish) {
        dropTheIndex();

        List<Answered> answers = crowdOnOneSeat(wish);

        assertThat(answers).filteredOn(it -> it.status() == 201).hasSize(1);
        assertThat(answers).filteredOn(it -> it.status() == 409).hasSize(CROWD - 1);
        assertThat(audit()).isEmpty();
    }

    /** Whoever chooses from a bench is alone at it; those who are not do not sell twice either. */
    @Test
    void withoutTheTurnAtABenchTheRowLockStillSellsASeatOnce() {
        dropTheIndex();
        mutate("hold_best", "RETURN patiently OR pg_try_advisory_xact_lock(key)", "RETURN true");

        List<Answered> answers = crowdOnOneSeat(THE_BEST);

        assertThat(answers).filteredOn(it -> it.status() == 201).hasSize(1);
        assertThat(answers).filteredOn(it -> it.status() == 409).hasSize(CROWD - 1);
        assertThat(audit()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {BY_NUMBER + "| seat-taken", THE_BEST + "| seat-contended"})
    void withoutTheConditionTheIndexStillSellsASeatOnce(String wish, String refusal) {
        seatsForgetThatTheyAreTaken();

        List<Answered> answers = crowdOnOneSeat(wish);

        assertThat(answers).filteredOn(it -> it.status() == 201).hasSize(1);
        assertThat(answers)
                .filteredOn(it -> it.status() != 201)
                .hasSize(CROWD - 1)
                .allSatisfy(it -> it.is(409, refusal));
        assertThat(audit())
                .extracting(Violation::invariant)
                .contains("SEAT_AGREES_WITH_TICKET")
                .doesNotContain(TWO_LIVE_TICKETS);
    }

    @ParameterizedTest
    @ValueSource(strings = {BY_NUMBER, THE_BEST})
    void withoutBothTheServiceSellsASeatTwiceAndTheAuditorFindsIt(String wish) {
        dropTheIndex();
        seatsForgetThatTheyAreTaken();

        List<Answered> answers = crowdOnOneSeat(wish);

        assertThat(answers).filteredOn(it -> it.status() == 201).hasSizeGreaterThan(1);
        assertThat(audit())
                .filteredOn(it -> it.invariant().equals(TWO_LIVE_TICKETS))
                .singleElement()
                .satisfies(
                        it ->
                                assertThat(it.offenders())
                                        .containsExactly("schedule " + schedule + " seat 1"));
    }

    @Test
    void withoutTheLookAtTheTicketSomebodyComesInByARefundedOneAndTheAuditorFindsIt() {
        Visitor buyer = booking.visitor();
        Answered paid = paid(buyer);
        String code = code(buyer, paid);
        buyer.refund(paid.text("paymentId")).is(200);
        comes(code).is(409, "ticket-not-valid");
        mutate("check_in", "first.ticket_id IS NULL AND shown.status <> 'PAID'", "false");

        comes(code).is(200);

        assertThat(audit()).extracting(Violation::invariant).contains("WHO_IS_INSIDE_HAS_PAID");
    }

    @Test
    void withoutTheLookAtTheDoorWhoIsInsideIsPaidBackAndTheAuditorFindsIt() {
        Visitor buyer = booking.visitor();
        Answered paid = paid(buyer);
        comes(code(buyer, paid)).is(200);
        buyer.refund(paid.text("paymentId")).is(409, "ticket-used");
        assertThat(audit()).isEmpty();
        mutate("refund", "has_entered(paid.reservation_id)", "false");

        buyer.refund(paid.text("paymentId")).is(200);

        assertThat(audit()).extracting(Violation::invariant).contains("WHO_IS_INSIDE_HAS_PAID");
    }

    private Answered paid(Visitor buyer) {
        buyer.charge(50_000).is(201);
        return buyer.pay(buyer.reserve(schedule, 1).is(201).text("reservationId")).is(201);
    }

    private static String code(Visitor buyer, Answered paid) {
        return buyer.get("/api/v1/tickets/" + paid.text("tickets/0/ticketId") + "/code")
                .is(200)
                .text("code");
    }

    private static Answered comes(String code) {
        return new Admin(booking)
                .post("/admin/check-in", "{\"code\":\"%s\",\"door\":\"North\"}".formatted(code));
    }

    @Test
    void aCancelledShowIsNotSoldWithoutItsRuleNorWithoutItsBlockedSeats() {
        cancelledAndSettled();

        booking.sql("UPDATE seat SET status = 'AVAILABLE' WHERE seat_number = 1");
        booking.visitor().reserve(schedule, 1).is(409, "schedule-cancelled");
        booking.sql("UPDATE seat SET status = 'BLOCKED'");
        theRuleIsForgotten();
        booking.visitor().reserve(schedule, 1).is(409, "seat-taken");
        assertThat(audit()).isEmpty();
    }

    @Test
    void withoutBothACancelledShowIsSoldAndTheAuditorFindsIt() {
        cancelledAndSettled();
        theRuleIsForgotten();
        booking.sql("UPDATE seat SET status = 'AVAILABLE'");

        booking.visitor().reserve(schedule, 1).is(201);

        booking.sql(
                "UPDATE schedule SET cancelled_at = now(), cancelled_for = 'x', settled_at ="
                        + " now()");
        assertThat(audit()).extracting(Violation::invariant).contains("CANCELLED_MEANS_OVER");
    }

    private void cancelledAndSettled() {
        new Admin(booking)
                .post("/admin/schedules/" + schedule + "/cancel", "{\"reason\":\"rain\"}")
                .is(200);
        booking.bean(Sweeping.class).settle().block();
    }

    private static void theRuleIsForgotten() {
        booking.sql(
                "UPDATE schedule SET cancelled_at = NULL, cancelled_for = NULL, settled_at = NULL");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "users",
                "concert",
                "schedule",
                "seat",
                "reservation",
                "ticket",
                "payment",
                "account"
            })
    void nobodyDatesAChangeThemselves(String table) {
        paid(booking.visitor());
        String move = Set.of("ticket", "payment").contains(table) ? "status = 'REFUNDED', " : "";

        booking.sql("UPDATE %s SET %s updated_at = 'epoch'".formatted(table, move));

        assertThat(booking.number("SELECT count(*) FROM " + table)).isPositive();
        assertThat(
                        booking.number(
                                "SELECT count(*) FROM %s WHERE updated_at = 'epoch'"
                                        .formatted(table)))
                .isZero();
    }

    /** Takes something out of a function of the database as it stands in its file. */
    private static void mutate(String file, String what, String instead) {
        String whole = function(file);
        assertThat(whole).contains(what);
        MUTATED.add(file);
        booking.sql(whole.replace(what, instead));
    }

    private static String function(String file) {
        String path = "/db/booking/sale/R__" + file + ".sql";
        try (var text = MutationTests.class.getResourceAsStream(path)) {
            return new String(text.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void dropTheIndex() {
        booking.sql("DROP INDEX one_live_ticket_per_seat");
    }

    /** The claim finds every seat free, as if its condition were missing. */
    private static void seatsForgetThatTheyAreTaken() {
        booking.sql(
                """
                CREATE OR REPLACE FUNCTION forget_ticket() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    UPDATE seat SET status = 'AVAILABLE', ticket_id = NULL, held_until = NULL
                    WHERE schedule_id = NEW.schedule_id AND seat_number = NEW.seat_number;
                    RETURN NEW;
                END $$
                """);
        booking.sql(
                """
                CREATE TRIGGER seat_forgets AFTER INSERT ON ticket
                FOR EACH ROW EXECUTE FUNCTION forget_ticket()
                """);
    }

    private List<Answered> crowdOnOneSeat(String wish) {
        String body = "{\"scheduleId\":%s,%s}".formatted(schedule, wish);
        List<UserId> users = IntStream.range(0, CROWD).mapToObj(_ -> UserId.random()).toList();
        booking.register(users);
        return Flux.fromIterable(users)
                .flatMap(
                        it -> booking.visitor(it).send("POST", "/api/v1/reservations", body), CROWD)
                .collectList()
                .block();
    }

    private static List<Violation> audit() {
        return booking.bean(Auditing.class).audit().block();
    }
}
