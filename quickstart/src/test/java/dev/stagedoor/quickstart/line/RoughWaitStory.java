package dev.stagedoor.quickstart.line;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import static org.awaitility.Awaitility.await;

import com.google.gson.JsonObject;
import com.microsoft.playwright.Browser.NewContextOptions;
import com.microsoft.playwright.CDPSession;
import com.microsoft.playwright.PlaywrightException;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.Route.FulfillOptions;

import dev.stagedoor.quickstart.stage.Album;
import dev.stagedoor.quickstart.stage.AtTheTheatre;
import dev.stagedoor.quickstart.stage.Chromium;
import dev.stagedoor.quickstart.stage.Guest;
import dev.stagedoor.quickstart.stage.SideEntrance;
import dev.stagedoor.quickstart.stage.Theatre;

import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;

import java.util.concurrent.atomic.AtomicInteger;

/** What may come between a page that waits and the line. Nobody loses the place by it. */
@Order(2)
@ResourceLock(Theatre.OF_THE_LINE)
class RoughWaitStory extends AtTheTheatre {

    private static final String CONCERT = "/concerts/1";

    RoughWaitStory(Theatre stage, Chromium chromium) {
        super(stage, chromium);
    }

    @Test
    void whoeverLosesTheNetKeepsThePlaceAndIsLetInAfterwards() {
        stage.isFullWith(1);
        try (Guest nari = visitor()) {
            nari.page().navigate(CONCERT);
            assertThat(nari.see("#position")).hasText("2");

            nari.context().setOffline(true);
            assertThat(nari.see("#note")).containsText("cannot be reached");
            Album.take(nari.page(), "off-the-net");
            stage.everybodyGoes();
            await().until(() -> stage.view().active() == 1);
            nari.context().setOffline(false);
            assertThat(nari.see("h1")).hasText(Theatre.SITE);
        }
    }

    @Test
    void aGatewayThatIsStartedAnewFindsThePageWhereItWas() {
        stage.isFullWith(1);
        try (SideEntrance entrance = stage.sideEntrance();
                Guest sena = visitor(entrance.url(), new NewContextOptions())) {
            sena.page().navigate(CONCERT);
            assertThat(sena.see("#position")).hasText("2");

            entrance.shut();
            assertThat(sena.see("#note")).containsText("cannot be reached");
            entrance.openAgain();
            assertThat(sena.see("#note")).isEmpty();
            assertThat(sena.see("#position")).hasText("2");
            Assertions.assertThat(stage.view().waiting()).isEqualTo(2);
            stage.everybodyGoes();
            assertThat(sena.see("h1")).hasText(Theatre.SITE);
        }
    }

    @Test
    void whenRedisHasLostEverythingThePageWaitsForTheOldOrderAndKeepsItsPlace() {
        stage.isFullWith(0);
        try (Guest duri = visitor()) {
            duri.page().navigate(CONCERT);
            assertThat(duri.see("#position")).hasText("1");
            await().until(() -> stage.view().waiting() == 1); // a tick has seen it

            stage.losesRedis();
            assertThat(duri.see("#note")).containsText("putting the line back in its old order");
            Album.take(duri.page(), "recovering");
            assertThat(duri.see("#note")).isEmpty();
            assertThat(duri.see("#position")).hasText("1");
            stage.oneGoes();
            assertThat(duri.see("h1")).hasText(Theatre.SITE);
        }
    }

    @Test
    void aLaptopThatHasSleptThroughItsTurnGoesInWhenItWakes() {
        stage.isFullWith(0);
        try (Guest mina = visitor()) {
            mina.page().navigate(CONCERT);
            assertThat(mina.see("#position")).hasText("1");

            CDPSession lid = mina.context().newCDPSession(mina.page());
            lid.send("Page.setWebLifecycleState", state("frozen"));
            stage.oneGoes();
            await().until(() -> stage.view().waiting() == 0 && stage.view().active() == 1);
            wake(mina);
            assertThat(mina.see("h1")).hasText(Theatre.SITE);
        }
    }

    @Test
    void whereTheScriptOfThePageDoesNotArriveThePageAsksForItself() {
        stage.isFullWith(0);
        try (Guest bora = visitor()) {
            bora.page().clock().install();
            bora.page().route("**/line.js*", route -> route.abort("internetdisconnected"));
            bora.page().navigate(CONCERT);
            assertThat(bora.see("[data-page=greeting]")).isVisible();
            bora.page().clock().fastForward(20_000);
            assertThat(bora.see("#position")).hasText("1");

            stage.oneGoes();
            await().until(() -> stage.view().active() == 1);
            bora.page().unrouteAll();
            bora.page().clock().fastForward(20_000);
            assertThat(bora.see("h1")).hasText(Theatre.SITE);
        }
    }

    /** Or has become another room's: the line that the page follows may never move again. */
    @Test
    void whereTheAddressNeedsNoTurnAnyMoreThePageGoesOn() {
        stage.isFullWith(0);
        stage.set("mode", "HOLD");
        try (Guest yuna = visitor()) {
            yuna.page().clock().install();
            yuna.page().navigate(CONCERT);
            assertThat(yuna.see("#position")).hasText("1");

            yuna.page()
                    .waitForResponse(
                            it -> it.request().method().equals("HEAD") && it.status() == 429,
                            () -> yuna.page().clock().fastForward(120_000));
            yuna.page().evaluate("window.isTheSame = true");
            stage.comes();
            assertThat(yuna.see("#behind")).hasText("1");
            Assertions.assertThat(yuna.page().evaluate("window.isTheSame")).isEqualTo(true);

            yuna.page().route("**" + CONCERT, RoughWaitStory::sayThatTheHostIsUnknown);
            yuna.page()
                    .waitForResponse(
                            it -> it.request().method().equals("HEAD") && it.status() == 421,
                            () -> yuna.page().clock().fastForward(120_000));
            stage.comes();
            assertThat(yuna.see("#behind")).hasText("2");
            Assertions.assertThat(yuna.page().evaluate("window.isTheSame")).isEqualTo(true);
            yuna.page().unroute("**" + CONCERT);

            stage.set("open-paths", "GET " + CONCERT);
            await().until(() -> !stage.view().settings().openPaths().isEmpty());
            yuna.page().clock().fastForward(120_000);
            assertThat(yuna.see("h1")).hasText(Theatre.SITE);
        }
    }

    /** As a gateway with {@code unknown-hosts=refused} does, if no room names its host. */
    private static void sayThatTheHostIsUnknown(Route route) {
        route.fulfill(new FulfillOptions().setStatus(421));
    }

    /** As a proxy in front does that takes the cookies from one of the two. */
    @Test
    void whereThePlaceIsSaidToBeGoneAndThePageStillHasItThePageDoesNotAskWithoutAPause() {
        stage.isFullWith(0);
        try (Guest hana = visitor()) {
            AtomicInteger asked = new AtomicInteger();
            hana.page().onRequest(it -> asked.addAndGet(it.url().endsWith(CONCERT) ? 1 : 0));
            hana.page().clock().install();
            hana.page().route("**/queue/events*", RoughWaitStory::sayThatItIsGone);
            hana.page().route("**/tokens/current*", RoughWaitStory::sayThatItIsGone);
            hana.page().navigate(CONCERT);

            assertThat(hana.see("#note")).containsText("cannot be reached");
            Assertions.assertThat(asked).hasValueLessThan(6);
            hana.page().unrouteAll();
            hana.page().clock().fastForward(10_000);
            assertThat(hana.see("#note")).isEmpty();
            stage.oneGoes();
            assertThat(hana.see("h1")).hasText(Theatre.SITE);
        }
    }

    private static void sayThatItIsGone(Route route) {
        route.fulfill(
                new FulfillOptions()
                        .setStatus(401)
                        .setContentType("application/problem+json")
                        .setBody("{\"code\":\"queue-token-missing\"}"));
    }

    /**
     * Whoever heard of the turn as the lid fell is between two pages, neither of which is there.
     */
    private static void wake(Guest guest) {
        for (int tries = 0; ; tries++) {
            try {
                CDPSession lid = guest.context().newCDPSession(guest.page());
                lid.send("Page.setWebLifecycleState", state("active"));
                return;
            } catch (PlaywrightException e) {
                if (tries == 50) {
                    throw e;
                }
                guest.page().waitForTimeout(100);
            }
        }
    }

    private static JsonObject state(String name) {
        JsonObject state = new JsonObject();
        state.addProperty("state", name);
        return state;
    }
}
