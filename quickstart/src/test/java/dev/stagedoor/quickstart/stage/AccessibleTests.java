package dev.stagedoor.quickstart.stage;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;

import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What {@link Accessible} finds, and what it must not find in a page that no story comes to. */
@ExtendWith({NeedsChromium.class, Shared.class})
@Order(2)
@ResourceLock(Theatre.OF_THE_LINE)
class AccessibleTests {

    private static final String PAGE =
            "<!doctype html><html lang='en'><title>A page</title><main><h1>A page</h1>%s</main>";

    private static final String CALCULATOR =
            Path.of("../docs/scale.html").toAbsolutePath().normalize().toUri().toString();

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

    /**
     * A page that nobody serves: it opens from the file system, and reckons as it is typed into.
     */
    @Test
    void theCalculatorReckonsForEverybody() {
        try (Page page = chromium.browser().newPage()) {
            List<String> mistakes = new ArrayList<>();
            page.onPageError(mistakes::add);
            page.navigate(CALCULATOR);
            Locator joins = told(page, "joins a second, at the densest");
            Locator polls = told(page, "polls a second then");

            assertThat(joins).hasText("33,333");
            String few = polls.textContent();
            page.getByLabel("people", new Page.GetByLabelOptions().setExact(true)).fill("90000000");

            assertThat(joins).hasText("3,000,000");
            assertThat(polls).not().hasText(few);
            assertThat(page.locator("#limits .over").first()).isVisible();
            Accessible.check(page, "the calculator");
            Assertions.assertThat(mistakes).isEmpty();
        }
    }

    private static Locator told(Page page, String what) {
        return page.locator("#told tr", new Page.LocatorOptions().setHasText(what)).locator("td");
    }
}
