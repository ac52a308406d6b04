package dev.stagedoor.quickstart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.quickstart.stage.Browser;
import dev.stagedoor.quickstart.stage.Shared;
import dev.stagedoor.quickstart.stage.Theatre;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.ResourceLock;

import tools.jackson.databind.JsonNode;

import java.util.stream.Stream;

/** One ticket bought from end to end, through the public port only. Room for one at a time. */
@ExtendWith(Shared.class)
@Order(1)
@ResourceLock(Theatre.OF_THE_SALE)
class TicketStory {

    private final Theatre stage;
    private final Browser hana;
    private final Browser duri;

    TicketStory(Theatre stage) {
        this.stage = stage;
        this.hana = stage.somebody();
        this.duri = stage.somebody();
    }

    @BeforeEach
    void thereIsRoomForOne() {
        stage.set("capacity", "1");
    }

    @AfterEach
    void everybodyGoes() {
        duri.delete("/api/v1/queue/tokens/current", 204);
        stage.clear();
    }

    @Test
    void aTicketIsBoughtWhileTheNextOneWaits() {
        oneBuysWhileTheOtherWaits(hana, duri);
    }

    /** In a room for one that nobody else has come to; for which date. */
    static long oneBuysWhileTheOtherWaits(Browser hana, Browser duri) {
        hana.register("Hana");
        duri.register("Duri");

        joinAndBeLetIn(hana);
        joinAndWait(duri);
        cannotGoRoundTheLine(duri);

        long schedule = chooseADate(hana);
        int seat = chooseASeat(hana, schedule);
        buys(hana, schedule, seat);

        theVisitIsComplete(hana);
        itIsTheNextOnesTurn(duri);
        theSeatIsSold(duri, schedule, seat);
        return schedule;
    }

    static void buys(Browser visitor, long schedule, int seat) {
        JsonNode reservation = holdTheSeat(visitor, schedule, seat);
        cannotPayYet(visitor, reservation);
        chargeTheBalance(visitor, reservation);
        pay(visitor, reservation);
    }

    private static void joinAndBeLetIn(Browser visitor) {
        JsonNode status = visitor.join();
        assertThat(status.get("state").asString()).isEqualTo("ACTIVE");
    }

    private static void joinAndWait(Browser visitor) {
        JsonNode status = visitor.join();
        assertThat(status.get("state").asString()).isEqualTo("WAITING");
        assertThat(status.get("position").asInt()).isEqualTo(1);
    }

    private static void cannotGoRoundTheLine(Browser visitor) {
        JsonNode refused = visitor.get("/api/v1/schedules/1/seats", 429);
        assertThat(refused.get("code").asString()).isEqualTo("queue-waiting");
    }

    /** One of which nobody has bought anything yet: other stories sell as well. */
    private static long chooseADate(Browser visitor) {
        JsonNode date =
                visitor.get("/api/v1/concerts?bookable=true", 200)
                        .get("concerts")
                        .valueStream()
                        .map(concert -> concert.get("concertId").asLong())
                        .flatMap(concert -> datesOf(visitor, concert))
                        .filter(schedule -> schedule.get("remainingSeats").asInt() == 50)
                        .findFirst()
                        .orElseThrow();
        return date.get("scheduleId").asLong();
    }

    private static Stream<JsonNode> datesOf(Browser visitor, long concert) {
        return visitor.get("/api/v1/concerts/%d/schedules".formatted(concert), 200)
                .get("schedules")
                .valueStream();
    }

    private static int chooseASeat(Browser visitor, long schedule) {
        JsonNode seats =
                visitor.get("/api/v1/schedules/%d/seats?available=true".formatted(schedule), 200)
                        .get("seats");
        assertThat(seats).hasSize(50);
        return seats.get(6).get("number").asInt();
    }

    private static JsonNode holdTheSeat(Browser visitor, long schedule, int seat) {
        JsonNode reservation =
                visitor.post(
                        "/api/v1/reservations",
                        "{\"scheduleId\":%d,\"seatNumbers\":[%d]}".formatted(schedule, seat),
                        201);
        assertThat(reservation.get("tickets").get(0).get("status").asString())
                .isEqualTo("RESERVED");
        assertThat(reservation.get("payment").get("status").asString()).isEqualTo("PENDING");
        return reservation;
    }

    private static void cannotPayYet(Browser visitor, JsonNode reservation) {
        JsonNode refused = visitor.post(payment(reservation), "", 422);
        assertThat(refused.get("code").asString()).isEqualTo("insufficient-balance");
    }

    private static void chargeTheBalance(Browser visitor, JsonNode reservation) {
        long amount = reservation.get("payment").get("amount").asLong();
        JsonNode balance =
                visitor.post("/api/v1/balance/charges", "{\"amount\":%d}".formatted(amount), 201);
        assertThat(balance.get("balance").asLong()).isEqualTo(amount);
    }

    private static void pay(Browser visitor, JsonNode reservation) {
        JsonNode receipt = visitor.post(payment(reservation), "", 201);
        assertThat(receipt.at("/payment/status").asString(receipt.path("status").asString("")))
                .isEqualTo("COMPLETED");
    }

    private static void theVisitIsComplete(Browser visitor) {
        JsonNode refused = visitor.get("/api/v1/schedules/1/seats", 401);
        assertThat(refused.get("code").asString()).isEqualTo("queue-token-completed");
        assertThat(visitor.get("/api/v1/balance", 200).get("balance").asLong()).isZero();
        JsonNode gone = visitor.get("/api/v1/queue/tokens/current", 410);
        assertThat(gone.get("code").asString()).isEqualTo("queue-token-completed");
    }

    private static void itIsTheNextOnesTurn(Browser visitor) {
        await().until(
                        () ->
                                visitor.get("/api/v1/queue/tokens/current", 200)
                                        .get("state")
                                        .asString()
                                        .equals("ACTIVE"));
    }

    private static void theSeatIsSold(Browser visitor, long schedule, int seat) {
        await().until(
                        () ->
                                visitor.get("/api/v1/schedules/%d/seats".formatted(schedule), 200)
                                        .at("/seats/%d/status".formatted(seat - 1))
                                        .asString()
                                        .equals("SOLD"));
    }

    private static String payment(JsonNode reservation) {
        return "/api/v1/reservations/%s/payment"
                .formatted(reservation.get("reservationId").asString());
    }
}
