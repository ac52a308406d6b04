package dev.stagedoor.quickstart.crowd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.quickstart.stage.Browser;
import dev.stagedoor.quickstart.stage.Browser.Answer;

import org.jspecify.annotations.Nullable;

import tools.jackson.databind.JsonNode;

import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Somebody who wants one ticket, does as told on the way, and leaves when there is none. */
final class Visitor {

    private static final String PLACE = "/api/v1/queue/tokens/current";
    private static final Set<String> SOMEBODY_WAS_FASTER = Set.of("seat-taken", "seat-contended");
    private static final int TRIES = 10;

    private final Browser browser;
    private final long date;
    private final Random taste;
    private int timesToldToComeBack;

    /**
     * @param date of the show that is wanted
     */
    Visitor(Browser browser, int number, long date) {
        this.browser = browser;
        this.date = date;
        this.taste = new Random(number);
        String name = "{\"name\":\"Visitor %d\"}".formatted(number);
        JsonNode user = ask("POST", "/api/v1/users", name).expect(201);
        browser.keep("Authorization", "Bearer " + user.get("accessToken").asString());
    }

    void lookIn() {
        join();
        ask("GET", PLACE, null).expect(200);
        leave();
    }

    Visit visit() {
        JsonNode status = join();
        long sequence = status.get("sequence").asLong();
        Instant lastWaiting = null;
        while (isWaiting(status)) {
            lastWaiting = asOf(status);
            pause(status.get("pollAfterMillis").asLong());
            status = poll(sequence);
        }
        return new Visit(sequence, lastWaiting, asOf(status), buy());
    }

    int timesToldToComeBack() {
        return timesToldToComeBack;
    }

    /** Whoever was told to come back may have the place already. */
    private JsonNode join() {
        Answer answer = ask("POST", "/api/v1/queue/tokens", "{\"room\":\"main\"}");
        assertThat(answer.status()).as("%s", answer).isIn(200, 201);
        browser.keep("Queue-Token", answer.body().get("token").asString());
        return answer.body();
    }

    private void leave() {
        ask("DELETE", PLACE, null).expect(204);
    }

    private JsonNode poll(long sequence) {
        JsonNode status = ask("GET", PLACE, null).expect(200);
        assertThat(status.get("sequence").asLong()).as("my place").isEqualTo(sequence);
        return status;
    }

    private @Nullable Integer buy() {
        JsonNode reservation = holdAnySeat();
        if (reservation == null) {
            leave();
            return null;
        }
        JsonNode payment = reservation.get("payment");
        String amount = "{\"amount\":%d}".formatted(payment.get("amount").asLong());
        ask("POST", "/api/v1/balance/charges", amount).expect(201);
        String id = reservation.get("reservationId").asString();
        JsonNode receipt =
                ask("POST", "/api/v1/reservations/%s/payment".formatted(id), "").expect(201);
        assertThat(receipt.get("status").asString()).isEqualTo("COMPLETED");
        assertThat(receipt.get("balanceAfter").asLong()).isZero();
        return receipt.get("tickets").get(0).get("seatNumber").asInt();
    }

    private @Nullable JsonNode holdAnySeat() {
        while (true) {
            List<Integer> free = freeSeats();
            if (free.isEmpty()) {
                return null;
            }
            Answer answer = hold(free.get(taste.nextInt(free.size())));
            if (answer.status() == 201) {
                return answer.body();
            }
            assertThat(answer.code()).as("%s", answer).isIn(SOMEBODY_WAS_FASTER);
        }
    }

    private List<Integer> freeSeats() {
        Answer answer =
                ask("GET", "/api/v1/schedules/%d/seats?available=true".formatted(date), null);
        if (answer.status() == 404) {
            assertThat(answer.code()).isEqualTo("no-available-seats");
            return List.of();
        }
        return answer.expect(200)
                .get("seats")
                .valueStream()
                .map(seat -> seat.get("number").asInt())
                .toList();
    }

    private Answer hold(int seat) {
        Answer answer =
                ask(
                        "POST",
                        "/api/v1/reservations",
                        "{\"scheduleId\":%d,\"seatNumbers\":[%d]}".formatted(date, seat));
        assertThat(answer.status()).as("%s", answer).isIn(201, 409);
        return answer;
    }

    /** Comes back when told to, no earlier, and with the same key: nothing is done twice. */
    private Answer ask(String method, String path, @Nullable String body) {
        browser.keep("Idempotency-Key", UUID.randomUUID().toString());
        Answer answer = browser.ask(method, path, body);
        for (int tries = 1; tries < TRIES && answer.asksToComeBack(); tries++) {
            timesToldToComeBack++;
            pause(answer.retryAfter().toMillis());
            answer = browser.ask(method, path, body);
        }
        return answer;
    }

    private static boolean isWaiting(JsonNode status) {
        String state = status.get("state").asString();
        assertThat(state).isIn("WAITING", "ACTIVE");
        return state.equals("WAITING");
    }

    private static Instant asOf(JsonNode status) {
        return Instant.parse(status.get("asOf").asString());
    }

    /** As long as the gateway asks for: it is part of what is tested. */
    private static void pause(long millis) {
        new CompletableFuture<Void>().completeOnTimeout(null, millis, TimeUnit.MILLISECONDS).join();
    }
}
