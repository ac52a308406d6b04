package dev.stagedoor.booking.catalogue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.booking.stage.Answered;
import dev.stagedoor.booking.stage.Audits;
import dev.stagedoor.booking.stage.Visitor;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/** Whoever says how many instead of which. */
@Timeout(120)
class BestSeatsTests extends OneHouse {

    @Test
    void givesTheBestThatAreFreeSideBySide() {
        ScheduleId schedule = show(plan(SMALL), "{\"A\":900,\"B\":500,\"F\":300}");
        Visitor visitor = booking.visitor();

        // Seat 7 is 2 from the middle and 2 from the stage, 8 stays with 9 and 10.
        assertThat(seats(best(visitor, schedule, "\"quantity\":1,\"category\":\"A\"")))
                .isEqualTo("[6]");
        assertThat(seats(best(visitor, schedule, "\"quantity\":2,\"category\":\"A\"")))
                .isEqualTo("[7,8]");
        assertThat(seats(best(booking.visitor(), schedule, "\"quantity\":2,\"category\":\"B\"")))
                .isEqualTo("[13,14]");
        assertThat(seats(best(booking.visitor(), schedule, "\"quantity\":3,\"category\":\"F\"")))
                .isEqualTo("[19,20,21]");
        best(booking.visitor(), schedule, "\"quantity\":3,\"category\":\"F\"")
                .is(409, "not-enough-seats");
        best(visitor, schedule, "\"quantity\":2,\"category\":\"A\"").is(409, "seat-limit-reached");
        Audits.everythingIsWellIn(booking);
    }

    @Test
    void leavesNoSeatAloneWhereThatCanBeAvoided() {
        ScheduleId schedule = booking.schedule(10, 4);

        assertThat(seats(best(booking.visitor(), schedule, "\"quantity\":2"))).isEqualTo("[5,6]");
        assertThat(seats(best(booking.visitor(), schedule, "\"quantity\":2"))).isEqualTo("[3,4]");
        assertThat(seats(best(booking.visitor(), schedule, "\"quantity\":2"))).isEqualTo("[7,8]");
        assertThat(seats(best(booking.visitor(), schedule, "\"quantity\":1"))).isEqualTo("[2]");
    }

    /** Though they were nearer the middle. */
    @Test
    void nobodyTakesTheSecondToTheFourthOfFiveInARow() {
        ScheduleId schedule = booking.schedule(10, 10);
        booking.visitor().reserve(schedule, 1, 2, 8, 9, 10).is(201);

        assertThat(seats(best(booking.visitor(), schedule, "\"quantity\":3"))).isEqualTo("[5,6,7]");
    }

    @Test
    void refusesWhatCannotBeTogetherUnlessItMayBeApart() {
        ScheduleId schedule = booking.schedule(10, 10);
        booking.visitor().reserve(schedule, 3, 6, 7, 10).is(201);
        Visitor visitor = booking.visitor();

        best(visitor, schedule, "\"quantity\":3").is(409, "seats-not-together");
        Answered apart = best(visitor, schedule, "\"quantity\":5,\"apart\":true").is(201);
        best(visitor, schedule, "\"quantity\":2,\"apart\":true").is(409, "not-enough-seats");

        assertThat(seats(apart)).isEqualTo("[2,4,5,8,9]");
        booking.letHoldsRunOut(schedule);
        best(visitor, schedule, "\"quantity\":10").is(201);
        Audits.everythingIsWellIn(booking);
    }

    @Test
    void givesTheSameBestSeatsForTheSameKey() {
        ScheduleId schedule = booking.schedule();
        Visitor visitor = booking.visitor();
        String wish = "{\"scheduleId\":%s,\"quantity\":2}".formatted(schedule);

        Answered first = visitor.post("/api/v1/reservations", wish, "Idempotency-Key", "k");
        Answered again = visitor.post("/api/v1/reservations", wish, "Idempotency-Key", "k");

        assertThat(again.body()).isEqualTo(first.is(201).body());
        assertThat(again.header("Idempotency-Replayed")).isEqualTo("true");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    "quantity":0                          | quantity
                    "quantity":11                         | quantity
                    "quantity":2,"seatNumbers":[1]        | seatNumbers
                    "seatNumbers":[1],"category":"A"      | quantity
                    "quantity":1,"category":""            | category
                    "quantity":1.5                        | quantity
                    "quantity":1,"apart":"yes"            | apart
                    """)
    void refusesAWishThatIsNone(String wish, String field) {
        assertThat(
                        best(booking.visitor(), booking.schedule(), wish)
                                .is(400, "validation-failed")
                                .body())
                .contains("\"field\":\"" + field + "\"");
    }

    @Test
    void knowsItsCategories() {
        ScheduleId schedule = booking.schedule();

        best(booking.visitor(), schedule, "\"quantity\":1,\"category\":\"A\"")
                .is(404, "category-not-found");
        best(booking.visitor(), new ScheduleId(999_999_999), "\"quantity\":1")
                .is(404, "schedule-not-found");
    }

    private static Answered best(Visitor visitor, ScheduleId schedule, String wish) {
        return visitor.post(
                "/api/v1/reservations", "{\"scheduleId\":%s,%s}".formatted(schedule, wish));
    }

    private static String seats(Answered held) {
        return StreamSupport.stream(held.is(201).at("tickets").spliterator(), false)
                .map(ticket -> ticket.get("seatNumber").asString())
                .collect(Collectors.joining(",", "[", "]"));
    }
}
