package dev.stagedoor.quickstart.ops;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import dev.stagedoor.quickstart.stage.Album;
import dev.stagedoor.quickstart.stage.AtTheTheatre;
import dev.stagedoor.quickstart.stage.Chromium;
import dev.stagedoor.quickstart.stage.Listening;
import dev.stagedoor.quickstart.stage.Theatre;

import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;

import java.util.List;

/** The console as operators have it before them, in a real browser. */
@Order(2)
@ResourceLock(Theatre.OF_THE_LINE)
class OpsStory extends AtTheTheatre {

    OpsStory(Theatre stage, Chromium chromium) {
        super(stage, chromium);
    }

    @Test
    void whoeverGuessesThePasswordIsToldToWaitAndWhoeverKnowsItComesIn() {
        try (Desk mallory = stranger();
                Desk hana = stranger()) {
            Album.take(hana.page(), "ops-sign-in");
            mallory.signIn("mallory", "a guess");
            assertThat(mallory.see("#sign-in-wrong"))
                    .hasText("That is not a name and its password.");
            assertThat(mallory.see("#desk")).isHidden();
            mallory.guessesUntilItIsSlowed();
            Album.take(mallory.page(), "ops-too-often");

            hana.comesIn();
            assertThat(hana.see("#who")).hasText("hana");
            hana.press("Sign out");
            assertThat(hana.see("#sign-in")).isVisible();
            assertThat(hana.see("#desk")).isHidden();
        }
    }

    @Test
    void noBrowserKeepsAPasswordOrWhatStandsForIt() {
        try (Desk hana = operator()) {
            Assertions.assertThat(hana.page().context().cookies()).isEmpty();
            hana.page().reload();

            assertThat(hana.see("#sign-in")).isVisible();
            assertThat(hana.see("#desk")).isHidden();
        }
    }

    private static final String NOTHING_IS_KEPT =
            """
            Object.defineProperty(window, 'localStorage', {
              get() { throw new DOMException('denied', 'SecurityError'); },
            });
            """;

    @Test
    void whereABrowserKeepsNothingForScriptsTheConsoleIsThereAllTheSame() {
        try (Desk hana = stranger()) {
            hana.page().addInitScript(NOTHING_IS_KEPT);
            hana.page().reload();
            hana.comesIn();
            hana.press("한국어");

            assertThat(hana.see("#sign-out")).hasText("로그아웃");
        }
    }

    @Test
    void theRoomIsSeenLiveAndTheLastQuarterOfAnHourOutlivesAReload() {
        stage.isFullWith(2);
        stage.remembersTheLastQuarterOfAnHour();
        try (Desk hana = operator()) {
            assertThat(hana.tile("waiting")).hasText("2");
            assertThat(hana.tile("active")).hasText("1 of 1");
            stage.comes();
            assertThat(hana.tile("waiting")).hasText("3");

            Assertions.assertThat(hana.drawn().split("L")).hasSizeGreaterThan(150);
            Album.take(hana.page(), "ops-room");
            hana.page().reload();
            hana.comesIn();
            Assertions.assertThat(hana.drawn().split("L")).hasSizeGreaterThan(150);
            hana.see("#chart").focus();
            hana.presses("Home", "ArrowRight");
            assertThat(hana.see("#chart .tip")).containsText("Waiting");
            hana.press("Inside");
            assertThat(hana.see("#chart path.active")).hasCount(0);
        }
    }

    @Test
    void everythingCanBeDoneFromTheKeyboardAndNothingMovesTheFocus() {
        try (Desk hana = stranger()) {
            assertThat(hana.see("[name=name]")).isFocused();
            hana.page().keyboard().type("hana");
            hana.presses("Tab");
            hana.comesInWith(
                    () -> {
                        hana.page().keyboard().type(Theatre.OPS_PASSWORD);
                        hana.presses("Enter");
                    });

            hana.tabsTo("#rooms [data-room=main] a");
            hana.roundsGoBy(2);
            assertThat(hana.see("#rooms [data-room=main] a")).isFocused();
            hana.tabsTo("#setting-capacity");
            hana.presses("Control+a");
            hana.page().keyboard().type("9");
            hana.presses("Enter");
            assertThat(hana.tile("active")).hasText("0 of 9");
            hana.tabsTo("[data-mode=CLOSED]");
            hana.presses("Enter");
            assertThat(hana.see("#confirm [value=no]")).isFocused();
            hana.presses("Tab", "Enter");
            assertThat(hana.see("#room-mode")).hasText("CLOSED");
            assertThat(hana.see("[data-mode=CLOSED]")).isFocused();
        }
    }

    @Test
    void whoeverSkipsToTheRoomStaysWithIt() {
        stage.has("side");
        try (Desk hana = operator()) {
            hana.see("#rooms [data-room=side] a").click();
            assertThat(hana.see("#room-name")).hasText("side");
            hana.see(".skip").focus();
            hana.presses("Enter");
            hana.roundsGoBy(2);

            assertThat(hana.see("#main")).isFocused();
            assertThat(hana.see("#room-name")).hasText("side");
        }
    }

    @Test
    void whatOneOperatorHasAskedForTheNextOneDoesNotSee() {
        String token = stage.comes().kept("Queue-Token");
        try (Desk hana = operator()) {
            hana.explain(token);
            assertThat(hana.see("#story .next")).isVisible();
            hana.press("Sign out");
            hana.comesInWith(() -> hana.signIn("vera", Theatre.OPS_PASSWORD));

            assertThat(hana.see("#story")).isEmpty();
        }
    }

    @Test
    void whatIsSaidOfAnAddressIsSaidAsItIs() {
        try (Desk hana = operator()) {
            Object said =
                    hana.page()
                            .evaluate(
                                    "import('/ops/assets/words.js')"
                                            + ".then(({ say }) => say('saved', '/@me/$&'))");

            Assertions.assertThat(said).isEqualTo("Saved: /@me/$&");
        }
    }

    @Test
    void whoeverListensIsNotToldEverySecondWhatTheyHaveNotAskedFor() {
        stage.isFullWith(1);
        try (Desk hana = operator()) {
            hana.page().evaluate(Listening.BEGIN);
            stage.comes();
            assertThat(hana.tile("waiting")).hasText("2");
            hana.roundsGoBy(3);

            Assertions.assertThat((List<?>) hana.page().evaluate(Listening.HEARD)).isEmpty();
        }
    }

    @Test
    void aViewerSeesEverythingAndIsOfferedNothingToChange() {
        stage.isFullWith(1);
        String token = stage.comes().kept("Queue-Token");
        try (Desk vera = stranger()) {
            vera.comesInWith(() -> vera.signIn("vera", Theatre.OPS_PASSWORD));

            assertThat(vera.see("#who")).hasText("vera (may only look)");
            assertThat(vera.tile("waiting")).hasText("2");
            assertThat(vera.see("#new-room")).isHidden();
            assertThat(vera.see("#save")).isHidden();
            assertThat(vera.setting("capacity")).isDisabled();
            assertThat(vera.see("[data-mode=HOLD]")).isDisabled();
            vera.explain(token);
            assertThat(vera.see("#story .next")).isVisible();
            assertThat(vera.see("#story .danger")).isHidden();
            Album.take(vera.page(), "ops-viewer");

            vera.press("Sign out");
            vera.comesIn();
            assertThat(vera.see("#new-room")).isVisible();
            assertThat(vera.setting("capacity")).isEnabled();
            assertThat(vera.see("[data-mode=HOLD]")).isEnabled();
        }
    }

    private Desk stranger() {
        return new Desk(stage, chromium);
    }

    private Desk operator() {
        Desk desk = new Desk(stage, chromium);
        desk.comesIn();
        return desk;
    }
}
