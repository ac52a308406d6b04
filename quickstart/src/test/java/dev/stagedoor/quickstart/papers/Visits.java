package dev.stagedoor.quickstart.papers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.quickstart.stage.Browser;
import dev.stagedoor.quickstart.stage.Stage;

import tools.jackson.databind.JsonNode;

import java.net.http.HttpResponse;
import java.util.function.Consumer;

/**
 * Every call of the public interface at least once, and the refusals that a visitor can bring
 * about, with room for one inside.
 */
final class Visits {

    private static final String TOKENS = "/api/v1/queue/tokens";
    private static final String CURRENT = TOKENS + "/current";
    private static final String SIGN_INS = "/api/v1/sign-ins";
    private static final String RESERVATIONS = "/api/v1/reservations";
    private static final String NOBODYS = "2d1bd1a5-5b3c-4f5f-9f4e-0d9a4a5b9c11";

    private static final String PLAN =
            """
            {"name":"Rehearsal room","sections":[
              {"name":"Stalls","category":"A","y":2,"rows":[{"name":"1","seats":6}]}]}
            """;

    private final Browser anybody;
    private final Browser hana;
    private final Browser duri;
    private final Browser roundTheLine;
    private final Browser admin;
    private long plan;

    Visits(Stage stage, Consumer<HttpResponse<String>> witness) {
        anybody = new Browser(stage.gateway, witness);
        hana = new Browser(stage.gateway, witness);
        duri = new Browser(stage.gateway, witness);
        roundTheLine = new Browser(stage.booking, witness);
        admin = new Browser(stage.bookingManagement, witness);
    }

    void takePlace() {
        whatAnybodyMaySee();
        whatIsRefusedAtTheLine();
        long schedule = stageAnEvening();
        comeIn(hana, "Hana", "ACTIVE");
        comeIn(duri, "Duri", "WAITING");
        whatWaitingMeans();
        chooseSeats(schedule);
        String payment = buySeats(schedule);
        duriFindsThemTaken(schedule);
        hanaComesBack(payment);
        theSellerLooksBack(schedule, hanaGoesToTheShow(schedule));
        hanaSignsInAndOut();
    }

    private void whatAnybodyMaySee() {
        anybody.get("/api/v1/openapi.json", 200);
        anybody.get("/api/v1/queue/openapi.json", 200);
        anybody.get("/api/v1/queue/health", 200);
        anybody.get("/api/v1/queue/rooms/main", 200);
        anybody.get("/api/v1/queue/rooms/none", 404);
        anybody.get("/queue-assets/waiting.js", 200);
        anybody.get("/queue-assets/none.js", 404);
        anybody.get("/api/v1/concerts", 200);
        anybody.get("/api/v1/concerts/1", 200);
        anybody.get("/api/v1/concerts/987654321", 404);
        anybody.get("/api/v1/concerts/x", 400);
        anybody.post("/api/v1/users", "{\"name\":\"\"}", 400);
        anybody.get("/api/v1/balance", 401);
        roundTheLine.get("/api/v1/balance", 401);
    }

    private void whatIsRefusedAtTheLine() {
        anybody.post(TOKENS, "{", 400);
        anybody.post(TOKENS, "{\"room\":\"none\"}", 404);
        anybody.get(CURRENT, 401);
        anybody.call("DELETE", CURRENT, null, 401);
        anybody.get("/api/v1/queue/events", 401);
        anybody.keep("Content-Type", "text/plain");
        anybody.post(TOKENS, "main", 415);
        anybody.drop("Content-Type");
        anybody.keep("Authorization", "Bearer forged");
        anybody.post(TOKENS, "{}", 401);
    }

    private long stageAnEvening() {
        String concert = "{\"title\":\"Rehearsal\",\"artist\":\"Ensemble\",\"venue\":\"Hall\"}";
        admin.post("/admin/concerts", concert, 401);
        admin.keep("Authorization", Stage.adminLogin());
        long id = admin.post("/admin/concerts", concert, 201).get("concertId").asLong();
        String evening = "{\"startsAt\":\"2099-01-10T10:00:00Z\",\"price\":60000}";
        String schedules = "/admin/concerts/%d/schedules".formatted(id);
        long schedule = admin.post(schedules, evening, 201).get("scheduleId").asLong();
        admin.post(schedules, evening, 409);
        admin.post(schedules, "{}", 400);
        String block = "{\"seatNumbers\":[50],\"blocked\":true}";
        admin.call("PATCH", "/admin/schedules/%d/seats".formatted(schedule), block, 200);
        admin.call("PATCH", "/admin/schedules/987654321/seats", block, 404);
        admin.get("/admin/audit", 200);
        admin.get("/admin/session", 200);
        admin.get("/admin/concerts", 200);
        admin.get(schedules, 200);
        plan = admin.post("/admin/plans", PLAN, 201).get("planId").asLong();
        admin.get("/admin/plans", 200);
        admin.get("/admin/plans/" + plan, 200);
        admin.get("/admin/plans/%d/drawing".formatted(plan), 200);
        return schedule;
    }

    private static void comeIn(Browser visitor, String name, String state) {
        JsonNode user = visitor.post("/api/v1/users", "{\"name\":\"%s\"}".formatted(name), 201);
        visitor.keep("Authorization", "Bearer " + user.get("accessToken").asString());
        JsonNode status = visitor.post(TOKENS, "{\"room\":\"main\"}", 201);
        visitor.keep("Queue-Token", status.get("token").asString());
        await().until(() -> visitor.get(CURRENT, 200).get("state").asString().equals(state));
    }

    private void whatWaitingMeans() {
        duri.post(TOKENS, "{}", 200);
        duri.post(RESERVATIONS, "{}", 429);
        hana.get("/api/v1/queue/events", 200);
    }

    private void chooseSeats(long schedule) {
        JsonNode seats = hana.get("/api/v1/schedules/%d/seats".formatted(schedule), 200);
        hana.get("/api/v1/schedules/%d/seats?available=true".formatted(schedule), 200);
        hana.get("/api/v1/schedules/987654321/seats", 404);
        hana.get("/api/v1/schedules/%d/seats/states".formatted(schedule), 200);
        hana.get("/api/v1/plans/" + plan, 200);
        hana.get("/api/v1/concerts/1/schedules", 200);
        String date =
                hana.get("/api/v1/concerts/1/schedules", 200).at("/schedules/0/date").asString();
        hana.get("/api/v1/concerts/1/seats?date=" + date, 200);
        hana.get("/api/v1/concerts/1/seats", 400);
        hana.get("/api/v1/users/me", 200);
        hana.call("PUT", "/api/v1/users/me", "{\"name\":\"Hana\"}", 200);
        assertThat(seats.get("available").asInt()).isEqualTo(49);
    }

    private String buySeats(long schedule) {
        String wish = "{\"scheduleId\":%d,\"seatNumbers\":[1,2]}".formatted(schedule);
        hana.post(RESERVATIONS, "{}", 400);
        hana.post(RESERVATIONS, "{\"scheduleId\":987654321,\"seatNumbers\":[1]}", 404);
        hana.keep("Idempotency-Key", "\"one\"");
        String reservation =
                RESERVATIONS
                        + "/"
                        + hana.post(RESERVATIONS, wish, 201).get("reservationId").asString();
        hana.post(RESERVATIONS, wish, 201);
        hana.post(RESERVATIONS, wish.replace("[1,2]", "[3]"), 422);
        hana.drop("Idempotency-Key");
        hana.post(RESERVATIONS, wish, 409);
        seesThemHeld(schedule);
        hana.get(reservation, 200);
        hana.get(RESERVATIONS + "/" + NOBODYS, 404);
        giveSomeBack(schedule);
        hana.post(reservation + "/payment", "", 422);
        hana.post(RESERVATIONS + "/" + NOBODYS + "/payment", "", 404);
        hana.post("/api/v1/balance/charges", "{\"amount\":500000}", 201);
        hana.post("/api/v1/balance/charges", "{\"amount\":0}", 422);
        String payment = hana.post(reservation + "/payment", "", 201).get("paymentId").asString();
        hana.post(RESERVATIONS, wish, 401);
        hana.get(CURRENT, 410);
        return payment;
    }

    private void seesThemHeld(long schedule) {
        String seats = "/api/v1/schedules/%d/seats".formatted(schedule);
        await().until(() -> hana.get(seats, 200).at("/seats/0/status").asString().equals("HELD"));
    }

    private void giveSomeBack(long schedule) {
        String wish = "{\"scheduleId\":%d,\"seatNumbers\":[9]}".formatted(schedule);
        String id = hana.post(RESERVATIONS, wish, 201).get("reservationId").asString();
        hana.call("DELETE", RESERVATIONS + "/" + id, null, 204);
        hana.call("DELETE", RESERVATIONS + "/" + NOBODYS, null, 404);
        hana.get(RESERVATIONS, 200);
    }

    private void duriFindsThemTaken(long schedule) {
        await().until(() -> duri.get(CURRENT, 200).get("state").asString().equals("ACTIVE"));
        duri.post(RESERVATIONS, "{\"scheduleId\":%d,\"seatNumbers\":[1]}".formatted(schedule), 409);
        duri.call("DELETE", CURRENT, null, 204);
        duri.call("DELETE", CURRENT, null, 204);
    }

    private void hanaComesBack(String payment) {
        hana.drop("Queue-Token");
        JsonNode status = hana.post(TOKENS, "{}", 201);
        hana.keep("Queue-Token", status.get("token").asString());
        await().until(() -> hana.get(CURRENT, 200).get("state").asString().equals("ACTIVE"));
        hana.get("/api/v1/payments", 200);
        hana.get("/api/v1/payments/" + payment, 200);
        hana.get("/api/v1/payments/" + NOBODYS, 404);
        hana.get("/api/v1/tickets", 200);
        hana.get("/api/v1/balance", 200);
        hana.get("/api/v1/balance/history", 200);
        hana.get("/api/v1/balance/history?limit=1000", 400);
        hana.post("/api/v1/payments/" + payment + "/refund", "", 200);
        hana.post("/api/v1/payments/" + payment + "/refund", "", 409);
        hana.post("/api/v1/payments/" + NOBODYS + "/refund", "", 404);
    }

    private String hanaGoesToTheShow(long schedule) {
        String wish = "{\"scheduleId\":%d,\"seatNumbers\":[3]}".formatted(schedule);
        JsonNode held = hana.post(RESERVATIONS, wish, 201);
        String code = "/api/v1/tickets/" + held.at("/tickets/0/ticketId").asString() + "/code";
        hana.get(code, 409);
        String reservation = held.get("reservationId").asString();
        JsonNode paid = hana.post(RESERVATIONS + "/" + reservation + "/payment", "", 201);
        hana.drop("Queue-Token");
        String shown = hana.get(code, 200).get("code").asString();
        hana.call("GET", code + ".svg", null, 200);
        hana.get("/api/v1/tickets/" + NOBODYS + "/code", 404);

        String atTheDoor = "{\"code\":\"%s\",\"door\":\"North\"}";
        String elsewhere = atTheDoor.replace("}", ",\"scheduleId\":987654321}");
        admin.get("/admin/schedules/%d/check-in".formatted(schedule), 200);
        admin.get("/admin/schedules/987654321/check-in", 404);
        admin.post("/admin/check-in", atTheDoor.formatted("x"), 422);
        admin.post("/admin/check-in", elsewhere.formatted(shown), 409);
        admin.post("/admin/check-in", atTheDoor.formatted(shown), 200);
        admin.post("/admin/check-in", atTheDoor.formatted(shown), 409);
        String payment = paid.get("paymentId").asString();
        hana.post("/api/v1/payments/" + payment + "/refund", "", 409);
        return payment;
    }

    private void theSellerLooksBack(long schedule, String payment) {
        String why = "{\"reason\":\"No voice\"}";
        String show = "/admin/schedules/" + schedule;
        admin.post("/admin/payments/" + payment + "/refund", why, 200);
        admin.call("PATCH", show, "{\"closed\":true}", 200);
        admin.post(show + "/cancel", why, 200);
        admin.get(show + "/sales.csv", 200);
        admin.get("/admin/changes", 200);
    }

    private void hanaSignsInAndOut() {
        String who = "{\"email\":\"hana@example.org\",\"password\":\"%s\"}";
        String own = "/api/v1/users/me/sign-in";
        hana.get("/api/v1/tickets", 200);
        hana.call("PUT", own, "{}", 400);
        hana.call("PUT", own, who.formatted("a horse"), 400);
        hana.call("PUT", own, who.formatted("a horse and a battery"), 204);
        hana.call("PUT", own, who.formatted("something else"), 401);
        anybody.drop("Authorization");
        anybody.post(SIGN_INS, who.formatted("something else"), 401);
        JsonNode signedIn = anybody.post(SIGN_INS, who.formatted("a horse and a battery"), 201);
        anybody.keep("Authorization", "Bearer " + signedIn.get("accessToken").asString());
        anybody.post(SIGN_INS + "/renewal", "", 200);
        anybody.call("DELETE", SIGN_INS + "/current", null, 204);
        anybody.post(SIGN_INS + "/renewal", "", 401);
        anybody.get("/api/v1/balance", 401);
        hana.call("DELETE", SIGN_INS, null, 204);
        hana.get("/api/v1/tickets", 401);
        String forgetful = "{\"email\":\"hana@example.org\"}";
        admin.post("/admin/password-resets", forgetful, 200);
        admin.post("/admin/password-resets", forgetful.replace("hana", "nobody"), 404);
    }
}
