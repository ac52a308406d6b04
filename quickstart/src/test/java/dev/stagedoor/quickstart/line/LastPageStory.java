package dev.stagedoor.quickstart.line;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import static org.awaitility.Awaitility.await;

import com.microsoft.playwright.Route;
import com.microsoft.playwright.Route.FulfillOptions;

import dev.stagedoor.quickstart.stage.Album;
import dev.stagedoor.quickstart.stage.AtTheTheatre;
import dev.stagedoor.quickstart.stage.Chromium;
import dev.stagedoor.quickstart.stage.Guest;
import dev.stagedoor.quickstart.stage.Theatre;

import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** Every end of a ticket as a visitor sees it, and how it goes on from there. */
@Order(1)
@ResourceLock(Theatre.OF_THE_SALE)
class LastPageStory extends AtTheTheatre {

    private static final String CONCERT = "/shop/concerts/3";
    private static final Pattern THE_SALE = Pattern.compile("별빛 콘서트 Starlight");

    LastPageStory(Theatre stage, Chromium chromium) {
        super(stage, chromium);
    }

    @Test
    void whosePlaceIsTakenBackIsToldAtOnceAndMayQueueAgain() {
        stage.isFullWith(0);
        try (Guest hana = visitor()) {
            hana.page().navigate(CONCERT);
            assertThat(hana.see("#position")).hasText("1");
            stage.comes();

            stage.revokes(hana.token());
            assertThat(hana.see("h1")).hasText("Your place was taken back");
            Album.take(hana.page(), "revoked");
            press(hana, "Queue again");
            assertThat(hana.see("#position")).hasText("2");
        }
    }

    /** A site may send whoever goes in to sign in somewhere else. */
    @Test
    void whoQueuesAgainMayBeLedToAnotherSite() {
        stage.isFullWith(0);
        try (ForeignSite elsewhere = new ForeignSite();
                Guest hana = visitor().alsoAsks(elsewhere.origin())) {
            elsewhere.sellsThrough(elsewhere.origin());
            hana.page().navigate(CONCERT);
            assertThat(hana.see("#position")).hasText("1");
            stage.revokes(hana.token());
            assertThat(hana.see("h1")).hasText("Your place was taken back");
            String signIn = elsewhere.origin() + "/example/index.html";
            hana.page()
                    .route(
                            "**/page/join",
                            it ->
                                    it.fulfill(
                                            new FulfillOptions()
                                                    .setStatus(303)
                                                    .setHeaders(Map.of("Location", signIn))));
            press(hana, "Queue again");

            assertThat(hana.page()).hasURL(signIn);
        }
    }

    @Test
    void whoHasWaitedLongerThanAnybodyMayIsTold() {
        stage.isFullWith(0);
        try (Guest duri = visitor()) {
            duri.page().navigate(CONCERT);
            assertThat(duri.see("#position")).hasText("1");

            stage.set("max-wait-ms", "1000");
            assertThat(duri.see("h1")).hasText("Your place was given up");
            Album.take(duri.page(), "lapsed");
        }
    }

    /** Of the part behind the # only the browser knows, and by itself it goes on without. */
    @Test
    void whoFindsTheLineClosedComesToThePlaceInThePageThatTheyWanted() {
        String place = CONCERT + "#seats";
        stage.set("mode", "CLOSED");
        try (Guest nari = visitor()) {
            nari.page().clock().install();
            nari.page().navigate(place);
            assertThat(nari.see("h1")).hasText("The line is closed");
            assertThat(nari.see("a.button")).hasAttribute("href", Pattern.compile(".*" + place));

            stage.set("mode", "AUTO");
            nari.page().clock().fastForward(30_000);
            assertThat(nari.see("h1")).hasText(THE_SALE);
            assertThat(nari.page()).hasURL(Pattern.compile(".*" + place));
        }
    }

    @Test
    void whoseTimeHasRunOutIsToldAtTheNextStep() {
        stage.set("claim-timeout-ms", "1000", "session-ms", "1000");
        try (Guest sena = visitor()) {
            sena.page().navigate("/shop/concerts/1");
            assertThat(sena.see("#who")).isVisible();

            await().until(() -> stage.view().active() == 0);
            sena.page().navigate(CONCERT);
            assertThat(sena.see("h1")).hasText("Your time has run out");
            Album.take(sena.page(), "expired");
            stage.set("claim-timeout-ms", "60000", "session-ms", "60000");
            press(sena, "Queue again");
            assertThat(sena.see("h1")).hasText(THE_SALE);
        }
    }

    @Test
    void whoHasBoughtWhatTheyCameForHasCompletedTheVisit() {
        try (Guest mina = visitor()) {
            mina.page()
                    .route(
                            "**/seats/events*",
                            it -> it.fulfill(new FulfillOptions().setStatus(404)));
            mina.page().navigate(CONCERT);
            mina.see("#dates label").nth(1).click();
            mina.see("#seats [data-look='AVAILABLE']").last().click();
            mina.see("#hold").click();
            mina.see("#charge").click();
            List<Route> late = new ArrayList<>();
            mina.page().route("**/seats/states*", late::add);
            mina.page().waitForCondition(() -> !late.isEmpty());
            mina.see("#pay").click();
            assertThat(mina.see("#paidTitle")).isVisible();

            // What was asked for before the visit was over is refused after it.
            mina.page().waitForResponse("**/seats/states*", () -> late.forEach(Route::resume));
            mina.page().evaluate("fetch('/shop/tickets').then((it) => it.status)");
            assertThat(mina.see("#paidTitle")).isVisible();

            mina.page().navigate(CONCERT);
            assertThat(mina.see("h1")).hasText("Your visit is complete");
            Album.take(mina.page(), "completed");
            press(mina, "Queue again");
            assertThat(mina.see("h1")).hasText(THE_SALE);
        }
    }
}
