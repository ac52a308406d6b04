package dev.stagedoor.booking.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.booking.catalogue.ScheduleId;
import dev.stagedoor.booking.stage.Answered;
import dev.stagedoor.booking.stage.Booking;
import dev.stagedoor.booking.stage.Visitor;
import dev.stagedoor.common.Pass;
import dev.stagedoor.common.Passes;
import dev.stagedoor.common.RoomId;
import dev.stagedoor.common.SigningKey;
import dev.stagedoor.common.UserId;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.UUID;

/** Who may see and do what. */
@Timeout(60)
class AccessTests {

    private final Booking booking = Booking.shared();
    private final Visitor visitor = booking.visitor();

    @Test
    void callersWhomTheGatewayDoesNotVouchFor() {
        Pass pass = new Pass(visitor.user(), new RoomId("main"), 1);
        String forged = new Passes(List.of(SigningKey.random("pass")), now()).sign(pass);
        String old = booking.passAt(visitor.user(), Instant.now().minusSeconds(120));
        Visitor stranger = booking.stranger();

        Answered refused = stranger.get("/api/v1/balance").is(401, "pass-required");
        assertThat(refused.header("WWW-Authenticate")).isEqualTo("Stagedoor-Pass");
        assertThat(refused.header("X-Content-Type-Options")).isEqualTo("nosniff");
        stranger.get("/api/v1/schedules/1/seats").is(401, "pass-required");
        stranger.get("/%61pi/v1/schedules/1/seats").is(401, "pass-required");
        stranger.get("/api/v1/nothing").is(401, "pass-required");
        for (String bad : List.of("x", forged, old, booking.accessToken(visitor))) {
            stranger.get("/api/v1/balance", "Stagedoor-Pass", bad).is(401, "pass-invalid");
        }
    }

    /** A head of 16 KB, which the gateway takes, and adds the pass and more to. */
    @Test
    void whoeverTheGatewayLetsThroughHoweverManyCookiesTheyHave() {
        visitor.get("/api/v1/balance", "Cookie", "a=" + "b".repeat(16_000)).is(200);
    }

    @Test
    void whatSomebodyIsToldIsKeptByNobodyBetween() {
        for (String path : List.of("/api/v1/users/me", "/api/v1/balance", "/api/v1/tickets")) {
            Answered answer = visitor.get(path).is(200);

            assertThat(answer.header("Cache-Control")).as(path).isEqualTo("no-store");
            assertThat(answer.header("X-Content-Type-Options")).as(path).isEqualTo("nosniff");
        }
        assertThat(visitor.get("/api/v1/concerts").is(200).header("X-Content-Type-Options"))
                .isEqualTo("nosniff");
    }

    @Test
    void usersWhomNobodyKnows() {
        Visitor unknown = booking.visitor(UserId.random());

        unknown.get("/api/v1/users/me").is(404, "user-not-found");
        unknown.get("/api/v1/balance").is(404, "user-not-found");
        unknown.get("/api/v1/balance/history").is(404, "user-not-found");
        unknown.charge(1_000).is(404, "user-not-found");
        unknown.reserve(booking.schedule(), 1).is(404, "user-not-found");
    }

    @Test
    void usersForWhomAnIdentityProviderVouchesNeedNotRegister() {
        UserId named = UserId.named("https://id.example", UUID.randomUUID().toString());
        Visitor newcomer = booking.visitor(named);

        newcomer.reserve(booking.schedule(), 1).is(201);
        newcomer.charge(1_000).is(201);

        assertThat(newcomer.get("/api/v1/users/me").is(200).text("userId"))
                .isEqualTo(named.toString());
        assertThat(Booking.beside().visitor(named).balance()).isEqualTo(1_000);
    }

    /** By a restore from yesterday's backup, or a failover to a server that was behind. */
    @Test
    void usersWhoseRowsAreLostAreMetAgain() {
        UserId named = UserId.named("https://id.example", UUID.randomUUID().toString());
        Visitor known = booking.visitor(named);
        known.get("/api/v1/balance").is(200);
        booking.sql("DELETE FROM account WHERE user_id = ?", named.uuid());
        booking.sql("DELETE FROM users WHERE id = ?", named.uuid());

        known.charge(1_000).is(404, "user-not-found");

        known.charge(1_000).is(201);
        assertThat(known.balance()).isEqualTo(1_000);
    }

    @Test
    void whatBelongsToOthersIsNotThere() {
        ScheduleId schedule = booking.schedule();
        Visitor owner = booking.visitor();
        owner.charge(50_000).is(201);
        Answered held = owner.reserve(schedule, 1).is(201);
        visitor.get(held.header("Location")).is(404, "reservation-not-found");
        visitor.pay(held.text("reservationId")).is(404, "reservation-not-found");
        visitor.delete(held.header("Location")).is(404, "reservation-not-found");
        Answered paid = owner.pay(held.text("reservationId")).is(201);

        visitor.get(paid.header("Location")).is(404, "payment-not-found");
        visitor.refund(paid.text("paymentId")).is(404, "payment-not-found");
        assertThat(visitor.get("/api/v1/tickets").at("tickets")).isEmpty();
        assertThat(visitor.get("/api/v1/payments").at("payments")).isEmpty();
    }

    private static InstantSource now() {
        return InstantSource.system();
    }
}
