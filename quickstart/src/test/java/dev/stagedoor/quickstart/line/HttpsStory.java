package dev.stagedoor.quickstart.line;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Browser.NewContextOptions;
import com.microsoft.playwright.options.Cookie;

import dev.stagedoor.quickstart.stage.Chromium;
import dev.stagedoor.quickstart.stage.Guest;
import dev.stagedoor.quickstart.stage.NeedsChromium;
import dev.stagedoor.quickstart.stage.Shared;
import dev.stagedoor.quickstart.stage.Theatre;

import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;

import java.nio.file.Path;
import java.util.regex.Pattern;

/** The line and the sale behind a load balancer that speaks TLS, as everywhere but at home. */
@ExtendWith({NeedsChromium.class, Shared.class})
@ResourceLock(Theatre.OF_THE_LINE)
@Timeout(90)
class HttpsStory {

    private static final String CONCERT = "/shop/concerts/1";
    private static final Pattern THE_SALE = Pattern.compile("한여름 밤의 재즈");

    private final Theatre stage;
    private final Chromium chromium;

    HttpsStory(Theatre stage, Chromium chromium) {
        this.stage = stage;
        this.chromium = chromium;
    }

    @AfterEach
    void everybodyGoes() {
        stage.clear();
    }

    @Test
    void everyCookieIsOneThatNoOtherHostCouldHaveSet(@TempDir Path folder) throws Exception {
        stage.isFullWith(0);
        try (TlsProxy proxy = new TlsProxy(stage.url(), folder);
                Guest hana = guestAt(proxy.url())) {
            hana.page().navigate(CONCERT);
            assertThat(hana.see("#position")).hasText("1");
            Assertions.assertThat(hana.context().cookies())
                    .extracting(cookie -> cookie.name)
                    .containsExactly("__Host-queue-main");
            stage.oneGoes();
            assertThat(hana.see("h1")).hasText(THE_SALE);
            assertThat(hana.see("#who")).hasText("Hello, Guest");

            Assertions.assertThat(hana.context().cookies())
                    .hasSizeGreaterThan(1)
                    .allMatch(HttpsStory::isOfThisHostAlone);
        }
    }

    private Guest guestAt(String site) {
        return new Guest(
                site,
                chromium,
                new NewContextOptions()
                        .setIgnoreHTTPSErrors(true)
                        .setLocale("en-US")
                        .setViewportSize(390, 800));
    }

    private static boolean isOfThisHostAlone(Cookie cookie) {
        return cookie.name.startsWith("__Host-") && cookie.secure && cookie.path.equals("/");
    }
}
