package dev.stagedoor.quickstart.line;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Browser.NewContextOptions;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ForcedColors;
import com.microsoft.playwright.options.ReducedMotion;

import dev.stagedoor.quickstart.stage.Album;
import dev.stagedoor.quickstart.stage.AtTheTheatre;
import dev.stagedoor.quickstart.stage.Chromium;
import dev.stagedoor.quickstart.stage.Guest;
import dev.stagedoor.quickstart.stage.Listening;
import dev.stagedoor.quickstart.stage.Theatre;

import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.List;
import java.util.regex.Pattern;

import javax.imageio.ImageIO;

/** The line as it is seen in a real browser. Room for one inside. */
@Order(2)
@ResourceLock(Theatre.OF_THE_LINE)
class WaitingRoomStory extends AtTheTheatre {

    private static final String CONCERT = "/concerts/1";

    WaitingRoomStory(Theatre stage, Chromium chromium) {
        super(stage, chromium);
    }

    @Test
    void aVisitorWaitsSeesThePositionFallAndIsLetInWithoutTouchingAnything() {
        stage.isFullWith(2);
        try (Guest hana = visitor(stage.url(), new NewContextOptions().setLocale("ko-KR"))) {
            hana.page().navigate(CONCERT);

            assertThat(hana.see("#position")).hasText("3");
            assertThat(hana.see("h1")).hasText("대기 중입니다");
            assertThat(hana.page()).hasTitle(Pattern.compile("^\\(3\\)"));
            stage.oneGoes();
            assertThat(hana.see("#position")).hasText("2");
            Album.take(hana.page(), "waiting-ko");
            stage.oneGoes();
            assertThat(hana.see("#position")).hasText("1");
            assertThat(hana.see("#progress")).isVisible();
            stage.oneGoes();
            assertThat(hana.see("h1")).hasText(Theatre.SITE);
            assertThat(hana.page()).hasURL(Pattern.compile(CONCERT + "(\\?.*)?$"));
        }
    }

    @Test
    void withoutJavaScriptThePageJoinsWaitsAndGoesInByItself() {
        stage.isFullWith(0);
        try (Guest duri =
                visitor(stage.url(), new NewContextOptions().setJavaScriptEnabled(false))) {
            duri.page().navigate(CONCERT);

            assertThat(duri.see("#position")).hasText("1");
            stage.oneGoes();
            assertThat(duri.see("h1")).hasText(Theatre.SITE);
        }
    }

    @Test
    void twoTabsHaveOnePlaceAndBothGoIn() {
        stage.isFullWith(0);
        try (Guest sena = visitor()) {
            Page other = sena.tab();
            sena.page().navigate(CONCERT);
            assertThat(sena.see("#position")).hasText("1");
            other.navigate(CONCERT);
            assertThat(other.locator("#position")).hasText("1");

            Assertions.assertThat(stage.view().waiting()).isEqualTo(1);
            stage.oneGoes();
            assertThat(sena.see("h1")).hasText(Theatre.SITE);
            assertThat(other.locator("h1")).hasText(Theatre.SITE);
        }
    }

    @Test
    void aReloadKeepsThePlaceAndLeavingGivesItBack() {
        stage.isFullWith(0);
        try (Guest bora = visitor()) {
            bora.page().navigate(CONCERT);
            assertThat(bora.see("#position")).hasText("1");
            stage.comes();
            assertThat(bora.see("#behind")).hasText("1");
            bora.page().reload();
            assertThat(bora.see("#position")).hasText("1");

            Album.take(bora.page(), "waiting");
            press(bora, "Leave the line");
            assertThat(bora.see("h1")).hasText("You have left the line");
            Album.take(bora.page(), "left");
            press(bora, "Queue again");
            assertThat(bora.see("#position")).hasText("2");
        }
    }

    @Test
    void whoeverListensHearsOfTheirOwnPlaceAndNotOfEverybodyWhoComes() {
        stage.isFullWith(0);
        try (Guest nuri = visitor()) {
            nuri.page().navigate(CONCERT);
            assertThat(nuri.see("#position")).hasText("1");
            assertThat(nuri.see("#said")).not().isEmpty(); // what is told first, of this place
            nuri.page().evaluate(Listening.BEGIN);
            stage.comes();
            assertThat(nuri.see("#behind")).hasText("1");
            stage.comes();
            assertThat(nuri.see("#behind")).hasText("2");

            Assertions.assertThat((List<?>) nuri.page().evaluate(Listening.HEARD)).isEmpty();
        }
    }

    @Test
    void whoLeavesAndQueuesAgainIsStillHeadingForThePartOfThePageThatTheyWanted() {
        stage.isFullWith(0);
        try (Guest nuri = visitor()) {
            nuri.page().navigate(CONCERT + "?of=two#/evening/3");
            assertThat(nuri.see("#position")).hasText("1");
            press(nuri, "Leave the line");
            assertThat(nuri.see("h1")).hasText("You have left the line");
            press(nuri, "Queue again");
            assertThat(nuri.see("#position")).hasText("1");
            stage.oneGoes();

            assertThat(nuri.see("h1")).hasText(Theatre.SITE);
            assertThat(nuri.page()).hasURL(Pattern.compile("\\?of=two#/evening/3$"));
        }
    }

    @Test
    void aPlaceBehindHundredsOfThousandsStaysInOneLineOnASmallPhone() {
        stage.isFullWith(0);
        try (Guest nuri = visitor()) {
            nuri.page().setViewportSize(320, 640);
            nuri.page().navigate(CONCERT);
            assertThat(nuri.see("#position")).hasText("1");
            Object one = nuri.page().evaluate(HEIGHT, "1");

            Assertions.assertThat(nuri.page().evaluate(HEIGHT, "1,000,000")).isEqualTo(one);
        }
    }

    private static final String HEIGHT =
            """
            (number) => {
              const position = document.getElementById('position');
              position.textContent = number;
              return position.offsetHeight;
            }
            """;

    @Test
    void howFarOneHasComeIsSeenInColoursThatTheBrowserForces() throws IOException {
        stage.isFullWith(1);
        try (Guest nuri =
                visitor(
                        stage.url(),
                        new NewContextOptions()
                                .setForcedColors(ForcedColors.ACTIVE)
                                // It would grow for more than half a second, empty at first.
                                .setReducedMotion(ReducedMotion.REDUCE))) {
            nuri.page().navigate(CONCERT);
            assertThat(nuri.see("#position")).hasText("2");
            stage.oneGoes();
            assertThat(nuri.see("#position")).hasText("1");

            BufferedImage half =
                    ImageIO.read(new ByteArrayInputStream(nuri.see("#progress").screenshot()));
            int middle = half.getHeight() / 2;
            Assertions.assertThat(half.getRGB(half.getWidth() / 4, middle))
                    .isNotEqualTo(half.getRGB(half.getWidth() * 3 / 4, middle));
        }
    }

    @Test
    void whoeverComesAgainAndAgainGoesInEveryTime() {
        try (Guest aran = visitor()) {
            for (int visit = 0; visit < 5; visit++) {
                aran.page().navigate(CONCERT);
                assertThat(aran.see("h1")).hasText(Theatre.SITE);
                aran.context().request().delete("/api/v1/queue/tokens/current");
                aran.context().clearCookies();
            }
        }
    }

    private static final String NOTHING_IS_KEPT_OF_A_TAB =
            """
            Object.defineProperty(window, 'sessionStorage', {
              get() { throw new DOMException('denied', 'SecurityError'); },
            });
            """;

    @Test
    void whereNothingIsKeptOfATabThePageFollowsThePlaceAllTheSame() {
        stage.isFullWith(0);
        try (Guest bada = visitor()) {
            bada.page().navigate(CONCERT);
            assertThat(bada.see("#position")).hasText("1");
            bada.context().addInitScript(NOTHING_IS_KEPT_OF_A_TAB);
            bada.page().reload();

            assertThat(bada.see("#progress")).isVisible();
            stage.oneGoes();
            assertThat(bada.see("h1")).hasText(Theatre.SITE);
        }
    }

    @Test
    void aBrowserThatBlocksCookiesIsAskedToAllowThem() {
        try (Guest bada = visitor()) {
            bada.context()
                    .addInitScript(
                            NOTHING_IS_KEPT_OF_A_TAB
                                    + "Object.defineProperty(navigator, 'cookieEnabled', { value:"
                                    + " false });");
            bada.page().navigate(CONCERT);

            assertThat(bada.see("#cookies")).isVisible();
        }
    }

    @Test
    void aBrowserThatKeepsNoCookieAllTheSameIsAskedToAllowThem() {
        try (Guest dasom = visitor()) {
            dasom.context()
                    .route(
                            "**" + CONCERT,
                            route -> {
                                dasom.context().clearCookies();
                                route.resume();
                            });
            dasom.page().navigate(CONCERT);

            assertThat(dasom.see("#cookies")).isVisible();
        }
    }

    @Test
    void theOrganisersHoldCloseAndFillTheRoomAndThePageSaysSo() {
        stage.isFullWith(0);
        try (Guest mina = visitor();
                Guest late = visitor()) {
            mina.page().navigate(CONCERT);
            assertThat(mina.see("#position")).hasText("1");

            stage.set("mode", "HOLD");
            assertThat(mina.see("#note")).containsText("Nobody is let in at the moment");
            Album.take(mina.page(), "hold");
            stage.set("mode", "CLOSED");
            assertThat(mina.see("#note")).containsText("The line is closed");
            late.page().navigate(CONCERT);
            assertThat(late.see("h1")).hasText("The line is closed");
            Album.take(late.page(), "closed");
            stage.set("mode", "AUTO", "max-waiting", "1");
            assertThat(mina.see("#note")).isEmpty();
            late.page().navigate(CONCERT);
            assertThat(late.see("h1")).hasText("The line is full");
            Album.take(late.page(), "full");
            stage.set("max-waiting", "0");
            late.see("a.button").click();
            assertThat(late.see("#position")).hasText("2");
        }
    }
}
