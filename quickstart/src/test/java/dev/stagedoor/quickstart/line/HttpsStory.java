package dev.stagedoor.quickstart.line;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Browser.NewContextOptions;
import com.microsoft.playwright.options.Cookie;

import dev.stagedoor.quickstart.stage.AtTheTheatre;
import dev.stagedoor.quickstart.stage.Chromium;
import dev.stagedoor.quickstart.stage.Guest;
import dev.stagedoor.quickstart.stage.Theatre;

import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;

import java.nio.file.Path;
import java.util.regex.Pattern;

/** The line and the sale behind a load balancer that speaks TLS, as everywhere but at home. */
@Order(1)
@ResourceLock(Theatre.OF_THE_SALE)
class HttpsStory extends AtTheTheatre {

    private static final String CONCERT = "/shop/concerts/1";
    private static final Pattern THE_SALE = Pattern.compile("한여름 밤의 재즈");

    HttpsStory(Theatre stage, Chromium chromium) {
        super(stage, chromium);
    }

    @Test
    void everyCookieIsOneThatNoOtherHostCouldHaveSet(@TempDir Path folder) throws Exception {
        stage.isFullWith(0);
        try (TlsProxy proxy = new TlsProxy(stage.url(), folder);
                Guest hana =
                        visitor(proxy.url(), new NewContextOptions().setIgnoreHTTPSErrors(true))) {
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

    private static boolean isOfThisHostAlone(Cookie cookie) {
        return cookie.name.startsWith("__Host-") && cookie.secure && cookie.path.equals("/");
    }
}
