package dev.stagedoor.booking;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.booking.audit.Auditing;
import dev.stagedoor.booking.audit.Auditing.Violation;
import dev.stagedoor.booking.catalogue.ScheduleId;
import dev.stagedoor.booking.sale.Sweeping;
import dev.stagedoor.common.UserId;
import dev.stagedoor.devservices.DevServices;
import dev.stagedoor.devservices.EmbeddedPostgres;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import reactor.core.publisher.Flux;

import java.util.List;
import java.util.stream.IntStream;

/**
 * What is left when protections are taken away one by one: here the service itself does the damage,
 * and the auditor finds it. The lock is off, the database is this test's own.
 */
@Timeout(120)
class MutationTests {

    private static final int CROWD = 60;
    private static final String TWO_LIVE_TICKETS = "ONE_LIVE_TICKET_PER_SEAT";

    private static final EmbeddedPostgres POSTGRES = EmbeddedPostgres.start();
    private static final Booking BOOKING =
            Booking.start(
                    DevServices.redisUrl(),
                    POSTGRES.database(),
                    "--stagedoor.booking.lock.enabled=false",
                    "--spring.r2dbc.pool.max-acquire-time=10s");

    private final ScheduleId schedule = BOOKING.schedule();

    @AfterAll
    static void stop() {
        BOOKING.close();
        POSTGRES.close();
    }

    @AfterEach
    void mendEverything() {
        BOOKING.sql("DROP TRIGGER IF EXISTS seat_forgets ON ticket");
        BOOKING.sql("SET session_replication_role = replica; TRUNCATE users, concert CASCADE");
        BOOKING.sql(
                """
                CREATE UNIQUE INDEX IF NOT EXISTS one_live_ticket_per_seat
                ON ticket (schedule_id, seat_number) WHERE status IN ('RESERVED', 'PAID')
                """);
    }

    @Test
    void withoutTheIndexTheConditionalClaimStillSellsASeatOnce() {
        dropTheIndex();

        List<Answered> answers = crowdOnOneSeat();

        assertThat(answers).filteredOn(it -> it.status() == 201).hasSize(1);
        assertThat(answers).filteredOn(it -> it.status() == 409).hasSize(CROWD - 1);
        assertThat(audit()).isEmpty();
    }

    @Test
    void withoutTheConditionTheIndexStillSellsASeatOnce() {
        seatsForgetThatTheyAreTaken();

        List<Answered> answers = crowdOnOneSeat();

        assertThat(answers).filteredOn(it -> it.status() == 201).hasSize(1);
        assertThat(answers)
                .filteredOn(it -> it.status() != 201)
                .hasSize(CROWD - 1)
                .allSatisfy(it -> it.is(409, "seat-taken"));
        assertThat(audit())
                .extracting(Violation::invariant)
                .contains("SEAT_AGREES_WITH_TICKET")
                .doesNotContain(TWO_LIVE_TICKETS);
    }

    @Test
    void withoutBothTheServiceSellsASeatTwiceAndTheAuditorFindsIt() {
        dropTheIndex();
        seatsForgetThatTheyAreTaken();

        List<Answered> answers = crowdOnOneSeat();

        assertThat(answers).filteredOn(it -> it.status() == 201).hasSizeGreaterThan(1);
        assertThat(audit())
                .filteredOn(it -> it.invariant().equals(TWO_LIVE_TICKETS))
                .singleElement()
                .satisfies(
                        it ->
                                assertThat(it.offenders())
                                        .containsExactly("schedule " + schedule + " seat 7"));
    }

    @Test
    void aCancelledShowIsNotSoldWithoutItsRuleNorWithoutItsBlockedSeats() {
        cancelledAndSettled();

        BOOKING.sql("UPDATE seat SET status = 'AVAILABLE' WHERE seat_number = 7");
        BOOKING.visitor().reserve(schedule, 7).is(409, "schedule-cancelled");
        BOOKING.sql("UPDATE seat SET status = 'BLOCKED'");
        theRuleIsForgotten();
        BOOKING.visitor().reserve(schedule, 7).is(409, "seat-taken");
        assertThat(audit()).isEmpty();
    }

    @Test
    void withoutBothACancelledShowIsSoldAndTheAuditorFindsIt() {
        cancelledAndSettled();
        theRuleIsForgotten();
        BOOKING.sql("UPDATE seat SET status = 'AVAILABLE'");

        BOOKING.visitor().reserve(schedule, 7).is(201);

        BOOKING.sql(
                "UPDATE schedule SET cancelled_at = now(), cancelled_for = 'x', settled_at ="
                        + " now()");
        assertThat(audit()).extracting(Violation::invariant).contains("CANCELLED_MEANS_OVER");
    }

    private void cancelledAndSettled() {
        new Admin(BOOKING)
                .post("/admin/schedules/" + schedule + "/cancel", "{\"reason\":\"rain\"}")
                .is(200);
        BOOKING.bean(Sweeping.class).settle().block();
    }

    private static void theRuleIsForgotten() {
        BOOKING.sql(
                "UPDATE schedule SET cancelled_at = NULL, cancelled_for = NULL, settled_at = NULL");
    }

    private static void dropTheIndex() {
        BOOKING.sql("DROP INDEX one_live_ticket_per_seat");
    }

    /** The claim finds every seat free, as if its condition were missing. */
    private static void seatsForgetThatTheyAreTaken() {
        BOOKING.sql(
                """
                CREATE OR REPLACE FUNCTION forget_ticket() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    UPDATE seat SET status = 'AVAILABLE', ticket_id = NULL, held_until = NULL
                    WHERE schedule_id = NEW.schedule_id AND seat_number = NEW.seat_number;
                    RETURN NEW;
                END $$
                """);
        BOOKING.sql(
                """
                CREATE TRIGGER seat_forgets AFTER INSERT ON ticket
                FOR EACH ROW EXECUTE FUNCTION forget_ticket()
                """);
    }

    private List<Answered> crowdOnOneSeat() {
        List<UserId> users = IntStream.range(0, CROWD).mapToObj(_ -> UserId.random()).toList();
        BOOKING.register(users);
        return Flux.fromIterable(users)
                .flatMap(it -> BOOKING.visitor(it).reserving(schedule, null, 7), CROWD)
                .collectList()
                .block();
    }

    private static List<Violation> audit() {
        return BOOKING.bean(Auditing.class).audit().block();
    }
}
