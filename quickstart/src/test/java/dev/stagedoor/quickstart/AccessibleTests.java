package dev.stagedoor.quickstart;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.microsoft.playwright.Page;

import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@link Accessible} finds. */
@ExtendWith({NeedsChromium.class, Shared.class})
@ResourceLock(Theatre.OF_THE_LINE)
class AccessibleTests {

    private static final String PAGE =
            "<!doctype html><html lang='en'><title>A page</title><main><h1>A page</h1>%s</main>";

    private final Chromium chromium;

    AccessibleTests(Chromium chromium) {
        this.chromium = chromium;
    }

    @ParameterizedTest
    @CsvSource({
        "<p style='color:#999'>faint</p>, color-contrast",
        "<input type='text'>, label",
        "<button></button>, button-name",
        "<h4>too deep</h4>, heading-order",
        "<div role='alert' aria-live='loud'>x</div>, aria-valid-attr-value",
    })
    void aPageThatShutsSomebodyOutIsFound(String fault, String rule) {
        try (Page page = chromium.browser().newPage()) {
            page.setContent(PAGE.formatted(fault));

            assertThatThrownBy(() -> Accessible.check(page, "it")).hasMessageContaining(rule);
        }
    }
}
