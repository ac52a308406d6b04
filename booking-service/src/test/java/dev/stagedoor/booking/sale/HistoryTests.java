package dev.stagedoor.booking.sale;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.booking.catalogue.ScheduleId;
import dev.stagedoor.booking.catalogue.Staging;
import dev.stagedoor.booking.catalogue.Staging.Terms;
import dev.stagedoor.booking.stage.Answered;
import dev.stagedoor.booking.stage.Booking;
import dev.stagedoor.booking.stage.Visitor;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayInputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;

/** Long lists are read page by page: each entry once, none left out, in order. */
@Timeout(60)
class HistoryTests {

    private final Booking booking = Booking.shared();
    private final Visitor visitor = booking.visitor();

    @Test
    void ofReservationsPaymentsAndTickets() {
        ScheduleId schedule = booking.schedule(50, 50);
        List<String> reservations = new ArrayList<>();
        List<String> payments = new ArrayList<>();
        for (int seat = 1; seat <= 13; seat += 2) {
            Answered held = visitor.reserve(schedule, seat, seat + 1).is(201);
            reservations.addFirst(held.text("reservationId"));
            payments.addFirst(held.text("payment/paymentId"));
        }

        assertThat(pages("/api/v1/reservations", "reservations", "reservationId", "before", 3))
                .isEqualTo(reservations);
        assertThat(pages("/api/v1/payments", "payments", "paymentId", "before", 3))
                .isEqualTo(payments);
        assertThat(pages("/api/v1/tickets", "tickets", "ticketId", "before", 3))
                .hasSize(14)
                .doesNotHaveDuplicates();
        assertThat(visitor.get("/api/v1/reservations?limit=100").at("reservations")).hasSize(7);
    }

    /** Everything of one moment has the same time; only the id tells it apart. */
    @Test
    void ofThingsThatHappenedAtTheSameMoment() {
        ScheduleId schedule = booking.schedule(50, 50);
        for (int seat = 1; seat <= 7; seat++) {
            visitor.reserve(schedule, seat).is(201);
        }
        booking.sql(
                "UPDATE reservation SET created_at = now() WHERE user_id = ?",
                visitor.user().uuid());

        assertThat(pages("/api/v1/reservations", "reservations", "reservationId", "before", 2))
                .hasSize(7)
                .doesNotHaveDuplicates();
    }

    @Test
    void ofTheDatesOfAConcert() {
        long concert = booking.concert().concertId().value();
        List<String> dates = new ArrayList<>();
        for (int day = 1; day <= 7; day++) {
            dates.add(schedule(concert, day).toString());
        }
        String path = "/api/v1/concerts/" + concert + "/schedules";

        assertThat(pages(path, "schedules", "scheduleId", "after", 3)).isEqualTo(dates);
        assertThat(visitor.get(path + "?after=" + dates.getLast()).is(200).at("schedules"))
                .isEmpty();
    }

    @Test
    void ofConcerts() {
        List<String> newest = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            newest.addFirst(booking.concert().concertId().toString());
        }

        Answered first = visitor.get("/api/v1/concerts?limit=2").is(200);
        Answered second =
                visitor.get("/api/v1/concerts?limit=2&before=" + first.text("concerts/1/concertId"))
                        .is(200);

        assertThat(first.at("concerts")).hasSize(2);
        assertThat(List.of(first.text("concerts/0/concertId"), first.text("concerts/1/concertId")))
                .isEqualTo(newest.subList(0, 2));
        assertThat(second.text("concerts/0/concertId")).isEqualTo(newest.get(2));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/api/v1/reservations?",
                "/api/v1/payments?",
                "/api/v1/tickets?",
                "/api/v1/concerts?",
                "/api/v1/balance/history?"
            })
    void refusesPagesThatAreNone(String path) {
        for (String wrong :
                List.of("limit=0", "limit=101", "limit=-1", "limit=x", "before=x", "before=-")) {
            visitor.get(path + wrong).is(400, "validation-failed");
        }
    }

    /** Whoever names the reservation of somebody else finds nothing behind it. */
    @Test
    void goesOnOnlyFromWhatIsOnesOwn() {
        ScheduleId schedule = booking.schedule();
        visitor.reserve(schedule, 2).is(201);
        Answered others = booking.visitor().reserve(schedule, 1).is(201);

        Map.of(
                        "reservations", "reservationId",
                        "payments", "payment/paymentId",
                        "tickets", "tickets/0/ticketId")
                .forEach(
                        (list, id) ->
                                assertThat(
                                                visitor.get(
                                                                "/api/v1/%s?before=%s"
                                                                        .formatted(
                                                                                list,
                                                                                others.text(id)))
                                                        .at(list))
                                        .as(list)
                                        .isEmpty());
    }

    @Test
    void whatIsPaidStaysSoPastTheEndOfItsHold() {
        String reservation = visitor.reserve(booking.schedule(), 1).text("reservationId");
        visitor.charge(100_000).is(201);
        visitor.pay(reservation).is(201);
        booking.sql(
                "UPDATE reservation SET held_until = now() - interval '1 second' WHERE user_id = ?",
                visitor.user().uuid());

        Answered shown = visitor.get("/api/v1/reservations/" + reservation).is(200);

        assertThat(shown.text("status")).isEqualTo("PAID");
        assertThat(shown.text("tickets/0/status")).isEqualTo("PAID");
        assertThat(shown.text("payment/status")).isEqualTo("COMPLETED");
        assertThat(visitor.get("/api/v1/payments").text("payments/0/status"))
                .isEqualTo("COMPLETED");
        assertThat(visitor.get("/api/v1/tickets").text("tickets/0/status")).isEqualTo("PAID");
    }

    private ScheduleId schedule(long concert, int day) {
        Instant now = Instant.now();
        Instant starts = now.plus(Duration.ofDays(day));
        return booking.bean(Staging.class)
                .schedule(
                        new dev.stagedoor.booking.catalogue.ConcertId(concert),
                        new Terms(starts, now.minusSeconds(1), starts, 5, 5, 1_000, null, Map.of()))
                .block();
    }

    private List<String> pages(String path, String list, String id, String cursor, int limit) {
        List<String> all = new ArrayList<>();
        String from = "";
        int found;
        do {
            Answered page = visitor.get(path + "?limit=" + limit + from).is(200);
            found = page.at(list).size();
            assertThat(found).isLessThanOrEqualTo(limit);
            page.at(list).forEach(entry -> all.add(entry.get(id).asString()));
            from = "&" + cursor + "=" + (all.isEmpty() ? "" : all.getLast());
        } while (found == limit);
        return all;
    }

    /** The larger the hall, the more it saves. */
    @Test
    void seatMapsAreSentCompressedToWhoeverCanReadThat() throws Exception {
        ScheduleId large = booking.schedule(2_000, 4);
        Visitor visitor = booking.visitor();
        String seats = "/api/v1/schedules/" + large + "/seats";

        Answered plain = visitor.get(seats).is(200);
        Answered zipped = visitor.get(seats, "Accept-Encoding", "br, gzip;q=0.9").is(200);

        assertThat(plain.header("Content-Encoding")).isNull();
        assertThat(zipped.header("Content-Encoding")).isEqualTo("gzip");
        assertThat(zipped.bytes().length).isLessThan(plain.bytes().length / 10);
        try (var unzipped = new GZIPInputStream(new ByteArrayInputStream(zipped.bytes()))) {
            assertThat(unzipped.readAllBytes()).isEqualTo(plain.bytes());
        }
        assertThat(visitor.get(seats, "Accept-Encoding", "gzip;q=0").header("Content-Encoding"))
                .isNull();
    }
}
