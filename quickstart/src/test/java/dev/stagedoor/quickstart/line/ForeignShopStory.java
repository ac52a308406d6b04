package dev.stagedoor.quickstart.line;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import static org.awaitility.Awaitility.await;

import com.microsoft.playwright.Browser.NewContextOptions;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;

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

/** A shop on a site of its own sells through the line, by the client alone. */
@Order(1)
@ResourceLock(Theatre.OF_THE_SALE)
class ForeignShopStory extends AtTheTheatre {

    private static final String SHOP = "/example/index.html";

    ForeignShopStory(Theatre stage, Chromium chromium) {
        super(stage, chromium);
    }

    @Test
    void twoTabsWaitInOnePlaceAndASeatIsBought() {
        stage.announces("Not on sale yet");
        stage.isFullWith(1);
        try (ForeignSite site = new ForeignSite();
                SideEntrance gateway = stage.sideEntrance(site.origin());
                Guest hana = guest(site, gateway)) {
            hana.page().navigate(SHOP);
            buy(hana.page());
            assertThat(hana.see("#concerts")).not().containsText("Not on sale yet");
            assertThat(hana.see("stagedoor-line [part=position]")).hasText("2");
            Page other = hana.tab();
            other.navigate(SHOP);
            buy(other);
            assertThat(other.locator("stagedoor-line [part=position]")).hasText("2");
            Assertions.assertThat(stage.view().waiting()).isEqualTo(2);
            Album.take(hana.page(), "foreign-shop-waiting");

            stage.oneGoes();
            assertThat(hana.see("stagedoor-line [part=position]")).hasText("1");
            assertThat(other.locator("stagedoor-line [part=position]")).hasText("1");
            stage.oneGoes();
            assertThat(other.locator("#hall")).isVisible();
            hana.see("#seats button").last().click();
            assertThat(hana.see("#said")).containsText("is held for you");
            hana.see("#pay").click();

            assertThat(hana.see("#said")).containsText("is yours");
            assertThat(hana.see("#concerts button").first()).isEnabled();
            await().until(() -> stage.view().active() == 0);
        }
    }

    @Test
    void aGatewayThatIsStartedAnewFindsTheShopWhereItWas() {
        stage.isFullWith(0);
        try (ForeignSite site = new ForeignSite();
                SideEntrance gateway = stage.sideEntrance(site.origin());
                Guest duri = guest(site, gateway)) {
            duri.page().navigate(SHOP);
            buy(duri.page());
            assertThat(duri.see("stagedoor-line [part=position]")).hasText("1");

            gateway.shut();
            assertThat(duri.see("stagedoor-line [part=note]")).containsText("cannot be reached");
            gateway.openAgain();
            assertThat(duri.see("stagedoor-line [part=note]")).isEmpty();
            Assertions.assertThat(stage.view().waiting()).isEqualTo(1);
            duri.page()
                    .getByRole(
                            AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Leave the line"))
                    .click();

            assertThat(duri.see("stagedoor-line [part=note]")).hasText("Your place is over");
            await().until(() -> stage.view().waiting() == 0);
        }
    }

    private Guest guest(ForeignSite site, SideEntrance gateway) {
        site.sellsThrough(gateway.url());
        NewContextOptions options = new NewContextOptions().setLocale("en-US");
        return new Guest(site.origin(), chromium, options).alsoAsks(gateway.url());
    }

    private static void buy(Page page) {
        page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Buy")).first().click();
    }
}
