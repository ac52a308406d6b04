package dev.stagedoor.quickstart.stage;

import com.microsoft.playwright.Browser.NewContextOptions;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** What is played in a theatre before a real browser, and leaves it as it was. */
@ExtendWith({NeedsChromium.class, Shared.class})
@Timeout(300)
public abstract class AtTheTheatre {

    protected final Theatre stage;
    protected final Chromium chromium;

    protected AtTheTheatre(Theatre stage, Chromium chromium) {
        this.stage = stage;
        this.chromium = chromium;
    }

    @AfterEach
    void everybodyGoes() {
        stage.clear();
    }

    /** Somebody at the public port with a phone. */
    protected Guest visitor() {
        return visitor(stage.url(), new NewContextOptions());
    }

    protected Guest visitor(String site, NewContextOptions options) {
        return new Guest(site, chromium, options.setViewportSize(390, 800));
    }

    protected static void press(Guest guest, String button) {
        guest.page()
                .getByRole(
                        AriaRole.BUTTON, new Page.GetByRoleOptions().setName(button).setExact(true))
                .click();
    }
}
