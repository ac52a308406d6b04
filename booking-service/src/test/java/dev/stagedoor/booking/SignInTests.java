package dev.stagedoor.booking;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.booking.catalogue.ScheduleId;
import dev.stagedoor.common.AccessTokens;
import dev.stagedoor.common.Bearer;
import dev.stagedoor.common.SigningKey;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import java.sql.Connection;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/** Who comes back, and who must not. */
@Timeout(60)
class SignInTests {

    private static final String PASSWORD = "a horse and a battery";
    private static final String RENEWAL = "/api/v1/sign-ins/renewal";

    /** Each test guesses from a network of its own. */
    private static final AtomicInteger NETWORKS = new AtomicInteger();

    private final Booking booking = Booking.shared();
    private final Visitor stranger = booking.stranger();
    private final String email = UUID.randomUUID() + "@example.org";
    private final int network = NETWORKS.incrementAndGet();
    private final String address = "10.7." + network + ".1";
    private String token;
    private Visitor guest;

    @BeforeEach
    void aGuest() {
        token = stranger.post("/api/v1/users", "{\"name\":\"Ada\"}").is(201).text("accessToken");
        guest = booking.visitor(token, 0);
    }

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
        Visitor management = booking.atManagement();
        String[] admin = {
            "Authorization",
            "Basic "
                    + Base64.getEncoder()
                            .encodeToString(("admin:" + Booking.ADMIN_PASSWORD).getBytes())
        };
        String resets = "/admin/password-resets";

        Answered reset =
                management.post(resets, "{\"email\":\"%s\"}".formatted(email), admin).is(200);

        assertThat(reset.text("userId")).isEqualTo(guest.user().toString());
        guest.get("/api/v1/tickets").is(401, "sign-in-required");
        signIn(email, PASSWORD).is(401, "sign-in-refused");
        signIn(email, reset.text("password")).is(201);
        management
                .post(resets, "{\"email\":\"no%s\"}".formatted(email), admin)
                .is(404, "user-not-found");
        management.post(resets, "{}", admin).is(400, "validation-failed");
        management.post(resets, "{}").is(401, "admin-required");
        booking.stranger().post(resets, "{}").is(404, "not-found");
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
        for (String bad :
                List.of("", "a", "a@", "@b", "a b@c", "a@b c", "a".repeat(250) + "@b.de")) {
            assertThat(signIn(bad, PASSWORD).is(400, "validation-failed").text("fields/0/field"))
                    .isEqualTo("email");
        }
        for (String bad : List.of("", "seven77", "x".repeat(73), "쉿".repeat(25))) {
            assertThat(signIn(email, bad).is(400, "validation-failed").text("fields/0/field"))
                    .isEqualTo("password");
        }
        stranger.post("/api/v1/sign-ins", "{}").is(400, "validation-failed");
        for (String bad : List.of("x@y\\u0000z.de", "x\\ud800@y.de", "x@\\udfff.de")) {
            signIn(bad, PASSWORD).is(400, "validation-failed");
        }
        signIn("\\ud83c\\udfad@y.de", PASSWORD).is(401, "sign-in-refused");
    }

    /** A known one costs a hash, an unknown one as well. */
    @Test
    void nobodyLearnsWhetherAnAddressIsKnown() {
        keep(guest, email, PASSWORD, null).is(204);
        long[] known = new long[5];
        long[] unknown = new long[5];
        for (int i = 0; i < 5; i++) {
            Answered[] answers = new Answered[2];
            int n = i;
            known[i] =
                    nanos(() -> answers[0] = signIn(email, "wrong password", "10.8." + n + ".1"));
            unknown[i] =
                    nanos(
                            () ->
                                    answers[1] =
                                            signIn(
                                                    "no" + email,
                                                    "wrong password",
                                                    "10.8." + n + ".1"));

            assertThat(words(answers[1])).isEqualTo(words(answers[0]));
        }
        assertThat(median(unknown)).isBetween(median(known) / 4, median(known) * 4);
    }

    @Test
    void guessesAtOneAccountMustWaitWhetherItIsThereOrNot() {
        keep(guest, email, PASSWORD, null).is(204);

        for (String one : List.of(email, "no" + email)) {
            for (int i = 0; i < 5; i++) {
                signIn(one, "wrong password " + i).is(401, "sign-in-refused");
            }
            assertThat(signIn(one, PASSWORD).is(429, "too-many-requests").header("Retry-After"))
                    .isEqualTo("1");
        }
        signIn(email, PASSWORD, "10.9.9.9").is(201);
    }

    @Test
    void guessesAtManyAccountsFromOneAddressMustWaitToo() {
        for (int i = 0; i < 30; i++) {
            signIn(i + email, "wrong password").is(401, "sign-in-refused");
        }

        signIn("new" + email, "wrong password").is(429, "too-many-requests");
    }

    /** Who sits behind the same proxy as a stranger, or is guessed at by a crowd. */
    @Test
    void guessesOfOthersKeepNobodyWaitingWhoHasShownThePasswordFromThere() {
        keep(guest, email, PASSWORD, null).is(204);
        signIn(email, PASSWORD).is(201);

        guess(36, i -> signingIn(i + email, "wrong password", address));
        guess(110, i -> signingIn(email, "wrong password", elsewhere(i / 5)));

        signIn("new" + email, "wrong password").is(429, "too-many-requests");
        signIn(email, PASSWORD, elsewhere(200)).is(429, "too-many-requests");
        signIn(email, PASSWORD).is(201);
    }

    /** A stranger there has what strangers have. */
    @Test
    void guessesFromWhereThePasswordWasShownMustWaitToo() {
        keep(guest, email, PASSWORD, null).is(204);
        signIn(email, PASSWORD).is(201);

        for (int i = 0; i < 5; i++) {
            signIn(email, "wrong password " + i).is(401, "sign-in-refused");
        }

        signIn(email, PASSWORD).is(429, "too-many-requests");
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

    @Test
    void whoeverLooksWhichAddressesAreTakenMustWaitToo() {
        keep(guest, email, PASSWORD, null).is(204);
        Visitor other = booking.visitor(otherToken(), 0);

        for (int i = 0; i < 5; i++) {
            keep(other, email, "another password", null).is(409, "email-taken");
        }

        keep(other, email, "another password", null).is(429, "too-many-requests");
    }

    /** An account costs nothing, and whoever has one shows its password whenever they like. */
    @Test
    void whoeverLooksByManyAccountsMustWaitTooAndKeepsNobodyFromSigningIn() {
        keep(guest, email, PASSWORD, null).is(204);
        List<Integer> looks = new ArrayList<>();
        for (int account = 0; account < 8; account++) {
            Visitor other = booking.visitor(otherToken(), 0);
            keep(other, account + email, PASSWORD, null).is(204);
            signIn(account + email, PASSWORD).is(201);
            for (int i = 0; i < 4; i++) {
                looks.add(keep(other, email, PASSWORD, PASSWORD).status());
            }
        }

        assertThat(looks.subList(0, 30)).containsOnly(409);
        assertThat(looks.subList(30, 32)).containsOnly(429);
        signIn("new" + email, "wrong password").is(401, "sign-in-refused");
    }

    /** Behind a proxy that does not say from where somebody comes, nobody waits for others. */
    @Test
    void guessesFromNowhereKeepNobodyElseWaiting() {
        keep(guest, email, PASSWORD, null).is(204);
        for (int i = 0; i < 35; i++) {
            String one = "{\"email\":\"%s\",\"password\":\"a wrong one\"}".formatted(i + email);
            stranger.post("/api/v1/sign-ins", one).is(401, "sign-in-refused");
        }

        String right = "{\"email\":\"%s\",\"password\":\"%s\"}".formatted(email, PASSWORD);
        stranger.post("/api/v1/sign-ins", right).is(201);
    }

    /** A hundred who guess at once have five tries as well. */
    @Test
    void guessesAtOnceAreCountedBeforeTheyAreLookedAt() {
        keep(guest, email, PASSWORD, null).is(204);

        List<Integer> statuses = atOnce(i -> signingIn(email, "wrong password " + i, address));

        assertThat(statuses).filteredOn(status -> status == 401).hasSize(5);
        assertThat(statuses).containsOnly(401, 429);
    }

    @Test
    void guessesAtOnceAtManyAccountsAreCountedBeforeTheyAreLookedAtToo() {
        List<Integer> statuses = atOnce(i -> signingIn(i + email, "wrong password", address));

        assertThat(statuses).filteredOn(status -> status == 401).hasSize(30);
        assertThat(statuses).containsOnly(401, 429);
    }

    /** Nothing was set, so that nobody has to wait for it. */
    @Test
    void aPasswordThatCouldNotBeHashedIsNoChange() {
        AtomicBoolean isOver = new AtomicBoolean();
        var flood =
                Flux.range(0, Integer.MAX_VALUE)
                        .takeWhile(_ -> !isOver.get())
                        .flatMap(i -> signingIn(i + email, PASSWORD, elsewhere(i % 250)), 100)
                        .then()
                        .toFuture();
        int refused = 0;
        while (refused < 5) {
            if (keep(guest, UUID.randomUUID() + "@b.de", PASSWORD, null).status() == 503) {
                refused++;
            } else {
                aGuest();
                refused = 0;
            }
        }
        isOver.set(true);
        flood.join();

        keep(guest, email, PASSWORD, null).is(204);
    }

    /** Who comes later than can be hashed in a few seconds is told so, and the sale goes on. */
    @Test
    void aFloodOfSignInsIsTurnedAwayAndTakesNothingFromTheSale() {
        ScheduleId schedule = booking.schedule();
        int[] networks = IntStream.range(0, 300).toArray();

        var flood =
                Flux.fromStream(Arrays.stream(networks).boxed())
                        .flatMap(
                                i ->
                                        signingIn(
                                                i + email,
                                                "wrong password",
                                                "10.%d.%d.1".formatted(100 + i / 250, i % 250)),
                                300)
                        .collectList()
                        .toFuture();
        Visitor buyer = booking.visitor();
        Duration longer = Beside.longer(booking, () -> buyer.reserve(schedule, 1).is(201));

        List<Answered> answers = flood.join();
        assertThat(answers)
                .filteredOn(it -> it.status() == 503)
                .isNotEmpty()
                .allSatisfy(
                        it ->
                                assertThat(it.is(503, "booking-busy").header("Retry-After"))
                                        .isEqualTo("3"));
        assertThat(answers).filteredOn(it -> it.status() == 401).isNotEmpty();
        assertThat(longer).isLessThan(Duration.ofSeconds(3));
    }

    /** Somebody with the password cannot fill the table. */
    @Test
    void ofOneUserTheLastTwentySignInsStand() {
        keep(guest, email, PASSWORD, null).is(204);
        for (int i = 0; i < 21; i++) {
            signIn(email, PASSWORD).is(201);
        }

        assertThat(
                        booking.number(
                                "SELECT count(*) FROM sign_in WHERE user_id = ?",
                                guest.user().uuid()))
                .isEqualTo(20);
        guest.get("/api/v1/balance").is(401, "sign-in-required");
    }

    @Test
    void signInsThatAreOverGoAsOthersCome() {
        sets("ends_at = now() - interval '40 years'");

        otherToken();

        assertThat(
                        booking.number(
                                "SELECT count(*) FROM sign_in WHERE user_id = ?",
                                guest.user().uuid()))
                .isZero();
    }

    // ── what is done ────────────────────────────────────────────────────────────────────────────

    private Answered signIn(String email, String password) {
        return signIn(email, password, address);
    }

    private Answered signIn(String email, String password, String from) {
        return signingIn(email, password, from).block();
    }

    private Mono<Answered> signingIn(String email, String password, String from) {
        return stranger.send(
                "POST",
                "/api/v1/sign-ins",
                "{\"email\":\"%s\",\"password\":\"%s\"}".formatted(email, password),
                "Stagedoor-Client",
                from);
    }

    private String elsewhere(int subnet) {
        return "10.%d.%d.1".formatted(10 + network, subnet);
    }

    private static void guess(int times, IntFunction<Mono<Answered>> guess) {
        Flux.range(0, times).flatMap(guess::apply, 20).blockLast();
    }

    /** The answers to a hundred. */
    private static List<Integer> atOnce(IntFunction<Mono<Answered>> guess) {
        return Flux.range(0, 100)
                .flatMap(guess::apply, 100)
                .map(Answered::status)
                .collectList()
                .block();
    }

    private Answered keep(Visitor who, String email, String password, String former) {
        return keeping(who, email, password, former).block();
    }

    private Mono<Answered> keeping(Visitor who, String email, String password, String former) {
        String current = former == null ? "" : ",\"currentPassword\":\"" + former + '"';
        String body =
                "{\"email\":\"%s\",\"password\":\"%s\"%s}".formatted(email, password, current);
        return who.send("PUT", "/api/v1/users/me/sign-in", body, "Stagedoor-Client", address);
    }

    private String otherToken() {
        return stranger.post("/api/v1/users", "{\"name\":\"Bo\"}").is(201).text("accessToken");
    }

    private void sets(String what) {
        booking.sql("UPDATE sign_in SET " + what + " WHERE user_id = ?", guest.user().uuid());
    }

    private static String words(Answered answer) {
        return answer.is(401, "sign-in-refused").body().replaceFirst("\"traceId\":\"[^\"]*\"", "");
    }

    private static long nanos(Runnable act) {
        long begun = System.nanoTime();
        act.run();
        return System.nanoTime() - begun;
    }

    private static long median(long[] times) {
        return Arrays.stream(times).sorted().skip(times.length / 2).findFirst().orElseThrow();
    }
}
