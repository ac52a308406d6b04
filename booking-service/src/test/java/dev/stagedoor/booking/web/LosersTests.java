package dev.stagedoor.booking.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.booking.catalogue.ScheduleId;
import dev.stagedoor.booking.idempotency.Answer;
import dev.stagedoor.booking.idempotency.Desk;
import dev.stagedoor.booking.idempotency.Request;
import dev.stagedoor.booking.idempotency.WriteSettings;
import dev.stagedoor.booking.seat.SeatLock;
import dev.stagedoor.booking.stage.Booking;
import dev.stagedoor.booking.stage.Visitor;
import dev.stagedoor.common.UserId;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Who wants a seat that is in somebody's hand, or another one before the first is theirs, hears so
 * before the framework makes anything of it.
 */
@Timeout(60)
class LosersTests {

    private static final String TRACE =
            "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    private static final String JSON = "Content-Type: application/json";
    private static final String[] ONLY_JSON = {JSON};

    private final Booking booking = Booking.shared();
    private final ScheduleId schedule = booking.schedule();
    private final Visitor visitor = booking.visitor();
    private Disposable claiming;

    /** Seat 7 is being claimed for as long as a test lasts. */
    @BeforeEach
    void claim() {
        claiming = claim(7, UserId.random());
    }

    private Disposable claim(int seat, UserId user) {
        return booking.bean(SeatLock.class)
                .holding(schedule, new TreeSet<>(List.of(seat)), user, null, Mono.never())
                .subscribe();
    }

    @AfterEach
    void letGo() {
        claiming.dispose();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "X-Nothing: said",
                "Accept-Language: ko-KR, ko;q=0.9, en;q=0.8",
                "Accept-Language: nonsense;;",
                "Idempotency-Key: one",
                "Idempotency-Key: \"one\"",
                "Accept: text/csv",
                "Accept: nonsense",
                "Accept-Encoding: gzip",
                "Origin: https://tickets.example",
                "Connection: close",
                "Connection: keep-alive",
            })
    void hearTheSameByteForByte(String header) throws IOException {
        String unusual = "{ \"seatNumbers\": [7], \"scheduleId\": %s }".formatted(schedule.value());

        String soon = said(request(wish(7), JSON, TRACE, header));
        String after = said(request(unusual, JSON, TRACE, header));

        assertThat(soon).startsWith("HTTP/1.1 409 Conflict\r\n").contains("seat-contended");
        assertThat(soon).isEqualTo(after);
    }

    @Test
    void areCountedAsAllOthersButComeNoFurther() throws IOException {
        double problems = counted("stagedoor.problems", "code", "seat-contended");
        double attempts = counted("stagedoor.booking.seat.lock", "outcome", "contended");
        long acts = timed("stagedoor.booking.acts", "outcome", "seat-contended");
        long requests = timed("http.server.requests", "uri", "/api/v1/reservations");

        String spaced =
                " { \"scheduleId\" : %s , \"seatNumbers\" : [ 6 , 7 ] } "
                        .formatted(schedule.value());
        said(request(wish(7), JSON));
        said(request(spaced, JSON));

        assertThat(counted("stagedoor.problems", "code", "seat-contended")).isEqualTo(problems + 2);
        assertThat(counted("stagedoor.booking.seat.lock", "outcome", "contended"))
                .isEqualTo(attempts + 2);
        assertThat(timed("stagedoor.booking.acts", "outcome", "seat-contended"))
                .isEqualTo(acts + 2);
        assertThat(timed("http.server.requests", "uri", "/api/v1/reservations"))
                .isEqualTo(requests);
    }

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "[8]                      | | 201",
                "[7,7]                    | | 400",
                "[1,2,3,4,5,6,7,8,9,10,11]| | 400",
                "[7.0]                    | | 400",
                "[07]                     | | 400",
                "[7,]                     | | 400",
                "[7]}                     | | 400",
                "[7],\"quantity\":1       | | 400",
                "[7],\"scheduleId\":0     | | 400",
                "[99999999999]            | | 400",
                "[7] | Content-Type: text/plain | 415",
                "[7] | Content-Type: application/json;charset=UTF-8 | 409",
                "[7] | Idempotency-Key: a b | 400",
                "[7] | Idempotency-Key: one+Idempotency-Key: two | 400",
                "[7] | Expect: 100-continue | 409",
            })
    void onlyWhatIsSaidInTheUsualFormIsAnsweredSoon(String seats, String header, int status)
            throws IOException {
        String body = "{\"scheduleId\":%s,\"seatNumbers\":%s}".formatted(schedule.value(), seats);
        String[] headers =
                header == null
                        ? new String[] {JSON}
                        : header.startsWith("Content-Type")
                                ? new String[] {header}
                                : new String[] {JSON, header.replace("+", "\r\n")};

        String answer = said(request(body, headers));

        assertThat(answer.replace("HTTP/1.1 100 Continue\r\n\r\n", ""))
                .startsWith("HTTP/1.1 " + status);
    }

    @Test
    void whoMayNotComeInIsToldSo() throws IOException {
        String late = booking.passAt(visitor.user(), Instant.now().minus(Duration.ofHours(1)));

        assertThat(said(request(null, wish(7), ONLY_JSON))).contains("pass-required");
        assertThat(said(request(late, wish(7), ONLY_JSON))).contains("pass-invalid");
        assertThat(said(request(wish(7), JSON, "Stagedoor-Pass: another")))
                .contains("pass-invalid");
    }

    @Test
    void whoIsBusyAlreadyIsToldThat() throws Exception {
        ScheduleId other = booking.schedule();
        try (var somebody = booking.connect()) {
            somebody.setAutoCommit(false);
            somebody.createStatement()
                    .execute("SELECT FROM seat WHERE schedule_id = " + other + " FOR UPDATE");
            var first = visitor.reserving(other, "one", 1).toFuture();
            await().until(this::somebodyWaits);
            long requests = timed("http.server.requests", "uri", "/api/v1/reservations");

            String unusual =
                    "{ \"seatNumbers\": [8], \"scheduleId\": %s }".formatted(schedule.value());
            assertThat(said(request(wish(8), JSON, TRACE)))
                    .contains("one-at-a-time")
                    .isEqualTo(said(request(unusual, JSON, TRACE)));
            String twin = "Idempotency-Key: \"one\"";
            assertThat(said(request(wish(8), JSON, TRACE, twin)))
                    .contains("idempotency-in-progress")
                    .isEqualTo(said(request(unusual, JSON, TRACE, twin)));
            assertThat(said(request(wish(7), JSON))).contains("one-at-a-time");
            await().until(
                            () ->
                                    timed("http.server.requests", "uri", "/api/v1/reservations")
                                            == requests + 2);

            somebody.commit();
            first.join().is(201);
        }
    }

    @Test
    void whoComesWhileAsManyAreAtItAsMayBeIsToldThat() throws IOException {
        Sinks.Empty<Answer> end = Sinks.empty();
        Desk desk = booking.bean(Desk.class);
        Supplier<CompletableFuture<Answer>> somebody =
                () ->
                        desk.take(
                                        new Request(UserId.random(), null, null, new byte[0]),
                                        end.asMono())
                                .toFuture();
        int most = booking.bean(WriteSettings.class).inFlight();
        List<CompletableFuture<Answer>> all = Stream.generate(somebody).limit(most).toList();
        long requests = timed("http.server.requests", "uri", "/api/v1/reservations");

        String unusual = "{ \"seatNumbers\": [8], \"scheduleId\": %s }".formatted(schedule.value());
        String soon = said(request(wish(8), JSON, TRACE));
        String after = said(request(unusual, JSON, TRACE));
        end.tryEmitEmpty();
        all.forEach(CompletableFuture::join);

        assertThat(soon)
                .startsWith("HTTP/1.1 503")
                .contains("\"booking-busy\"", "Retry-After: 1\r\n")
                .isEqualTo(after);
        await().until(
                        () ->
                                timed("http.server.requests", "uri", "/api/v1/reservations")
                                        == requests + 1);
        assertThat(said(request(wish(8), JSON))).startsWith("HTTP/1.1 201");
    }

    /** That other one may be its twin, and ends while it is looked at. */
    @Test
    void whoMeetsOneOfTheirOwnIsLeftToTheFramework() throws IOException {
        Disposable own = claim(9, visitor.user());
        long requests = timed("http.server.requests", "uri", "/api/v1/reservations");

        said(request(wish(9), JSON));

        own.dispose();
        await().until(
                        () ->
                                timed("http.server.requests", "uri", "/api/v1/reservations")
                                        == requests + 1);
    }

    private boolean somebodyWaits() {
        return booking.number(
                        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                                + " AND query LIKE '%hold(%' AND datname = current_database()")
                > 0;
    }

    /** Answers keep the order of the requests, whichever way they come. */
    @Test
    void areAnsweredInTurn() throws IOException {
        String lost = request(wish(7), JSON);
        String balance = request("").replace("POST /api/v1/reservations", "GET /api/v1/balance");

        try (Line line = new Line(booking.port())) {
            line.send(lost + balance + lost + lost + balance + lost);

            assertThat(line.statuses(6))
                    .isEqualTo(List.of("409", "200", "409", "409", "200", "409"));
            line.send(balance);
            assertThat(line.statuses(1)).isEqualTo(List.of("200"));
            line.send(lost);
            assertThat(line.statuses(1)).isEqualTo(List.of("409"));
        }
    }

    /** As a proxy may send it that passes a body on as it comes. */
    @ParameterizedTest
    @ValueSource(ints = {20, 0, 1, 30})
    void mayComeInPieces(int early) throws Exception {
        String lost = request(wish(7), JSON, TRACE);
        int cut = early == 20 ? 20 : lost.indexOf("\r\n\r\n") + 4 + early;
        long requests = timed("http.server.requests", "uri", "/api/v1/reservations");

        try (Line line = new Line(booking.port())) {
            for (int i = 0; i < 2; i++) {
                line.send(lost.substring(0, cut));
                Mono.delay(Duration.ofMillis(30)).block();
                line.send(lost.substring(cut));

                assertThat(line.statuses(1)).isEqualTo(List.of("409"));
            }
        }
        if (early == 0 || early == 20) {
            assertThat(timed("http.server.requests", "uri", "/api/v1/reservations"))
                    .isEqualTo(requests);
        }
    }

    @Test
    void closeTheConnectionWhenTheyAsk() throws IOException {
        try (Line line = new Line(booking.port())) {
            line.send(request(wish(7), JSON, "Connection: close") + "GET / HTTP/1.1\r\n\r\n");

            assertThat(line.rest()).startsWith("HTTP/1.1 409").endsWith("}");
        }
    }

    @Test
    void areNobodyAtThePortOfOperators() throws IOException {
        try (Line line = new Line(booking.managementPort())) {
            line.send(request(wish(7), JSON));

            assertThat(line.statuses(1)).isEqualTo(List.of("404"));
        }
    }

    private String wish(int seat) {
        return "{\"scheduleId\":%s,\"seatNumbers\":[%d]}".formatted(schedule.value(), seat);
    }

    private double counted(String meter, String tag, String value) {
        return booking.bean(MeterRegistry.class).get(meter).tag(tag, value).counter().count();
    }

    private long timed(String meter, String tag, String value) {
        return booking.bean(MeterRegistry.class).find(meter).tag(tag, value).timers().stream()
                .mapToLong(Timer::count)
                .sum();
    }

    private String request(String body, String... headers) {
        return request(booking.pass(visitor.user()), body, headers);
    }

    private static String request(@Nullable String pass, String body, String[] headers) {
        StringBuilder request =
                new StringBuilder("POST /api/v1/reservations HTTP/1.1\r\nHost: localhost\r\n");
        if (pass != null) {
            request.append("Stagedoor-Pass: ").append(pass).append("\r\n");
        }
        for (String header : headers) {
            request.append(header).append("\r\n");
        }
        return request.append("Content-Length: ")
                .append(body.length())
                .append("\r\n\r\n")
                .append(body)
                .toString();
    }

    private String said(String request) throws IOException {
        try (Line line = new Line(booking.port())) {
            line.send(request);
            return line.answer();
        }
    }
}
