package dev.stagedoor.quickstart.stage;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.Page.EmulateMediaOptions;
import com.microsoft.playwright.Page.ScreenshotOptions;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.ReducedMotion;
import com.microsoft.playwright.options.ViewportSize;

import java.nio.file.Path;

/**
 * Pictures of the pages in {@code target/screenshots}: narrow by day and wide by night, and the
 * other way round too by {@code -Dpictures=true}.
 */
public final class Album {

    private static final Path FOLDER = Path.of("target", "screenshots");
    private static final int[] WIDTHS = {360, 1440};
    private static final boolean ALL = Boolean.getBoolean("pictures");

    private Album() {}

    /**
     * A page that is wider than a phone fails, whatever it looks like; so does one that shuts
     * somebody out, and one that moves although it was asked not to.
     */
    public static void take(Page page, String name) {
        ViewportSize before = page.viewportSize();
        for (int width : WIDTHS) {
            page.setViewportSize(width, width < 600 ? 740 : 900);
            for (ColorScheme scheme : new ColorScheme[] {ColorScheme.LIGHT, ColorScheme.DARK}) {
                boolean isInspected = width < 600 == (scheme == ColorScheme.LIGHT);
                if (!isInspected && !ALL) {
                    continue;
                }
                page.emulateMedia(
                        new EmulateMediaOptions()
                                .setColorScheme(scheme)
                                .setReducedMotion(ReducedMotion.REDUCE));
                page.screenshot(
                        new ScreenshotOptions()
                                .setPath(FOLDER.resolve(name(name, width, scheme)))
                                .setFullPage(width < 600));
                if (isInspected) {
                    Accessible.check(page, name(name, width, scheme));
                }
            }
            assertThat(page.evaluate("document.documentElement.scrollWidth"))
                    .as("%s scrolls sideways at %d px", name, width)
                    .isEqualTo(width);
        }
        assertThat(page.evaluate("document.getAnimations().length"))
                .as("%s moves", name)
                .isEqualTo(0);
        page.setViewportSize(before.width, before.height);
    }

    private static String name(String name, int width, ColorScheme scheme) {
        return "%s-%d-%s.png"
                .formatted(name, width, scheme.name().toLowerCase(java.util.Locale.ROOT));
    }
}
