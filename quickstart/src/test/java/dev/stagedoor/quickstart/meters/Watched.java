package dev.stagedoor.quickstart.meters;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.quickstart.stage.Browser;
import dev.stagedoor.quickstart.stage.Stage;

import tools.jackson.databind.JsonNode;

/** Both services after a few visits, and what they tell Prometheus then. */
final class Watched {

    static final Scrape GATEWAY;
    static final Scrape BOOKING;

    /** Who came. */
    static final String USER;

    static {
        try (Stage stage = new Stage()) {
            USER = visit(new Browser(stage.gateway));
            System.gc(); // so that there was a pause to tell of
            GATEWAY = scrape(stage.gatewayManagement);
            BOOKING = scrape(stage.bookingManagement);
        }
    }

    private Watched() {}

    private static String visit(Browser visitor) {
        visitor.get("/api/v1/balance", 401);
        visitor.get("/api/v1/concerts/987654321", 404);
        JsonNode user = visitor.post("/api/v1/users", "{\"name\":\"Hana\"}", 201);
        visitor.keep("Authorization", "Bearer " + user.get("accessToken").asString());
        JsonNode status = visitor.post("/api/v1/queue/tokens", "{}", 201);
        visitor.keep("Queue-Token", status.get("token").asString());
        visitor.get("/api/v1/queue/tokens/current", 200);
        visitor.post("/api/v1/balance/charges", "{\"amount\":500000}", 201);
        visitor.post("/api/v1/balance/charges", "{\"amount\":0}", 422);
        JsonNode held =
                visitor.post(
                        "/api/v1/reservations", "{\"scheduleId\":1,\"seatNumbers\":[50]}", 201);
        String reservation = "/api/v1/reservations/" + held.get("reservationId").asString();
        visitor.post(reservation + "/payment", "", 201);
        return user.get("userId").asString();
    }

    private static Scrape scrape(int port) {
        String text = new Browser(port).text("/actuator/prometheus");
        assertThat(text).contains("# TYPE");
        return Scrape.parse(text);
    }
}
