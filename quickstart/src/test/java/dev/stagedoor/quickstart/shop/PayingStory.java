package dev.stagedoor.quickstart.shop;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import static org.awaitility.Awaitility.await;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.Route.FulfillOptions;
import com.microsoft.playwright.assertions.LocatorAssertions.ContainsTextOptions;
import com.microsoft.playwright.options.AriaRole;

import dev.stagedoor.quickstart.stage.Album;
import dev.stagedoor.quickstart.stage.Chromium;
import dev.stagedoor.quickstart.stage.Guest;
import dev.stagedoor.quickstart.stage.Theatre;

import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/** From what one holds to the tickets, and by the line, whatever happens on the way. */
@Order(1)
@ResourceLock(Theatre.OF_THE_SALE)
class PayingStory extends AtTheShop {

    PayingStory(Theatre stage, Chromium chromium) {
        super(stage, chromium);
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
    void aDeviceThatHasSleptCountsOnFromTheTimeThatIsLeft() {
        try (Guest sena = guest()) {
            sena.page().addInitScript(CAN_SLEEP);
            chooseAnEvening(sena, 3, 0);
            seat(sena, 29).click();
            sena.see("#hold").click();
            assertThat(sena.see("#countdown")).containsText("4 min");

            sena.page()
                    .waitForResponse(
                            "**/seats/states?since=*",
                            () -> sena.page().evaluate("window.slept = 100_000"));
            assertThat(sena.see("#countdown")).containsText("4 min");
            sena.see("#giveBack").click();
            assertThat(sena.see("#trouble")).containsText("free again");
        }
    }

    /** The clock goes on, and what counts on from the start of a page stands still. */
    private static final String CAN_SLEEP =
            """
            window.slept = 0;
            const [now, since] = [Date.now, performance.now.bind(performance)];
            Date.now = () => now() + window.slept;
            performance.now = () => since() - window.slept;
            """;

    /** As another server has taken over: every hold would seem to have run out at once. */
    @Test
    void aPageGoesByTheClockOfTheSaleThoughItIsPutBack() {
        try (Guest sena = guest()) {
            chooseAnEvening(sena, 3, 0);

            Object left = sena.page().evaluate(PUT_BACK_BY_TEN_MINUTES);

            Assertions.assertThat(((Number) left).doubleValue()).isBetween(299.0, 300.0);
        }
    }

    private static final String PUT_BACK_BY_TEN_MINUTES =
            """
            async () => {
              const clock = await import('/shop/assets/clock.js');
              clock.serverSays('2050-01-01T20:10:00Z');
              clock.serverSays('2050-01-01T20:00:00Z');
              return clock.secondsUntil('2050-01-01T20:05:00Z');
            }
            """;

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
            await().until(() -> givesUp(nari, "#takeBest"));
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

    @Test
    void whoSeesTheirOwnHoldBeforeItIsAnsweredIsNotToldThatSomebodyWasFaster() {
        try (Guest hana = guest()) {
            chooseAnEvening(hana, 2, 2);
            seat(hana, 41).click();
            List<Runnable> answers = new ArrayList<>();
            hana.page()
                    .route(
                            "**/reservations",
                            route -> {
                                FulfillOptions held =
                                        new FulfillOptions().setResponse(route.fetch());
                                answers.add(() -> route.fulfill(held));
                            });
            hana.see("#hold").click();
            assertThat(seat(hana, 41)).hasAttribute("data-look", "HELD");
            assertThat(hana.see("#trouble")).isEmpty();
            hana.page().waitForCondition(() -> !answers.isEmpty());
            answers.getFirst().run();

            assertThat(hana.see("#heldSeats")).hasText("41");
            assertThat(hana.see("#trouble")).isEmpty();
            hana.see("#giveBack").click();
            assertThat(hana.see("#trouble")).containsText("free again");
        }
    }

    /** What has reached the sale in time counts, however long its answer takes. */
    @Test
    void whoPaysAtTheLastMomentIsNotToldThatNothingWasCharged() {
        try (Guest hana = guest()) {
            hana.page().clock().install();
            chooseAnEvening(hana, 2, 2);
            seat(hana, 38).click();
            hana.see("#hold").click();
            hana.see("#charge").click();
            List<Route> payments = new ArrayList<>();
            hana.page().route("**/payment", payments::add);
            hana.see("#pay").click();
            hana.page().waitForCondition(() -> !payments.isEmpty());

            hana.page().clock().fastForward(301_000);
            hana.page().waitForTimeout(1_000); // the clock of the hold ticks four times
            assertThat(hana.see("#trouble")).isEmpty();
            assertThat(hana.see("#paying")).isVisible();
            payments.getFirst().resume();
            assertThat(hana.see("#paidTitle")).isVisible();
            assertThat(hana.see("#trouble")).isEmpty();
        }
    }

    @Test
    void whoNeverHeardOfThePaymentLearnsOfItWhenTheTimeHasRunOut() {
        AtomicBoolean lost = new AtomicBoolean(true);
        try (Guest hana = guest()) {
            hana.page().clock().install();
            chooseAnEvening(hana, 2, 2);
            hana.page().evaluate(HOLD_BESIDE, 39);
            seat(hana, 40).click();
            hana.see("#hold").click();
            hana.see("#charge").click();
            hana.page()
                    .route(
                            "**/payment",
                            route -> {
                                if (lost.get()) {
                                    route.fetch();
                                    route.abort("internetdisconnected");
                                } else {
                                    route.resume();
                                }
                            });
            hana.see("#pay").click();
            await().until(() -> givesUp(hana, "#paying"));
            lost.set(false);

            hana.page().clock().fastForward(301_000);
            assertThat(hana.see(".state.PAID")).hasText("paid");
            hana.see("#list a[href*='/concerts/']").click();
            assertThat(hana.see("#heldSeats")).hasText("39");
            hana.see("#giveBack").click();
            assertThat(hana.see("#trouble")).containsText("free again");
        }
    }

    @Test
    void whatIsPaidInIsMeantInTheUnitsThatPeopleUse() {
        try (Guest hana = guest()) {
            hana.page().navigate("/shop/concerts/2");
            assertThat(hana.see("#who")).hasText("Hello, Guest");
            hana.page()
                    .route(
                            "**/shop/tickets",
                            route ->
                                    route.fulfill(
                                            new FulfillOptions()
                                                    .setContentType("text/html")
                                                    .setBody(
                                                            route.fetch()
                                                                    .text()
                                                                    .replace("KRW", "EUR"))));
            hana.page().navigate("/shop/tickets");
            assertThat(hana.see("#amount")).hasValue("1,000");
            hana.see("#amount").fill("10,50");
            hana.see("#charging button").click();
            assertThat(hana.see("#amount")).isFocused();
            hana.see("#amount").fill("50");
            hana.see("#charging button").click();

            assertThat(hana.see("#balance")).hasText("€50.00");
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
}
