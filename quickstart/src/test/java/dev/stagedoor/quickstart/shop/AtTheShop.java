package dev.stagedoor.quickstart.shop;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Browser.NewContextOptions;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Route.FulfillOptions;

import dev.stagedoor.quickstart.stage.AtTheTheatre;
import dev.stagedoor.quickstart.stage.Chromium;
import dev.stagedoor.quickstart.stage.Guest;
import dev.stagedoor.quickstart.stage.Theatre;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;

/** The shop as it is used in a real browser. Every story has an evening of its own. */
abstract class AtTheShop extends AtTheTheatre {

    AtTheShop(Theatre stage, Chromium chromium) {
        super(stage, chromium);
    }

    /** Far from the house, whose time is that of Seoul. */
    Guest guest() {
        return new Guest(
                stage.url(),
                chromium,
                new NewContextOptions()
                        .setLocale("en-US")
                        .setTimezoneId("America/New_York")
                        .setViewportSize(1100, 850));
    }

    static void chooseAnEvening(Guest guest, int concert, int evening) {
        guest.page().navigate("/shop/concerts/" + concert);
        guest.see("#dates label").nth(evening).click();
        isKnown(guest, 1);
    }

    static void isKnown(Guest guest, int number) {
        assertThat(seat(guest, number)).hasAttribute("data-look", Pattern.compile("[A-Z]+"));
    }

    static Locator seat(Guest guest, int number) {
        return guest.see("[data-seat='%d']".formatted(number));
    }

    /** By a clock that is installed. */
    static boolean givesUp(Guest guest, String what) {
        guest.page().clock().fastForward(2_000);
        return guest.see(what).getAttribute("aria-busy") == null;
    }

    /** From now on, and as long as the answer is true, the seats look as they did. */
    static AtomicBoolean seesNothingNew(Guest guest) {
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
