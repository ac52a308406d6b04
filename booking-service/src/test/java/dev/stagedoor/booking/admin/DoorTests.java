package dev.stagedoor.booking.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.booking.catalogue.Catalogue;
import dev.stagedoor.booking.catalogue.ScheduleId;
import dev.stagedoor.booking.sale.Doors;
import dev.stagedoor.booking.sale.Sale;
import dev.stagedoor.booking.sale.TicketCodes;
import dev.stagedoor.booking.stage.Admin;
import dev.stagedoor.booking.stage.Answered;
import dev.stagedoor.booking.stage.Audits;
import dev.stagedoor.booking.stage.Booking;
import dev.stagedoor.booking.stage.Visitor;
import dev.stagedoor.common.SigningKey;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.r2dbc.core.DatabaseClient;

import reactor.core.publisher.Flux;

import java.security.MessageDigest;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;

/** What a ticket shows, and who comes in by it. */
@Timeout(60)
class DoorTests {

    private static final String LOGIN =
            "Basic "
                    + Base64.getEncoder()
                            .encodeToString(("admin:" + Booking.ADMIN_PASSWORD).getBytes());

    private final Booking booking = Booking.shared();
    private final Visitor management = booking.atManagement();
    private ScheduleId schedule;
    private Visitor buyer;
    private String payment;
    private String ticket;
    private String code;

    @BeforeEach
    void somebodyHasBoughtASeat() {
        schedule = booking.schedule();
        buyer = booking.visitor();
        buyer.charge(200_000).is(201);
        Answered paid = buyer.pay(buyer.reserve(schedule, 7).text("reservationId")).is(201);
        payment = paid.text("paymentId");
        ticket = paid.text("tickets/0/ticketId");
        code = buyer.get("/api/v1/tickets/" + ticket + "/code").is(200).text("code");
    }

    // ── the code ────────────────────────────────────────────────────────────────────────────────

    @Test
    void aTicketLetsSomebodyInOnce() {
        Answered in = comes(code, "North", null).is(200);
        Answered again = comes(code, "South", null).is(409, "ticket-used");

        assertThat(in.text("ticketId")).isEqualTo(ticket);
        assertThat(in.number("seatNumber")).isEqualTo(7);
        assertThat(in.text("title")).isEqualTo("Title");
        assertThat(again.text("door")).isEqualTo("North");
        assertThat(again.text("enteredAt")).isEqualTo(in.text("enteredAt"));
        assertThat(buyer.get("/api/v1/tickets").text("tickets/0/enteredAt"))
                .isEqualTo(in.text("enteredAt"));
        Audits.everythingIsWellIn(booking);
    }

    /** A scanner that has not heard the answer asks again. */
    @Test
    void theSameScanIsAnsweredAgain() {
        Answered in = comes(code, "North", "scan-1").is(200);

        assertThat(comes(code, "North", "scan-1").is(200).json()).isEqualTo(in.json());
        comes(code, "North", "scan-2").is(409, "ticket-used");
        comes(code, "South", "scan-1").is(409, "ticket-used");
        comes(code, "North", null).is(409, "ticket-used");
        new Admin(booking).post("/admin/payments/" + payment + "/refund", "{\"reason\":\"x\"}");
        assertThat(comes(code, "North", "scan-1").is(200).json()).isEqualTo(in.json());
    }

    @Test
    void ofManyWhoShowOneTicketAtOnceOneComesIn() {
        List<Answered> answers =
                Flux.range(0, 40)
                        .flatMap(
                                i ->
                                        management.send(
                                                "POST",
                                                "/admin/check-in",
                                                body(code, "door " + i, "scan-" + i, ""),
                                                "Authorization",
                                                LOGIN),
                                40)
                        .collectList()
                        .block();

        assertThat(answers).filteredOn(it -> it.status() == 200).hasSize(1);
        assertThat(answers)
                .filteredOn(it -> it.status() != 200)
                .allSatisfy(it -> it.is(409, "ticket-used"));
    }

    @Test
    void aRefundTakesTheTicketBackAlsoOfWhoHasComeInWithoutANet() {
        Instant before = Instant.now().minusSeconds(600);
        buyer.refund(payment).is(200);

        Answered refused = comes(code, "North", null).is(409, "ticket-not-valid");

        assertThat(refused.text("ticketStatus")).isEqualTo("REFUNDED");
        new Admin(booking)
                .post(
                        "/admin/check-in",
                        body(code, "North", "offline-1", ",\"at\":\"" + before + '"'))
                .is(409, "ticket-not-valid");
        buyer.get("/api/v1/tickets/" + ticket + "/code").is(409, "ticket-not-valid");
        buyer.get("/api/v1/tickets/" + ticket + "/code.svg").is(409, "ticket-not-valid");
    }

    @Test
    void whoHasComeInGetsNoMoneyBack() {
        comes(code, "North", null).is(200);

        buyer.refund(payment).is(409, "ticket-used");

        assertThat(buyer.balance()).isEqualTo(150_000);
        assertThat(buyer.get("/api/v1/payments/" + payment).text("status")).isEqualTo("COMPLETED");
        Audits.everythingIsWellIn(booking);
    }

    /** Whichever is first: never both. */
    @Test
    void aRefundAndAnEntryAtOnceAreOneOfThem() {
        for (int i = 0; i < 20; i++) {
            Answered paid = buyer.pay(buyer.reserve(schedule, 8).text("reservationId")).is(201);
            String shown =
                    buyer.get("/api/v1/tickets/" + paid.text("tickets/0/ticketId") + "/code")
                            .text("code");

            List<Answered> both =
                    Flux.merge(
                                    buyer.send(
                                            "POST",
                                            "/api/v1/payments/"
                                                    + paid.text("paymentId")
                                                    + "/refund",
                                            ""),
                                    management.send(
                                            "POST",
                                            "/admin/check-in",
                                            body(shown, "North", null, ""),
                                            "Authorization",
                                            LOGIN))
                            .collectList()
                            .block();

            assertThat(both).filteredOn(it -> it.status() == 200).hasSize(1);
            assertThat(both).filteredOn(it -> it.status() == 409).hasSize(1);
            if (both.stream().anyMatch(it -> it.status() == 200 && it.json().has("door"))) {
                schedule = booking.schedule();
                buyer.charge(50_000).is(201);
            }
        }
        // Whatever is wrong with one of them stays so.
        Audits.everythingIsWellIn(booking);
    }

    @Test
    void aTicketOfAnotherShowIsToldSo() {
        Answered refused =
                management
                        .post(
                                "/admin/check-in",
                                body(code, "North", null, ",\"scheduleId\":" + booking.schedule()),
                                "Authorization",
                                LOGIN)
                        .is(409, "ticket-of-another-show");

        assertThat(refused.number("scheduleId")).isEqualTo(schedule.value());
        comes(code, "North", null).is(200);
    }

    @Test
    void whatIsNoCodeOfOursLetsNobodyIn() {
        String head = code.substring(0, code.length() - 1);
        String last = code.substring(code.length() - 1);
        String other = last.equals("1") ? "2" : "1";
        String forged =
                new TicketCodes(List.of(SigningKey.random("access"))).of(UUID.fromString(ticket));

        for (String bad :
                List.of(
                        "",
                        "x",
                        ":",
                        code + "0",
                        head,
                        head + other,
                        forged,
                        "other" + code.substring(code.indexOf(':')),
                        ticket,
                        "-".repeat(45),
                        code.replace(':', '-'))) {
            comes(bad, "North", null).is(422, "ticket-code-invalid");
        }
        comes(
                        " "
                                + code.toUpperCase()
                                        .replaceFirst(
                                                "^[^:]+", code.substring(0, code.indexOf(':')))
                                + " ",
                        "North",
                        null)
                .is(200);
    }

    @Test
    void whatAScannerSaysMustBeThere() {
        comes(code, "", null).is(400, "validation-failed");
        comes(code, "x".repeat(101), null).is(400, "validation-failed");
        comes(code, "North", "").is(400, "validation-failed");
        management
                .post("/admin/check-in", "{}", "Authorization", LOGIN)
                .is(400, "validation-failed");
        management.post("/admin/check-in", body(code, "North", null, "")).is(401, "admin-required");
        booking.stranger().post("/admin/check-in", "{}").is(404, "not-found");
    }

    @Test
    void theCodeIsItsBuyersAlone() {
        Visitor other = booking.visitor();

        other.get("/api/v1/tickets/" + ticket + "/code").is(404, "not-found");
        other.get("/api/v1/tickets/" + ticket + "/code.svg").is(404, "not-found");
        booking.stranger().get("/api/v1/tickets/" + ticket + "/code").is(401, "pass-required");
        buyer.get("/api/v1/tickets/x/code").is(400, "validation-failed");
        String held = buyer.reserve(schedule, 9).is(201).text("tickets/0/ticketId");
        buyer.get("/api/v1/tickets/" + held + "/code").is(409, "ticket-not-valid");
    }

    @Test
    void theCodeIsDrawnForAScanner() {
        Answered picture = buyer.get("/api/v1/tickets/" + ticket + "/code.svg").is(200);

        assertThat(picture.header("Content-Type")).isEqualTo("image/svg+xml;charset=UTF-8");
        assertThat(picture.header("Cache-Control")).isEqualTo("no-store");
        // Version 4 at most, with four light modules around it.
        assertThat(picture.body()).startsWith("<svg").contains("viewBox=\"-4 -4 41 41\"");
        assertThat(picture.bytes()).hasSizeLessThan(12_000);
    }

    // ── without a net ───────────────────────────────────────────────────────────────────────────

    @Test
    void aScannerGoesOnByTheListAndSaysLaterWhatItSaw() throws Exception {
        String other =
                buyer.pay(buyer.reserve(schedule, 12).text("reservationId"))
                        .is(201)
                        .text("tickets/0/ticketId");
        comes(code, "North", null).is(200);
        buyer.reserve(schedule, 13).is(201);

        Answered list = list("").is(200);
        Answered rest = list("?after=7&limit=1").is(200);

        assertThat(list.at("tickets")).hasSize(2);
        assertThat(list.text("tickets/0/codeHashes/0")).isEqualTo(sha256(code));
        assertThat(list.text("tickets/0/door")).isEqualTo("North");
        assertThat(list.at("tickets/1/enteredAt").isNull()).isTrue();
        assertThat(list.body()).doesNotContain(code, ticket, other);
        assertThat(rest.at("tickets")).hasSize(1);
        assertThat(rest.number("tickets/0/seatNumber")).isEqualTo(12);
        list("?limit=100000").is(400, "validation-failed");
        management
                .get("/admin/schedules/987654321/check-in", "Authorization", LOGIN)
                .is(404, "schedule-not-found");

        Instant then = Instant.now().minusSeconds(600).truncatedTo(ChronoUnit.MILLIS);
        String shown = buyer.get("/api/v1/tickets/" + other + "/code").text("code");
        Answered late =
                management
                        .post(
                                "/admin/check-in",
                                body(shown, "South", "offline-1", ",\"at\":\"" + then + '"'),
                                "Authorization",
                                LOGIN)
                        .is(200);
        assertThat(Instant.parse(late.text("enteredAt"))).isEqualTo(then);
    }

    @ParameterizedTest
    @ValueSource(strings = {"+500000-01-01T00:00:00Z", "-0044-03-15T12:00:00Z"})
    void nobodyComesInAtATimeOfNoCalendar(String at) {
        management
                .post(
                        "/admin/check-in",
                        body(code, "North", null, ",\"at\":\"" + at + '"'),
                        "Authorization",
                        LOGIN)
                .is(400, "validation-failed");
    }

    @Test
    void nobodyComesInTomorrow() {
        Answered in =
                management
                        .post(
                                "/admin/check-in",
                                body(
                                        code,
                                        "North",
                                        null,
                                        ",\"at\":\"" + Instant.now().plusSeconds(86_400) + '"'),
                                "Authorization",
                                LOGIN)
                        .is(200);

        assertThat(Instant.parse(in.text("enteredAt"))).isBefore(Instant.now().plusSeconds(5));
    }

    // ── keys ────────────────────────────────────────────────────────────────────────────────────

    @Test
    void aKeyIsReplacedWhileTicketsOfTheOldOneAreAbout() throws Exception {
        SigningKey old = SigningKey.random("OLD");
        SigningKey fresh = SigningKey.random("NEW");
        UUID id = UUID.fromString(ticket);
        String printed = new TicketCodes(List.of(old)).of(id);
        TicketCodes both = new TicketCodes(List.of(fresh, old));

        assertThat(both.ticket(printed)).contains(id);
        assertThat(both.of(id)).startsWith("NEW:").hasSize(49);
        assertThat(both.ticket(both.of(id).toLowerCase().replace("new:", "NEW:"))).contains(id);
        assertThat(both.all(id)).containsExactly(both.of(id), printed);
        assertThat(new TicketCodes(List.of(fresh)).ticket(printed)).isEmpty();
        assertThat(awaited(new TicketCodes(List.of(old, fresh))))
                .as("a list read before they are turned round")
                .isEqualTo(awaited(both).reversed())
                .containsExactly(sha256(printed), sha256(both.of(id)));
        for (int i = 0; i < 1_000; i++) {
            UUID any = UUID.randomUUID();
            assertThat(both.ticket(both.of(any))).contains(any);
        }
        assertThat(both.ticket(both.of(new UUID(0, 0)))).contains(new UUID(0, 0));
        assertThat(both.ticket(both.of(new UUID(-1, -1)))).contains(new UUID(-1, -1));
        assertThat(both.ticket("NEW:" + "V".repeat(45))).isEmpty();
    }

    /** By what a scanner without a net knows the ticket. */
    private List<String> awaited(TicketCodes codes) {
        Doors doors = new Doors(booking.bean(DatabaseClient.class), codes);
        return new CheckInController(
                        booking.bean(Sale.class), doors, codes, booking.bean(Catalogue.class))
                .awaited(schedule, 0, 10)
                .block()
                .tickets()
                .getFirst()
                .codeHashes();
    }

    // ── what is done ────────────────────────────────────────────────────────────────────────────

    private Answered comes(String code, String door, String scan) {
        return management.post(
                "/admin/check-in", body(code, door, scan, ""), "Authorization", LOGIN);
    }

    private static String body(String code, String door, String scan, String more) {
        return "{\"code\":\"%s\",\"door\":\"%s\"%s%s}"
                .formatted(code, door, scan == null ? "" : ",\"scan\":\"" + scan + '"', more);
    }

    private Answered list(String query) {
        return management.get(
                "/admin/schedules/" + schedule + "/check-in" + query, "Authorization", LOGIN);
    }

    private static String sha256(String text) throws Exception {
        return HexFormat.of()
                .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes()));
    }
}
