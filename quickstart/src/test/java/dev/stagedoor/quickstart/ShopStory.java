package dev.stagedoor.quickstart;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import static org.awaitility.Awaitility.await;

import com.microsoft.playwright.Browser.NewContextOptions;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.Route.FulfillOptions;
import com.microsoft.playwright.assertions.LocatorAssertions.ContainsTextOptions;
import com.microsoft.playwright.assertions.LocatorAssertions.HasAttributeOptions;
import com.microsoft.playwright.options.AriaRole;

import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.ResourceLock;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The shop as it is used in a real browser. Every story has an evening of its own. */
@ExtendWith({NeedsChromium.class, Shared.class})
@ResourceLock(Theatre.OF_THE_SALE)
@Timeout(90)
class ShopStory {

    private static final Pattern SEATS = Pattern.compile("/seats/(states|events)");

    private final Theatre stage;
    private final Chromium chromium;

    ShopStory(Theatre stage, Chromium chromium) {
        this.stage = stage;
        this.chromium = chromium;
    }

    @AfterEach
    void everybodyGoes() {
        stage.clear();
    }

    @Test
    void aTicketIsBoughtByKeyboardAloneAndRefunded() {
        try (Guest hana = guest()) {
            hana.page().navigate("/");
            assertThat(hana.see("#line")).containsText("No line at the moment");
            Album.take(hana.page(), "catalogue");
            hana.tabsTo("a[href='/shop/concerts/2']");
            hana.presses("Enter");

            assertThat(hana.see("h1")).hasText("Winter Lights Live");
            hana.tabsTo("input[name='date']");
            hana.presses("Space");
            hana.tabsTo("[data-seat]");
            isKnown(hana, 1);
            hana.presses("ArrowRight", "ArrowDown", "Space", "ArrowRight", "Enter");
            assertThat(hana.see("#dates label").first()).containsText("7:00 PM");
            assertThat(hana.see("#picked")).hasText("1213");
            assertThat(hana.see("#sum")).hasText("₩264,000");
            Album.take(hana.page(), "seats");
            hana.tabsTo("#hold");
            hana.presses("Enter");

            assertThat(hana.see("#countdown")).containsText("left");
            assertThat(hana.see("#short")).containsText("₩264,000 short");
            assertThat(hana.see("#dates label").first()).containsText("48 of 50 seats left");
            Album.take(hana.page(), "held");
            hana.tabsTo("#charge");
            hana.presses("Enter");
            assertThat(hana.see("#pay")).isFocused();
            hana.presses("Enter");

            assertThat(hana.see("#paidTitle")).isVisible();
            assertThat(hana.see(".stub")).hasCount(2);
            Album.take(hana.page(), "paid");
            hana.tabsTo("#toTickets");
            hana.presses("Enter");

            assertThat(hana.see("h1")).hasText("My tickets");
            assertThat(hana.see(".state")).hasText("paid");
            assertThat(hana.see("#list")).containsText("7:00 PM");
            Album.take(hana.page(), "tickets");
            hana.tabsTo("#list button");
            hana.presses("Enter", "Shift+Tab", "Enter");
            assertThat(hana.see(".state")).hasText("refunded");
            assertThat(hana.see("#balance")).hasText("₩264,000");
        }
    }

    @Test
    void whoClicksTwiceForMoreConcertsSeesNoneOfThemTwice() {
        String concerts = "**/api/v1/concerts?*";
        FulfillOptions page =
                new FulfillOptions()
                        .setContentType("application/json")
                        .setBody(
                                IntStream.range(0, 24)
                                        .mapToObj(
                                                "{\"concertId\":%d,\"title\":\"Title\"}"::formatted)
                                        .collect(Collectors.joining(",", "{\"concerts\":[", "]}")));
        List<Route> asked = new ArrayList<>();
        try (Guest hana = guest()) {
            hana.page().route(concerts, route -> route.fulfill(page));
            hana.page().navigate("/");
            assertThat(hana.see("#concerts .card")).hasCount(24);
            hana.page().route(concerts, asked::add);
            hana.see("#more").dblclick();
            hana.page().waitForCondition(() -> !asked.isEmpty());

            asked.getFirst().fulfill(page);
            assertThat(hana.see("#concerts .card")).hasCount(48);
            Assertions.assertThat(asked).hasSize(1);
        }
    }

    @Test
    void ofTwoWhoWantOneSeatOneGetsItAndTheOtherIsToldAndSeesIt() {
        try (Guest hana = guest();
                Guest duri = guest()) {
            duri.page()
                    .route(
                            "**/seats/events*",
                            it -> it.fulfill(new FulfillOptions().setStatus(404)));
            chooseAnEvening(hana, 1, 0);
            chooseAnEvening(duri, 1, 0);
            seat(hana, 7).click();
            seat(duri, 7).click();
            AtomicBoolean blind = seesNothingNew(duri);
            hana.see("#hold").click();
            assertThat(hana.see("#countdown")).isVisible();

            duri.page()
                    .onRequest(
                            request -> blind.compareAndSet(request.method().equals("POST"), false));
            duri.see("#hold").click();
            assertThat(duri.see("#trouble")).containsText("seat 7 is taken");
            assertThat(seat(duri, 7)).hasAttribute("data-look", "HELD");
            assertThat(duri.see("#hold")).isDisabled();
            assertThat(duri.see("#takeInstead")).hasText("Choose 6 instead");
            duri.see("#takeInstead").click();
            assertThat(duri.see("#picked")).hasText("6");
            duri.see("#hold").click();
            assertThat(duri.see("#countdown")).isVisible();
        }
    }

    @Test
    void whatOthersHoldIsSeenWithinTwoSecondsAndTakesTheSeatFromTheChosen() {
        try (Guest hana = guest();
                Guest duri = guest()) {
            chooseAnEvening(hana, 1, 1);
            chooseAnEvening(duri, 1, 1);
            seat(hana, 21).click();
            seat(duri, 21).click();
            seat(duri, 22).click();

            hana.see("#hold").click();
            assertThat(hana.see("#countdown")).isVisible();
            assertThat(seat(duri, 21))
                    .hasAttribute("data-look", "HELD", new HasAttributeOptions().setTimeout(2000));
            assertThat(duri.see("#picked")).hasText("22");
            assertThat(duri.see("#trouble")).containsText("Somebody was faster");
            assertThat(duri.see("#takeInstead")).hasText("Choose 11 instead");
            duri.see("#takeInstead").click();
            assertThat(duri.see("#picked")).hasText("1122");
            assertThat(duri.see("#takeInstead")).isHidden();
        }
    }

    @Test
    void whoChoosesBeforeAnybodyKnowsWhatIsFreeChoosesNothing() {
        try (Guest dana = guest()) {
            List<Route> kept = new ArrayList<>();
            dana.page().route(SEATS, kept::add);
            dana.page().navigate("/shop/concerts/2");
            dana.see("#dates label").nth(0).click();
            seat(dana, 41).click();

            dana.page().unroute(SEATS);
            kept.forEach(Route::resume);
            isKnown(dana, 41);
            assertThat(dana.see("#hold")).isDisabled();
            seat(dana, 41).click();
            assertThat(dana.see("#picked")).hasText("41");
        }
    }

    /** What they hold already is asked for meanwhile. */
    @Test
    void whoChoosesAtOnceKeepsWhatTheyHaveChosen() {
        String held = "**/api/v1/reservations";
        try (Guest dana = guest()) {
            List<Route> kept = new ArrayList<>();
            dana.page().route(held, kept::add);
            chooseAnEvening(dana, 2, 0);
            seat(dana, 42).click();

            dana.page().waitForCondition(() -> !kept.isEmpty());
            dana.page().waitForResponse(held, kept.getLast()::resume);
            dana.page().waitForTimeout(500);
            assertThat(dana.see("#picked")).hasText("42");
        }
    }

    /** What is asked of one show may be answered when another one is looked at. */
    @Test
    void whoChangesTheirMindSeesTheSeatsOfTheShowThatTheyChose() {
        try (Guest sora = guest()) {
            List<Route> kept = new ArrayList<>();
            sora.page().navigate("/shop/concerts/1");
            sora.page().route("**/schedules/3/seats/states*", kept::add);
            sora.see("#dates label").nth(2).click();
            sora.page().waitForCondition(() -> !kept.isEmpty());
            sora.see("#dates label").nth(1).click();
            isKnown(sora, 50);

            sora.page().route(SEATS, kept::add);
            kept.getFirst().fulfill(allHeld());
            sora.page().waitForTimeout(500);

            assertThat(seat(sora, 50)).hasAttribute("data-look", "AVAILABLE");
            assertThat(sora.see("#house")).isHidden();
        }
    }

    private static FulfillOptions allHeld() {
        String seats = "VVVVVVVVVVVVVVVVVQ==";
        return new FulfillOptions()
                .setContentType("application/json")
                .setBody(
                        "{\"version\":\"old\",\"serverTime\":\"%s\",\"available\":0,\"seats\":\"%s\"}"
                                .formatted(Instant.now(), seats));
    }

    @Test
    void aStreamThatHasGoneMuteIsNotBelievedForEver() {
        try (Guest sora = guest()) {
            sora.page().clock().install();
            sora.page().addInitScript(MUTE_STREAMS);
            chooseAnEvening(sora, 1, 1);
            sora.page().waitForFunction("() => window.streams === 1");

            sora.page().clock().fastForward(80_000);
            sora.page().waitForFunction("() => window.streams === 2");
        }
    }

    private static final String MUTE_STREAMS =
            """
            window.streams = 0;
            window.EventSource = class extends EventTarget {
              constructor() {
                super();
                window.streams++;
              }
              close() {}
            };
            """;

    @Test
    void whatWasChosenOfOneShowIsNotHeldInAnother() {
        try (Guest sora = guest()) {
            List<Route> kept = new ArrayList<>();
            chooseAnEvening(sora, 1, 1);
            seat(sora, 50).click();
            assertThat(sora.see("#hold")).isEnabled();
            sora.page().route("**/plans/*", kept::add);
            sora.see("#dates label").nth(2).click();
            sora.page().waitForCondition(() -> !kept.isEmpty());

            assertThat(sora.see("#hold")).isDisabled();
            assertThat(seat(sora, 50)).isHidden();
            kept.forEach(Route::resume);
            assertThat(sora.see("#map")).isVisible();
        }
    }

    @Test
    void aReloadLeadsToTheSameShowOfADay() {
        try (Guest sora = guest()) {
            sora.page()
                    .route(
                            "**/schedules?*",
                            it ->
                                    it.fulfill(
                                            new FulfillOptions()
                                                    .setContentType("application/json")
                                                    .setBody(
                                                            it.fetch()
                                                                    .text()
                                                                    .replaceAll(
                                                                            "(?<=\"date\":\")[^\"]*",
                                                                            "2030-05-05"))));
            chooseAnEvening(sora, 2, 1);

            sora.page().reload();

            assertThat(sora.see("#dates input").nth(1)).isChecked();
        }
    }

    @Test
    void whoeverListensIsNotToldEverySecondHowMuchTimeIsLeft() {
        try (Guest nuri = guest()) {
            chooseAnEvening(nuri, 2, 0);
            seat(nuri, 40).click();
            nuri.see("#hold").click();
            assertThat(nuri.see("#short")).containsText("short");
            nuri.page().evaluate(Listening.BEGIN);
            String first = nuri.see("#countdown").textContent();
            assertThat(nuri.see("#countdown")).not().hasText(first);
            String second = nuri.see("#countdown").textContent();
            assertThat(nuri.see("#countdown")).not().hasText(second);

            Assertions.assertThat((List<?>) nuri.page().evaluate(Listening.HEARD)).isEmpty();
            nuri.see("#giveBack").click();
        }
    }

    @Test
    void aReloadInTheMiddleAndAWrongClockChangeNothing() {
        try (Guest sena = guest()) {
            sena.page().clock().install();
            sena.page().clock().setSystemTime(Instant.now().minusSeconds(3600).toEpochMilli());
            chooseAnEvening(sena, 3, 0);
            seat(sena, 30).click();
            sena.see("#hold").click();
            assertThat(sena.see("#countdown")).containsText("4 min");

            sena.page().reload();
            assertThat(sena.see("#countdown"))
                    .containsText("4 min", new ContainsTextOptions().setTimeout(10_000));
            assertThat(sena.see("#heldSeats")).hasText("30");
            assertThat(seat(sena, 30)).hasAttribute("data-look", "MINE");
            sena.page().clock().setSystemTime(Instant.now().plusSeconds(3600).toEpochMilli());
            sena.page().clock().fastForward(1_000);
            assertThat(sena.see("#countdown")).isVisible();
            sena.page().clock().fastForward(301_000);
            assertThat(sena.see("#trouble")).containsText("Nothing was charged");
        }
    }

    @Test
    void clickingTwiceHoldsAndPaysOnce() {
        AtomicInteger payments = new AtomicInteger();
        try (Guest nari = guest()) {
            nari.page()
                    .onRequest(
                            request -> {
                                if (request.url().endsWith("/payment")) {
                                    payments.incrementAndGet();
                                }
                            });
            chooseAnEvening(nari, 2, 1);
            seat(nari, 3).click();
            nari.see("#hold").dblclick();
            assertThat(nari.see("#heldSeats")).hasText("3");
            nari.see("#charge").dblclick();
            assertThat(nari.see("#balance")).hasText("₩132,000");
            nari.see("#pay").dblclick();

            assertThat(nari.see("#after")).containsText("₩0");
            Assertions.assertThat(payments.get()).isEqualTo(1);
        }
    }

    @Test
    void whoDoesNotLearnWhatHasBecomeOfAWishGetsItOnceWhenTheyWishAgain() {
        AtomicBoolean lost = new AtomicBoolean(true);
        try (Guest nari = guest()) {
            nari.page().clock().install();
            chooseAnEvening(nari, 2, 1);
            nari.page()
                    .route(
                            "**/reservations",
                            route -> {
                                if (lost.get()) {
                                    route.fetch();
                                    route.abort("internetdisconnected");
                                } else {
                                    route.resume();
                                }
                            });
            nari.see("#takeBest").click();
            await().until(() -> givesUp(nari));
            lost.set(false);
            nari.see("#takeBest").click();

            assertThat(nari.see("#heldSeats .chip")).hasCount(2);
            Object held =
                    nari.page()
                            .evaluate(
                                    "fetch('/api/v1/reservations').then((answer) => answer.json())"
                                            + ".then(({ reservations }) => reservations.length)");
            Assertions.assertThat(held).isEqualTo(1);
            nari.see("#giveBack").click();
            assertThat(nari.see("#trouble")).containsText("free again");
        }
    }

    private static boolean givesUp(Guest guest) {
        guest.page().clock().fastForward(2_000);
        return guest.see("#takeBest").getAttribute("aria-busy") == null;
    }

    @Test
    void whoeverHasToWaitForTheSaleIsBroughtToTheSeatsByTheLine() {
        stage.set("capacity", "1");
        stage.comes();
        try (Guest bora = guest()) {
            bora.page().navigate("/");
            bora.page()
                    .getByRole(AriaRole.LINK, new Page.GetByRoleOptions().setName("Choose seats"))
                    .first()
                    .click();

            assertThat(bora.see("#position")).hasText("1");
            stage.oneGoes();
            assertThat(bora.see("#dates input").first()).isVisible();
            bora.see("#dates label").nth(2).click();
            isKnown(bora, 1);
            seat(bora, 1).click();
            bora.see("#hold").click();
            assertThat(bora.see("#countdown")).isVisible();
            bora.see("#giveBack").click();
            assertThat(bora.see("#trouble")).containsText("free again");
        }
    }

    @Test
    void aVisitorOfTheDeepLinkIsAGuestAtFirstAndKnownToTheSaleAfterwards() {
        try (Guest mina = guest()) {
            mina.page().navigate("/shop/concerts/2");
            assertThat(mina.see("#who")).hasText("Hello, Guest");
            mina.see("#tickets").click();

            assertThat(mina.see("#who")).hasText("Hello, Guest");
            assertThat(mina.see("#none")).isVisible();
            mina.see("#amount").fill("50,000");
            mina.see("#charging button").click();
            assertThat(mina.see("#balance")).hasText("₩50,000");
        }
    }

    @Test
    void whoIsUnknownIsAskedToSignInAndTakesNoPlace() {
        stage.isFullWith(3);
        try (Guest anybody = guest()) {
            anybody.page().navigate("/shop/tickets");

            assertThat(anybody.see("#entranceTitle")).hasText("Sign in to see your tickets");
            Album.take(anybody.page(), "sign-in");
            anybody.see("#email").fill("nobody@example.org");
            anybody.see("#password").fill("not a password");
            anybody.see("#signIn button").click();
            assertThat(anybody.see("#trouble")).containsText("is not right");
            Assertions.assertThat(stage.view().waiting()).isEqualTo(3);
        }
    }

    /** The place is gone with the payment, others wait, and one's own is there at once. */
    @Test
    void whoHasPaidSeesTheTicketsAtOnceWhileOthersWait() {
        try (Guest hana = guest()) {
            chooseAnEvening(hana, 2, 2);
            stage.set("capacity", "1");
            for (int i = 0; i < 3; i++) {
                stage.comes();
            }
            seat(hana, 31).click();
            hana.see("#hold").click();
            hana.see("#charge").click();
            hana.see("#pay").click();
            assertThat(hana.see("#paidTitle")).isVisible();
            hana.see("#toTickets").click();

            assertThat(hana.see(".state").first()).hasText("paid");
            Assertions.assertThat(stage.view().waiting()).isEqualTo(2);
        }
    }

    /** The place stays for what is still to be paid. */
    @Test
    void whoHasPaidAndHoldsSomethingElseIsLedToIt() {
        try (Guest hana = guest()) {
            chooseAnEvening(hana, 2, 2);
            hana.page().evaluate(HOLD_BESIDE, 33);
            seat(hana, 34).click();
            hana.see("#hold").click();
            hana.see("#charge").click();
            hana.see("#pay").click();

            assertThat(hana.see("#after")).containsText("still held for you");
            hana.see("#toTickets").click();
            hana.see("#list a[href*='/concerts/']").click();
            assertThat(hana.see("#heldSeats")).hasText("33");
            hana.see("#giveBack").click();
            assertThat(hana.see("#trouble")).containsText("free again");
        }
    }

    /** Of two wishes at once the page shows what it has heard of last, and of the other no more. */
    @Test
    void whoHasPaidHearsNothingOfTheTimeOfWhatElseTheyHeld() {
        try (Guest hana = guest()) {
            hana.page().clock().install();
            chooseAnEvening(hana, 2, 2);
            seat(hana, 36).click();
            List<Route> wishes = new ArrayList<>();
            hana.page()
                    .route(
                            "**/reservations",
                            route -> {
                                if (wishes.size() < 2) {
                                    wishes.add(route);
                                } else {
                                    route.resume();
                                }
                            });
            hana.see("#takeBest").click();
            hana.see("#hold").click();
            hana.page().waitForCondition(() -> wishes.size() == 2);
            wishes.getFirst().resume();
            assertThat(hana.see("#heldSeats .chip")).hasCount(2);
            assertThat(hana.see("#takeBest")).isDisabled();
            wishes.getLast().resume();
            assertThat(hana.see("#heldSeats")).hasText("36");
            hana.see("#charge").click();
            hana.see("#pay").click();
            assertThat(hana.see("#after")).containsText("still held for you");

            hana.page().clock().fastForward(301_000);
            assertThat(hana.see("#paidTitle")).isVisible();
            hana.page().reload();
            hana.see("#giveBack").click();
            assertThat(hana.see("#trouble")).containsText("free again");
        }
    }

    /** As another tab of theirs would. */
    private static final String HOLD_BESIDE =
            """
            (seat) => fetch('/api/v1/reservations', {
              method: 'POST',
              headers: { 'Content-Type': 'application/json' },
              body: JSON.stringify({
                scheduleId: Number(new URLSearchParams(location.search).get('show')), seatNumbers: [seat] }),
            })
            """;

    @Test
    void aVisitThatWasTakenAwayLeadsBackToTheLine() {
        try (Guest yuna = guest()) {
            chooseAnEvening(yuna, 2, 2);
            stage.set("capacity", "1");
            stage.comes();
            yuna.context().request().delete("/api/v1/queue/tokens/current");

            assertThat(yuna.see("#position")).hasText("1");
            stage.oneGoes();
            assertThat(yuna.see("#hall")).isVisible();
        }
    }

    /** Far from the house, whose time is that of Seoul. */
    private Guest guest() {
        return new Guest(
                stage.url(),
                chromium,
                new NewContextOptions()
                        .setLocale("en-US")
                        .setTimezoneId("America/New_York")
                        .setViewportSize(1100, 850));
    }

    private static void chooseAnEvening(Guest guest, int concert, int evening) {
        guest.page().navigate("/shop/concerts/" + concert);
        guest.see("#dates label").nth(evening).click();
        isKnown(guest, 1);
    }

    private static void isKnown(Guest guest, int number) {
        assertThat(seat(guest, number)).hasAttribute("data-look", Pattern.compile("[A-Z]+"));
    }

    private static Locator seat(Guest guest, int number) {
        return guest.see("[data-seat='%d']".formatted(number));
    }

    /** From now on, and as long as the answer is true, the seats look as they did. */
    private static AtomicBoolean seesNothingNew(Guest guest) {
        AtomicBoolean blind = new AtomicBoolean(true);
        String[] known = new String[1];
        guest.page()
                .route(
                        "**/seats/states*",
                        route -> {
                            if (!blind.get()) {
                                route.resume();
                                return;
                            }
                            if (known[0] == null) {
                                known[0] = route.fetch().text();
                            }
                            route.fulfill(
                                    new FulfillOptions()
                                            .setContentType("application/json")
                                            .setBody(known[0]));
                        });
        guest.page().waitForResponse("**/seats/states*", () -> {});
        return blind;
    }
}
