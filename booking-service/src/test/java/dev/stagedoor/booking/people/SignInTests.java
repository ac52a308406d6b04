package dev.stagedoor.booking.people;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.booking.catalogue.ScheduleId;
import dev.stagedoor.booking.stage.Admin;
import dev.stagedoor.booking.stage.Answered;
import dev.stagedoor.booking.stage.Audits;
import dev.stagedoor.booking.stage.Visitor;
import dev.stagedoor.common.AccessTokens;
import dev.stagedoor.common.Bearer;
import dev.stagedoor.common.SigningKey;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import reactor.core.publisher.Mono;

import java.sql.Connection;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Future;
import java.util.function.Function;
import java.util.stream.Stream;

/** Who comes back, and who must not. */
@Timeout(60)
class SignInTests extends OneAccount {

    // ── coming back ─────────────────────────────────────────────────────────────────────────────

    @Test
    void aGuestKeepsTheAccountAndComesBackToIt() {
        ScheduleId schedule = booking.schedule();
        guest.charge(50_000).is(201);
        guest.pay(guest.reserve(schedule, 1).text("reservationId")).is(201);
        keep(guest, email, PASSWORD, null).is(204);
        booking.sql("DELETE FROM sign_in WHERE user_id = ?", guest.user().uuid());

        Answered signedIn = signIn(" " + email.toUpperCase() + " ", PASSWORD).is(201);

        assertThat(signedIn.text("userId")).isEqualTo(guest.user().toString());
        assertThat(signedIn.text("name")).isEqualTo("Ada");
        assertThat(signedIn.text("email")).isEqualTo(email);
        assertThat(signedIn.header("Set-Cookie"))
                .contains(
                        "access-token=" + signedIn.text("accessToken"), "HttpOnly", "SameSite=Lax");
        Visitor back = booking.visitor(signedIn.text("accessToken"), 0);
        assertThat(back.get("/api/v1/tickets").is(200).at("tickets")).hasSize(1);
        assertThat(back.get("/api/v1/users/me").text("email")).isEqualTo(email);
    }

    @Test
    void anAccessTokenIsRenewedWhileItIsUsedAndNoLonger() {
        String old = booking.accessToken(token, Duration.ofDays(29));
        sets("ends_at = now() + interval '1 day'");

        Answered renewed = stranger.post(RENEWAL, "", "Cookie", "access-token=" + old).is(200);

        String fresh = renewed.header("Set-Cookie").replaceFirst("access-token=([^;]+).*", "$1");
        booking.visitor(fresh, 0).get("/api/v1/balance").is(200);
        assertThat(
                        booking.number(
                                "SELECT count(*) FROM sign_in WHERE user_id = ? AND ends_at > now()"
                                        + " + interval '29 days'",
                                guest.user().uuid()))
                .isEqualTo(1);
        sets("ends_at = now()");
        stranger.post(RENEWAL, "", "Authorization", "Bearer " + fresh).is(401, "sign-in-required");
        guest.get("/api/v1/balance").is(401, "sign-in-required");
    }

    @Test
    void whoeverHasSignedOutMovesNoSeatAndNoMoney() {
        ScheduleId schedule = booking.schedule();
        guest.charge(200_000).is(201);
        String payment =
                guest.pay(guest.reserve(schedule, 1).text("reservationId")).text("paymentId");
        String held = guest.reserve(schedule, 2).is(201).text("reservationId");
        booking.sql("DELETE FROM sign_in WHERE user_id = ?", guest.user().uuid());

        guest.charge(1).is(401, "sign-in-required");
        guest.reserve(schedule, 3).is(401, "sign-in-required");
        guest.post("/api/v1/reservations", "{\"scheduleId\":%s,\"quantity\":1}".formatted(schedule))
                .is(401, "sign-in-required");
        guest.pay(held).is(401, "sign-in-required");
        guest.delete("/api/v1/reservations/" + held).is(401, "sign-in-required");
        guest.refund(payment).is(401, "sign-in-required");

        assertThat(
                        booking.text(
                                """
                                SELECT concat_ws(' ', balance, entries,
                                    (SELECT count(*) FROM seat WHERE schedule_id = ? AND status <> 'AVAILABLE'))
                                FROM account WHERE user_id = ?
                                """,
                                schedule.value(),
                                guest.user().uuid()))
                .isEqualTo("150000 2 2");
        Audits.everythingIsWellIn(booking);
    }

    /** By a restore from a copy of before they came, while they stand in line. */
    @Test
    void aGuestWhoseAccountIsLostGetsAnotherInTheSamePlace() {
        List.of("sign_in WHERE user_id", "account WHERE user_id", "users WHERE id")
                .forEach(row -> booking.sql("DELETE FROM " + row + " = ?", guest.user().uuid()));

        guest.charge(1).is(404, "user-not-found");
        guest.get("/api/v1/users/me").is(404, "user-not-found");
        String fresh =
                guest.send("PUT", "/api/v1/users/me", "{\"name\":\"Ada\"}")
                        .block()
                        .is(200)
                        .text("accessToken");

        booking.visitor(fresh, 0).charge(1).is(201);
        guest.charge(1).is(401, "sign-in-required");
        stranger.post(RENEWAL, "", "Authorization", "Bearer " + token).is(401, "sign-in-required");
    }

    @Test
    void nothingElseIsRenewed() {
        String[] forged = token.split("\\.");
        forged[2] = forged[2].substring(0, 42) + (forged[2].endsWith("A") ? "E" : "A");

        stranger.post(RENEWAL, "").is(401, "sign-in-required");
        stranger.post(RENEWAL, "", "Authorization", "Bearer " + String.join(".", forged))
                .is(401, "sign-in-required");
        stranger.post(RENEWAL, "", "Authorization", "Bearer " + booking.pass(guest.user()))
                .is(401, "sign-in-required");
        stranger.post(RENEWAL, "", "Authorization", "Bearer " + booking.accessToken(guest))
                .is(401, "sign-in-required");
        stranger.post(RENEWAL, "", "Authorization", "Bearer " + ofAKeyThatIsGone())
                .is(401, "sign-in-required");
    }

    /** All that a guest has, when the key is replaced at once. */
    private String ofAKeyThatIsGone() {
        String signIn =
                booking.text("SELECT id FROM sign_in WHERE user_id = ?", guest.user().uuid());
        return new AccessTokens(List.of(SigningKey.random("gone")), InstantSource.system())
                .sign(new Bearer(guest.user(), UUID.fromString(signIn)));
    }

    @Test
    void overHttpsOnlyACookieOfThisHostIsBelieved() {
        String https = "https";

        stranger.post(RENEWAL, "", "Cookie", "access-token=" + token, "X-Forwarded-Proto", https)
                .is(401, "sign-in-required");
        assertThat(
                        stranger.post(
                                        RENEWAL,
                                        "",
                                        "Cookie",
                                        "__Host-access-token=" + token,
                                        "X-Forwarded-Proto",
                                        https)
                                .is(200)
                                .header("Set-Cookie"))
                .contains("__Host-access-token=", "Secure");
    }

    /** A script of the page may send a cookie, and must not read it. */
    @Test
    void aCookieIsRenewedByACookieAndATokenByAToken() {
        Answered browser = stranger.post(RENEWAL, "", "Cookie", "access-token=" + token).is(200);
        Answered program =
                stranger.post(
                                RENEWAL,
                                "",
                                "Authorization",
                                "Bearer " + token,
                                "Cookie",
                                "access-token=" + token)
                        .is(200);

        // Of a site that asks for a password of its own, browsers send that too.
        stranger.post(RENEWAL, "", "Authorization", "Basic eDp5", "Cookie", "access-token=" + token)
                .is(200);
        stranger.post(RENEWAL, "", "Authorization", "bearer " + token).is(200);
        assertThat(browser.json().propertyNames()).containsExactly("userId", "name", "email");
        booking.visitor(program.text("accessToken"), 0).get("/api/v1/balance").is(200);
    }

    // ── signing out ─────────────────────────────────────────────────────────────────────────────

    @Test
    void signingOutHereEndsThisSignInAndNoOther() {
        keep(guest, email, PASSWORD, null).is(204);
        String other = signIn(email, PASSWORD).is(201).text("accessToken");

        Answered out =
                stranger.delete(
                                "/api/v1/sign-ins/current",
                                "Authorization",
                                "Bearer " + booking.accessToken(token, Duration.ofDays(3)))
                        .is(204);
        stranger.delete("/api/v1/sign-ins/current", "Authorization", "Bearer " + token).is(204);
        stranger.delete("/api/v1/sign-ins/current").is(204);

        assertThat(out.header("Set-Cookie")).contains("access-token=;", "Max-Age=0");
        guest.get("/api/v1/tickets").is(401, "sign-in-required");
        booking.visitor(other, 0).get("/api/v1/tickets").is(200);
    }

    @Test
    void signingOutEverywhereEndsAllAlsoForWhomTheGatewayStillLetsPass() {
        keep(guest, email, PASSWORD, null).is(204);
        Visitor thief = booking.visitor(token, 0);
        Visitor inside = booking.visitor(token, 7);
        Visitor owner = booking.visitor(signIn(email, PASSWORD).text("accessToken"), 0);

        owner.delete("/api/v1/sign-ins").is(204);

        for (Visitor one : List.of(thief, inside, owner, booking.visitor(guest.user()))) {
            one.get("/api/v1/balance").is(401, "sign-in-required");
            one.charge(1_000).is(401, "sign-in-required");
        }
        stranger.post(RENEWAL, "", "Authorization", "Bearer " + token).is(401, "sign-in-required");
        signIn(email, PASSWORD).is(201);
    }

    @Test
    void aPlaceAloneIsEnoughForAGuestAndForNobodyWithAPassword() {
        Visitor place = booking.visitor(guest.user());

        place.get("/api/v1/balance").is(200);
        keep(place, email, PASSWORD, null).is(401, "sign-in-required");
        place.delete("/api/v1/sign-ins").is(401, "sign-in-required");
        guest.get("/api/v1/balance").is(200);
        keep(guest, email, PASSWORD, null).is(204);

        place.get("/api/v1/balance").is(401, "sign-in-required");
        booking.visitor(token, 7).get("/api/v1/balance").is(200);
        booking.visitor(otherToken(), 7).get("/api/v1/balance").is(200);
    }

    @Test
    void theSignInOfAnotherIsNone() {
        Visitor mixed = booking.visitor(booking.accessToken(guest), 0);
        mixed.get("/api/v1/balance").is(200);

        keep(guest, email, PASSWORD, null).is(204);

        mixed.get("/api/v1/balance").is(401, "sign-in-required");
        assertThat(isKnown(guest, booking.visitor())).isFalse();
        assertThat(isKnown(guest, guest)).isTrue();
    }

    private boolean isKnown(Visitor who, Visitor bySignInOf) {
        String sql =
                "SELECT is_known(?, (SELECT max(id::text)::uuid FROM sign_in WHERE user_id = ?))";
        return booking.text(sql, who.user().uuid(), bySignInOf.user().uuid()).equals("t");
    }

    // ── passwords ───────────────────────────────────────────────────────────────────────────────

    @Test
    void anotherPasswordNeedsTheOneOfBeforeAndEndsTheOtherSignIns() {
        keep(guest, email, PASSWORD, null).is(204);
        String other = signIn(email, PASSWORD).text("accessToken");

        keep(guest, email, "something else", null).is(401, "sign-in-refused");
        keep(guest, email, "something else", "wrong").is(401, "sign-in-refused");
        keep(guest, email, "something else", PASSWORD).is(204);

        booking.visitor(other, 0).get("/api/v1/tickets").is(401, "sign-in-required");
        guest.get("/api/v1/tickets").is(200);
        signIn(email, PASSWORD).is(401, "sign-in-refused");
        signIn(email, "something else").is(201);
    }

    @Test
    void anOperatorGivesWhoeverHasForgottenItAnotherPassword() {
        keep(guest, email, PASSWORD, null).is(204);
        Admin admin = new Admin(booking);
        String resets = "/admin/password-resets";

        Answered reset = admin.post(resets, "{\"email\":\"%s\"}".formatted(email)).is(200);

        assertThat(reset.text("userId")).isEqualTo(guest.user().toString());
        guest.get("/api/v1/tickets").is(401, "sign-in-required");
        signIn(email, PASSWORD).is(401, "sign-in-refused");
        signIn(email, reset.text("password")).is(201);
        admin.post(resets, "{\"email\":\"no%s\"}".formatted(email)).is(404, "user-not-found");
        admin.post(resets, "{}").is(400, "validation-failed");
        booking.atManagement().post(resets, "{}").is(401, "admin-required");
        booking.stranger().post(resets, "{}").is(404, "not-found");
    }

    /** Who has done so meanwhile has told them another one; nobody asks who the operator is. */
    @Test
    void anOperatorIsToldOfAnotherWhoDoesSoAtOnce() throws Exception {
        keep(guest, email, PASSWORD, null).is(204);
        try (Connection other = booking.connect();
                var statement = other.createStatement()) {
            other.setAutoCommit(false);
            statement.execute(
                    "UPDATE users SET password = '-' WHERE id = '%s'"
                            .formatted(guest.user().uuid()));
            var reset =
                    new Admin(booking)
                            .sending(
                                    "POST",
                                    "/admin/password-resets",
                                    "{\"email\":\"%s\"}".formatted(email))
                            .toFuture();
            booking.awaitLockOf("set_password");
            other.commit();

            reset.join().is(409, "one-at-a-time");
        }
    }

    @Test
    void anAddressIsOfOneAccount() {
        keep(guest, email, PASSWORD, null).is(204);
        Visitor other = booking.visitor(otherToken(), 0);

        keep(other, email.toUpperCase(), "another password", null).is(409, "email-taken");

        assertThat(other.get("/api/v1/users/me").at("email").isNull()).isTrue();
        other.get("/api/v1/balance").is(200);
    }

    @Test
    void whatIsNoAddressOrNoPasswordIsRefused() {
        String tooLong = "a@" + "b".repeat(253);
        String sevenMasks = "\\ud83c\\udfad".repeat(7);
        for (String bad :
                List.of("", "a", "a@", "@b", "a b@c", "a@b c", "a".repeat(65) + "@b.de", tooLong)) {
            assertThat(signIn(bad, PASSWORD).is(400, "validation-failed").text("fields/0/field"))
                    .isEqualTo("email");
        }
        for (String bad : List.of("", "seven77", sevenMasks, "x".repeat(73), "쉿".repeat(25))) {
            assertThat(signIn(email, bad).is(400, "validation-failed").text("fields/0/field"))
                    .isEqualTo("password");
        }
        stranger.post("/api/v1/sign-ins", "{}").is(400, "validation-failed");
        for (String bad : List.of("x@y\\u0000z.de", "x\\ud800@y.de", "x@\\udfff.de")) {
            signIn(bad, PASSWORD).is(400, "validation-failed");
        }
        signIn("\\ud83c\\udfad@y.de", PASSWORD).is(401, "sign-in-refused");
        for (String good : List.of("eight888", "x".repeat(72))) {
            signIn(email, good).is(401, "sign-in-refused");
        }
    }

    /** Each costs two hashes, and whoever knows the password has as many as they like. */
    @Test
    void passwordsAreSetAFewAMinute() {
        for (int i = 0; i < 5; i++) {
            keep(guest, email, PASSWORD, PASSWORD).is(204);
        }

        keep(guest, email, PASSWORD, PASSWORD).is(429, "too-many-requests");
        signIn(email, PASSWORD).is(201);
    }

    @Test
    void ofOneUserOnePasswordIsSetAtATime() throws Exception {
        try (Connection blocker = booking.connect()) {
            blocker.setAutoCommit(false);
            blocker.createStatement()
                    .execute(
                            "SELECT FROM users WHERE id = '%s' FOR UPDATE"
                                    .formatted(guest.user().uuid()));
            var first = keeping(guest, email, PASSWORD, null).toFuture();
            booking.awaitLockOf("set_password");

            keep(guest, email, PASSWORD, null).is(409, "one-at-a-time");
            blocker.rollback();
            first.get().is(204);
        }
        keep(guest, email, PASSWORD, PASSWORD).is(204);
    }

    /** Nothing was set, so that nobody has to wait for it. */
    @Test
    void aPasswordThatCouldNotBeHashedIsNoChange() {
        Mono<String> slow =
                booking.bean(Passwords.class)
                        .match(PASSWORD, Mono.never(), Function.identity(), "");
        var others = Stream.generate(slow::toFuture).limit(Passwords.MOST).toList();
        assertThat(others).noneMatch(Future::isDone);

        for (int i = 0; i < 5; i++) {
            keep(guest, UUID.randomUUID() + "@b.de", PASSWORD, null).is(503, "booking-busy");
        }

        others.forEach(it -> it.cancel(true));
        keep(guest, email, PASSWORD, null).is(204);
    }

    /** Somebody with the password cannot fill the table. */
    @Test
    void ofOneUserTheLastTwentySignInsStand() {
        Visitor other = booking.visitor();
        keep(guest, email, PASSWORD, null).is(204);
        for (int i = 0; i < 21; i++) {
            signIn(email, PASSWORD).is(201);
        }

        assertThat(signIns(guest)).isEqualTo(20);
        guest.get("/api/v1/balance").is(401, "sign-in-required");
        assertThat(signIns(other)).isOne();
    }

    private long signIns(Visitor of) {
        return booking.number("SELECT count(*) FROM sign_in WHERE user_id = ?", of.user().uuid());
    }

    /** It was another one when the password that is shown was compared. */
    @Test
    void nobodySignsInByAPasswordThatIsNoMore() {
        keep(guest, email, PASSWORD, null).is(204);

        assertThat(
                        booking.text(
                                "SELECT sign_in(?, 'the one of before', gen_random_uuid(), 60)",
                                guest.user().uuid()))
                .isNull();
    }

    @Test
    void signInsThatAreOverGoAsOthersCome() {
        sets("ends_at = now() - interval '40 years'");

        otherToken();

        assertThat(signIns(guest)).isZero();
    }
}
