package dev.stagedoor.booking.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.booking.catalogue.ScheduleId;
import dev.stagedoor.booking.catalogue.Staging.Terms;
import dev.stagedoor.booking.stage.Answered;
import dev.stagedoor.booking.stage.Booking;
import dev.stagedoor.booking.stage.Visitor;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Whatever is sent, the answer is a clear problem document and nothing has changed. */
@Timeout(60)
class BadInputTests {

    private final Booking booking = Booking.shared();
    private final Visitor visitor = Registered.VISITOR;

    @ParameterizedTest(name = "{0} -> {1} {2} {3}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "{\"amount\":0}                | 422 | invalid-amount    | amount",
                "{\"amount\":-1}               | 422 | invalid-amount    | amount",
                "{\"amount\":10000001}         | 422 | invalid-amount    | amount",
                "{\"amount\":null}             | 400 | validation-failed | amount",
                "{}                            | 400 | validation-failed | amount",
                "{\"amount\":1.5}              | 400 | validation-failed | amount",
                "{\"amount\":\"1000\"}         | 400 | validation-failed | amount",
                "{\"amount\":\"much\"}         | 400 | validation-failed | amount",
                "{\"amount\":true}             | 400 | validation-failed | amount",
                "{\"amount\":[1000]}           | 400 | validation-failed | amount",
                "{\"amount\":9223372036854775808} | 400 | validation-failed | amount",
                "{\"amount\":1e999}            | 400 | validation-failed | amount",
                "{\"amount\":                  | 400 | validation-failed | body",
                "[]                            | 400 | validation-failed | body",
                "7                             | 400 | validation-failed | body",
                "null                          | 400 | validation-failed | body",
                "~~                            | 400 | validation-failed | body",
            })
    void chargeOfANonsenseAmount(String body, int status, String code, String field) {
        Answered answer =
                visitor.post("/api/v1/balance/charges", body == null ? "" : body).is(status, code);

        assertThat(answer.text("fields/0/field")).isEqualTo(field);
        assertThat(answer.text("fields/0/must")).startsWith("be ");
        assertThat(visitor.balance()).isZero();
    }

    @ParameterizedTest(name = "{0} -> {1} {2}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "[]                     | 400 | validation-failed",
                "null                   | 400 | validation-failed",
                "[null]                 | 400 | validation-failed",
                "7                      | 400 | validation-failed",
                "\"7\"                  | 400 | validation-failed",
                "[\"7\"]                | 400 | validation-failed",
                "[1.5]                  | 400 | validation-failed",
                "[7,7]                  | 400 | validation-failed",
                "[1,2,3,4,5,6,7,8,9,10,11] | 400 | validation-failed",
                "[99999999999]          | 400 | validation-failed",
                "[0]                    | 404 | seat-not-found",
                "[51]                   | 404 | seat-not-found",
                "[-1]                   | 404 | seat-not-found",
                "[7,51]                 | 404 | seat-not-found",
                "[1,2,3,4,5]            | 409 | seat-limit-reached",
            })
    void reservationOfNonsenseSeats(String seats, int status, String code) {
        String body =
                "{\"scheduleId\":%s,\"seatNumbers\":%s}".formatted(Registered.SCHEDULE, seats);

        visitor.post("/api/v1/reservations", body).is(status, code);

        assertThat(visitor.get("/api/v1/reservations").at("reservations")).isEmpty();
    }

    @ParameterizedTest(name = "{0} -> {1} {2}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "{\"seatNumbers\":[1]}                                    | 400 |"
                        + " validation-failed",
                "{\"seatNumbers\":[1],\"scheduleId\":0}                   | 400 |"
                        + " validation-failed",
                "{\"seatNumbers\":[1],\"scheduleId\":\"x\"}               | 400 |"
                        + " validation-failed",
                "{\"seatNumbers\":[1],\"scheduleId\":999999999}           | 404 |"
                        + " schedule-not-found",
                "{\"seatNumbers\":[1],\"scheduleId\":999999999,\"concertId\":1} | 400 |"
                        + " validation-failed",
                "{\"seatNumbers\":[1],\"scheduleId\":999999999,\"date\":\"2030-01-01\"} | 400 |"
                        + " validation-failed",
                "{\"seatNumbers\":[1],\"concertId\":1}                    | 400 |"
                        + " validation-failed",
                "{\"seatNumbers\":[1],\"concertId\":999999999,\"date\":\"2030-01-01\"} | 404 |"
                        + " concert-not-found",
                "{\"seatNumbers\":[1],\"concertId\":1,\"date\":\"2030-02-30\"} | 400 |"
                        + " validation-failed",
                "{\"seatNumbers\":[1],\"concertId\":1,\"date\":\"soon\"}  | 400 |"
                        + " validation-failed",
                "{\"seatNumbers\":[1],\"concertId\":1,\"date\":20300101}  | 400 |"
                        + " validation-failed",
                "{\"seatNumbers\":[1],\"concertId\":1,\"date\":[2030,1,1]} | 400 |"
                        + " validation-failed",
                "{\"seatNumbers\":[1],\"concertId\":1,\"date\":\"2030-01-01T22:00:00Z\"} | 400 |"
                        + " validation-failed",
            })
    void reservationOfANonsenseSchedule(String body, int status, String code) {
        visitor.post("/api/v1/reservations", body).is(status, code);
    }

    @ParameterizedTest(name = "{0} {1} -> {2} {3}")
    @CsvSource(
            delimiter = '|',
            value = {
                "GET  | /api/v1/nothing                       | 404 | not-found",
                "GET  | /nothing                              | 404 | not-found",
                "GET  | /admin/concerts                       | 404 | not-found",
                "GET  | /actuator/health                      | 404 | not-found",
                "PUT  | /api/v1/balance                       | 405 | method-not-allowed",
                "GET  | /api/v1/users                         | 405 | method-not-allowed",
                "GET  | /api/v1/concerts/999999999            | 404 | concert-not-found",
                "GET  | /api/v1/concerts/0                    | 400 | validation-failed",
                "GET  | /api/v1/concerts/x                    | 400 | validation-failed",
                "GET  | /api/v1/concerts/99999999999999999999 | 400 | validation-failed",
                "GET  | /api/v1/concerts/%D9%A1               | 400 | validation-failed",
                "GET  | /api/v1/concerts/+1                   | 400 | validation-failed",
                "GET  | /api/v1/concerts?before=%D9%A1        | 400 | validation-failed",
                "GET  | /api/v1/schedules/%EF%BC%91/seats     | 400 | validation-failed",
                "GET  | /api/v1/plans/01                      | 400 | validation-failed",
                "GET  | /api/v1/concerts/999999999/schedules  | 404 | concert-not-found",
                "GET  | /api/v1/schedules/999999999/seats     | 404 | schedule-not-found",
                "GET  | /api/v1/concerts/1/seats              | 400 | validation-failed",
                "GET  | /api/v1/concerts/1/seats?date=x       | 400 | validation-failed",
                "GET  | /api/v1/concerts/1/seats?date=1/2/30  | 400 | validation-failed",
                "GET  | /api/v1/concerts/999999999/seats?date=2030-01-01 | 404 | concert-not-found",
                "GET  | /api/v1/reservations/x                | 400 | validation-failed",
                "GET  | /api/v1/reservations/0-0-0-0-0        | 400 | validation-failed",
                "GET  | /api/v1/tickets/%20/code              | 400 | validation-failed",
                "GET  | /api/v1/tickets/0-0-0-0-0/code.svg    | 400 | validation-failed",
                "GET  | /api/v1/tickets?before=0-0-0-0-0      | 400 | validation-failed",
                "GET  | /api/v1/payments/%EF%BC%910000000-0000-0000-0000-000000000000 | 400 |"
                        + " validation-failed",
                "GET  | /api/v1/reservations/00000000-0000-0000-0000-000000000000 | 404 |"
                        + " reservation-not-found",
                "DELETE | /api/v1/reservations/00000000-0000-0000-0000-000000000000 | 404 |"
                        + " reservation-not-found",
                "POST | /api/v1/reservations/00000000-0000-0000-0000-000000000000/payment | 404 |"
                        + " reservation-not-found",
                "POST | /api/v1/payments/00000000-0000-0000-0000-000000000000/refund | 404 |"
                        + " payment-not-found",
                "GET  | /api/v1/payments/00000000-0000-0000-0000-000000000000 | 404 |"
                        + " payment-not-found",
                "GET  | /api/v1/balance/history?limit=0       | 400 | validation-failed",
                "GET  | /api/v1/balance/history?limit=101     | 400 | validation-failed",
                "GET  | /api/v1/balance/history?before=x      | 400 | validation-failed",
                "GET  | /api/v1/balance/history?before=0      | 400 | validation-failed",
            })
    void pathsThatLeadNowhere(String method, String path, int status, String code) {
        visitor.send(method, path, "").block().is(status, code);
    }

    @Test
    void bodiesOfAnotherKindOrSize() {
        String tenThousand =
                IntStream.rangeClosed(1, 10_000)
                        .mapToObj(String::valueOf)
                        .collect(Collectors.joining(","));
        String huge = "{\"name\":\"" + "x".repeat(100_000) + "\"}";

        visitor.send("POST", "/api/v1/users", "name=Kim", "Content-Type", "text/plain")
                .block()
                .is(415, "unsupported-media-type");
        visitor.send("POST", "/api/v1/users", "{}", "Content-Type", "nonsense")
                .block()
                .is(415, "unsupported-media-type");
        visitor.get("/api/v1/balance", "Accept", "text/csv").is(406, "not-acceptable");
        visitor.get("/api/v1/balance", "Accept", "a/b,".repeat(50) + "application/json")
                .is(406, "not-acceptable");
        visitor.post("/api/v1/users", huge).is(413, "body-too-large");
        visitor.post(
                        "/api/v1/reservations",
                        "{\"scheduleId\":1,\"seatNumbers\":[" + tenThousand + "]}")
                .is(400, "validation-failed");
        visitor.post(
                        "/api/v1/reservations",
                        "{\"scheduleId\":1,\"seatNumbers\":["
                                + (tenThousand + ",").repeat(3)
                                + "1]}")
                .is(413, "body-too-large");
    }

    /** In whatever order a caller lists what it can read: only a problem says that it is one. */
    @ParameterizedTest
    @ValueSource(strings = {"/api/v1/concerts", "/api/v1/users/me", "/api/v1/balance"})
    void whatIsNoProblemDoesNotLookLikeOne(String path) {
        String accepted = "application/problem+json, application/json";

        Answered answer = visitor.get(path, "Accept", accepted).is(200);

        assertThat(answer.header("Content-Type")).isEqualTo("application/json");
        visitor.get("/api/v1/none", "Accept", accepted).is(404, "not-found");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"name\":null}",
                "{\"name\":\"  \"}",
                "{\"name\":7}",
                "{\"name\":\"a\\u0000b\"}",
                "{\"name\":\"\\ud800\"}",
                "{\"name\":\"a\\udc00b\"}",
                "{\"name\":{\"first\":\"Kim\"}}"
            })
    void namesThatAreNone(String body) {
        Answered answer = visitor.post("/api/v1/users", body).is(400, "validation-failed");

        assertThat(answer.text("fields/0/field")).isEqualTo("name");
    }

    @Test
    void salesThatHaveNotBegunOrAreOver() {
        Instant now = Instant.now();
        Duration day = Duration.ofDays(1);
        Instant show = now.plus(day.multipliedBy(9));
        ScheduleId early =
                booking.schedule(
                        new Terms(show, now.plus(day), show, 50, 4, 50_000, null, Map.of()));
        ScheduleId late =
                booking.schedule(
                        new Terms(
                                show,
                                now.minus(day),
                                now.minusSeconds(5),
                                50,
                                4,
                                1,
                                null,
                                Map.of()));
        ScheduleId past =
                booking.schedule(
                        new Terms(
                                now.minusSeconds(9),
                                now.minus(day),
                                show,
                                50,
                                4,
                                50_000,
                                null,
                                Map.of()));

        visitor.reserve(early, 1).is(409, "sales-not-open");
        visitor.reserve(late, 1).is(409, "sales-closed");
        visitor.reserve(past, 1).is(409, "sales-closed");
        visitor.get("/api/v1/concerts/" + concertOf(late) + "/schedules")
                .is(404, "no-available-dates");
        assertThat(
                        visitor.get("/api/v1/concerts/" + concertOf(late) + "/schedules?all=true")
                                .is(200)
                                .at("schedules"))
                .hasSize(1);
    }

    @Test
    void methodsThatAnAddressDoesNotHave() {
        assertThat(visitor.get("/api/v1/users").is(405).header("Allow")).isEqualTo("POST");
    }

    @Test
    void seatsThatAreAllGone() {
        ScheduleId small = booking.schedule(2, 2);
        booking.visitor().reserve(small, 1, 2).is(201);

        visitor.get("/api/v1/schedules/" + small + "/seats?available=true")
                .is(404, "no-available-seats");
        assertThat(visitor.get("/api/v1/schedules/" + small + "/seats").is(200).at("seats"))
                .hasSize(2);
        visitor.get("/api/v1/concerts/" + concertOf(small) + "/schedules")
                .is(404, "no-available-dates");
    }

    private long concertOf(ScheduleId schedule) {
        return booking.number("SELECT concert_id FROM schedule WHERE id = ?", schedule.value());
    }

    private static final class Registered {
        static final Visitor VISITOR = Booking.shared().visitor();
        static final ScheduleId SCHEDULE = Booking.shared().schedule();
    }
}
