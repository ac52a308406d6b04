package dev.stagedoor.quickstart.shop;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Browser.NewContextOptions;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Page.EmulateMediaOptions;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.Cookie;
import com.microsoft.playwright.options.Media;

import dev.stagedoor.common.AccessTokens;
import dev.stagedoor.common.SigningKey;
import dev.stagedoor.devservices.Database;
import dev.stagedoor.quickstart.stage.Album;
import dev.stagedoor.quickstart.stage.AtTheTheatre;
import dev.stagedoor.quickstart.stage.Chromium;
import dev.stagedoor.quickstart.stage.Guest;
import dev.stagedoor.quickstart.stage.Theatre;

import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;

/** Who bought a ticket on Monday finds it on Thursday, on the phone, while others wait in line. */
@Order(1)
@ResourceLock(Theatre.OF_THE_SALE)
class ComingBackStory extends AtTheTheatre {

    private static final Duration THREE_DAYS = Duration.ofDays(3);
    private static final Pattern CODE = Pattern.compile("^[^:]+:[0-9A-V]{45}$");
    private static final String PASSWORD = "a horse and a battery";

    /** Another seat each time: what was taken just now may look free for a moment more. */
    private static final AtomicInteger HELD = new AtomicInteger();

    private static final String FORGETS = "localStorage.clear()";

    /** Another page of the site has left no room. */
    private static final String IS_FULL =
            """
            const set = Storage.prototype.setItem;
            Storage.prototype.setItem = function (key, value) {
              if (this === localStorage) throw new DOMException('full', 'QuotaExceededError');
              set.call(this, key, value);
            };
            """;

    private static final String IS_NOT_THERE =
            "Object.defineProperty(window, 'localStorage', { value: null });";

    private static final String LETS_A_HUNDRED_GO =
            """
            async () => {
              const scheduleId = Number(document.querySelector('#dates input:checked').value);
              const headers = { 'Content-Type': 'application/json' };
              for (let i = 0; i < 26; i++) {
                const wish = JSON.stringify({ scheduleId, quantity: 4 });
                const held = await fetch('/api/v1/reservations', { method: 'POST', headers, body: wish });
                const { reservationId } = await held.json();
                await fetch(`/api/v1/reservations/${reservationId}`, { method: 'DELETE' });
              }
            }
            """;

    private final String email = UUID.randomUUID() + "@example.org";

    ComingBackStory(Theatre stage, Chromium chromium) {
        super(stage, chromium);
    }

    @Test
    void aTicketOfThreeDaysAgoIsFoundOnThePhoneShownAndRefunded() {
        try (Guest laptop = guest(1100, 850)) {
            buysAsAGuest(laptop);
            keepsTheAccount(laptop);
            threeDaysPass(laptop);
            stage.isFullWith(2);

            staysKnownWithoutBeingAsked(laptop);
        }
        try (Guest phone = guest(390, 800)) {
            signsIn(phone);
            showsTheTicket(phone);
            getsTheMoneyBack(phone);
            signsOut(phone);
        }
        Assertions.assertThat(stage.view().waiting()).as("nobody took a place").isEqualTo(2);
    }

    @Test
    void whoseBrowserHasNoRoomLeftHoldsASeatLikeAnybody() {
        try (Guest laptop = guest(1100, 850)) {
            laptop.context().addInitScript(IS_FULL);

            laptop.page().navigate("/shop/concerts/2");
            holdsASeat(laptop, 1);

            assertThat(laptop.see("#trouble")).isEmpty();
        }
    }

    /** As in apps that show pages and have not asked for a storage. */
    @Test
    void whoseBrowserKeepsNothingForScriptsHoldsASeatAndFindsItLikeAnybody() {
        try (Guest phone = guest(390, 800)) {
            phone.context().addInitScript(IS_NOT_THERE);

            phone.page().navigate("/");
            phone.page().navigate("/shop/concerts/2");
            holdsASeat(phone, 1);
            phone.page().navigate("/shop/tickets");

            assertThat(phone.see(".state.RESERVED")).hasCount(1);
            assertThat(phone.see("#trouble")).isEmpty();
        }
    }

    /**
     * Four seats that cost more than can be paid in at once, and a hundred that were let go later.
     */
    @Test
    void whatWasPaidIsFoundBehindAllThatWasLetGo() {
        try (Guest hana = guest(1100, 850)) {
            hana.page().navigate("/shop/concerts/2");
            hana.see("#dates label").nth(2).click();
            hana.see("#quantity").selectOption("4");
            hana.see("#takeBest").click();
            assertThat(hana.see("#short")).containsText("₩528,000 short");
            hana.see("#charge").click();
            assertThat(hana.see("#balance")).hasText("₩500,000");
            assertThat(hana.see("#charge")).isFocused();
            hana.see("#charge").click();
            hana.see("#pay").click();
            assertThat(hana.see("#paidTitle")).isVisible();

            hana.page().navigate("/shop/concerts/2");
            queuesAgain(hana);
            hana.see("#dates label").nth(1).click();
            hana.page().evaluate(LETS_A_HUNDRED_GO);
            hana.page().navigate("/shop/tickets");

            assertThat(hana.see(".state.CANCELLED")).hasCount(26);
            assertThat(hana.see(".state.PAID")).hasCount(1);
            assertThat(hana.see(".card").last().locator(".chip")).hasCount(4);
            hana.see(".card a").last().click();
            assertThat(hana.see(".pass")).hasCount(4);
        }
    }

    @Test
    void whoCannotBeKnownAgainAtTheMomentDoesNotBecomeSomebodyElse() {
        try (Guest laptop = guest(1100, 850)) {
            buysAsAGuest(laptop);
            keepsTheAccount(laptop);
            threeDaysPass(laptop);
            laptop.page().route("**/sign-ins/renewal", route -> route.abort("connectionrefused"));
            laptop.page().navigate("/shop/concerts/2");
            queuesAgain(laptop);
            assertThat(laptop.see("#trouble")).containsText("could not be reached");

            laptop.page().unroute("**/sign-ins/renewal");
            laptop.page().navigate("/shop/tickets");
            assertThat(laptop.see("#accountTitle")).hasText("Signed in as " + email);
        }
    }

    /** What scripts have stored goes long before a cookie does. */
    @Test
    void whoHasOnlyTheCookieLeftBuysAsWhoTheyWere() {
        try (Guest laptop = guest(1100, 850)) {
            buysAsAGuest(laptop);
            laptop.page().evaluate(FORGETS);
            laptop.page().route("**/sign-ins/renewal", route -> route.abort("connectionrefused"));
            wantsMore(laptop);
            queuesAgain(laptop);
            assertThat(laptop.see("#dates label").first()).isVisible();
            hasPaidOnce(laptop);

            laptop.page().unroute("**/sign-ins/renewal");
            laptop.page().evaluate(FORGETS);
            wantsMore(laptop);
            assertThat(laptop.see("#dates label").first()).isVisible();
            hasPaidOnce(laptop);
        }
    }

    @Test
    void whoHasOnlyACookieThatHasRunOutLeftHoldsASeatAsWhoTheyWere() {
        try (Guest laptop = guest(1100, 850)) {
            buysAsAGuest(laptop);
            threeDaysPass(laptop);
            laptop.page().evaluate(FORGETS);
            laptop.page().navigate("/shop/concerts/2");
            queuesAgain(laptop);
            holdsASeat(laptop);

            hasPaidOnce(laptop);
            assertThat(laptop.see(".state.RESERVED")).hasCount(1);
        }
    }

    @Test
    void whoWasSignedOutOnAnotherDeviceSignsInOnTheWayAndHoldsASeatAsWhoTheyWere() {
        try (Guest laptop = guest(1100, 850);
                Guest phone = guest(390, 800)) {
            buysAsAGuest(laptop);
            keepsTheAccount(laptop);
            phone.page().navigate("/shop/tickets");
            givesThePassword(phone);
            phone.see("#signOutEverywhere").click();
            assertThat(phone.see("#line")).isVisible();

            wantsMore(laptop);
            givesThePassword(laptop);
            holdsASeat(laptop);

            hasPaidOnce(laptop);
            assertThat(laptop.see(".state.RESERVED")).hasCount(1);
        }
    }

    private static void wantsMore(Guest laptop) {
        laptop.page().navigate("/");
        laptop.page()
                .getByRole(AriaRole.LINK, new Page.GetByRoleOptions().setName("Choose seats"))
                .first()
                .click();
    }

    private static void queuesAgain(Guest guest) {
        guest.page()
                .getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Queue again"))
                .click();
    }

    private static void hasPaidOnce(Guest laptop) {
        laptop.page().navigate("/shop/tickets");
        assertThat(laptop.see(".state.PAID")).hasCount(1);
    }

    private static void buysAsAGuest(Guest laptop) {
        laptop.page().navigate("/shop/concerts/2");
        assertThat(laptop.see("#picked")).isEmpty();
        holdsASeat(laptop);
        laptop.see("#charge").click();
        laptop.see("#pay").click();
        assertThat(laptop.see("#paidTitle")).isVisible();
    }

    private static void holdsASeat(Guest laptop) {
        holdsASeat(laptop, 2);
    }

    private static void holdsASeat(Guest laptop, int evening) {
        laptop.see("#dates label").nth(evening).click();
        assertThat(laptop.see("#picked")).containsText("Choose up to 4");
        laptop.see("#seats [data-look='AVAILABLE']").nth(HELD.getAndIncrement() % 10 * 3).click();
        laptop.see("#hold").click();
        assertThat(laptop.see("#countdown")).isVisible();
    }

    private void keepsTheAccount(Guest laptop) {
        laptop.see("#toTickets").click();
        assertThat(laptop.see(".state")).hasText("paid");
        assertThat(laptop.see("#accountTitle")).hasText("Find your tickets again");
        laptop.see("#accountSummary").click();
        laptop.see("#newEmail").fill(email);
        laptop.see("#newPassword").fill(PASSWORD);
        Album.take(laptop.page(), "keep-account");
        laptop.see("#keepIt").click();

        assertThat(laptop.see("#accountTitle")).hasText("Signed in as " + email);
        assertThat(laptop.see("#said")).containsText("From now on you can sign in");
        assertThat(laptop.see("#signOut")).isVisible();
    }

    /** Whatever was written down about them is three days older, here and there. */
    private void threeDaysPass(Guest laptop) {
        Cookie cookie =
                laptop.context().cookies().stream()
                        .filter(one -> one.name.endsWith("access-token"))
                        .findFirst()
                        .orElseThrow();
        List<SigningKey> keys = List.of(stage.accessKey());
        var bearer = new AccessTokens(keys, InstantSource.system()).verify(cookie.value);
        UUID user = bearer.orElseThrow().user().uuid();
        for (String table : List.of("users", "reservation", "ticket", "payment", "sign_in")) {
            ago(
                    "UPDATE %s SET created_at = created_at - interval '3 days'".formatted(table),
                    table,
                    user);
        }
        ago("UPDATE sign_in SET ends_at = ends_at - interval '3 days'", "sign_in", user);
        cookie.value =
                new AccessTokens(keys, () -> Instant.now().minus(THREE_DAYS))
                        .sign(bearer.orElseThrow());
        laptop.context().addCookies(List.of(cookie));
        laptop.page()
                .evaluate(
                        "ms => localStorage.setItem('renewed',"
                                + " Number(localStorage.getItem('renewed')) - ms)",
                        (double) THREE_DAYS.toMillis());
    }

    private void ago(String update, String table, UUID user) {
        Database database = stage.database();
        String whose = table.equals("users") ? " WHERE id = ?" : " WHERE user_id = ?";
        try (Connection connection =
                        DriverManager.getConnection(
                                database.jdbcUrl(), database.user(), database.password());
                var asleep = connection.createStatement();
                var statement = connection.prepareStatement(update + whose)) {
            asleep.execute("SET session_replication_role = replica");
            statement.setObject(1, user);
            Assertions.assertThat(statement.executeUpdate()).as(update).isPositive();
        } catch (SQLException e) {
            throw new IllegalStateException(update, e);
        }
    }

    private static void staysKnownWithoutBeingAsked(Guest laptop) {
        laptop.page().navigate("/shop/tickets");
        assertThat(laptop.see(".state")).hasText("paid");
        assertThat(laptop.see("#entrance")).isHidden();
    }

    private void signsIn(Guest phone) {
        phone.page().navigate("/");
        phone.see("#tickets").click();
        assertThat(phone.see("#entranceTitle")).isVisible();
        phone.see("#email").fill(email);
        phone.see("#password").fill("not the one");
        phone.see("#signIn button").click();
        assertThat(phone.see("#trouble")).containsText("is not right");
        givesThePassword(phone);

        assertThat(phone.see(".state")).hasText("paid");
        assertThat(phone.see("#trouble")).isEmpty();
        Album.take(phone.page(), "signed-in");
    }

    private void givesThePassword(Guest guest) {
        guest.see("#email").fill(email);
        guest.see("#password").fill(PASSWORD);
        guest.presses("Enter");
    }

    private static void showsTheTicket(Guest phone) {
        phone.see("#list a").click();
        assertThat(phone.see(".pass")).hasCount(1);
        assertThat(phone.see(".code")).hasText(CODE);
        phone.page()
                .waitForFunction(
                        "() => { const qr = document.querySelector('.pass img'); return qr.complete"
                                + " && qr.naturalWidth > 0; }");
        Album.take(phone.page(), "ticket");
        isPrintedWithoutButtons(phone);
        phone.see("#back").click();
    }

    private static void isPrintedWithoutButtons(Guest phone) {
        phone.page().emulateMedia(new EmulateMediaOptions().setMedia(Media.PRINT));
        assertThat(phone.see("#print")).isHidden();
        assertThat(phone.see("#back")).isHidden();
        assertThat(phone.see(".pass img")).isVisible();
        phone.page().emulateMedia(new EmulateMediaOptions().setMedia(Media.SCREEN));
    }

    private static void getsTheMoneyBack(Guest phone) {
        phone.see("#list button").click();
        phone.see("#sure button[value='yes']").click();
        assertThat(phone.see(".state")).hasText("refunded");
        assertThat(phone.see("#list a")).hasCount(0);
        assertThat(phone.see("#list")).isFocused();
    }

    private void signsOut(Guest phone) {
        phone.see("#signOut").click();
        assertThat(phone.see("#line")).isVisible();
        phone.page().navigate("/shop/tickets");
        assertThat(phone.see("#entranceTitle")).isVisible();
    }

    private Guest guest(int width, int height) {
        return new Guest(
                stage.url(),
                chromium,
                new NewContextOptions().setLocale("en-US").setViewportSize(width, height));
    }
}
