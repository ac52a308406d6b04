package dev.stagedoor.quickstart.stage;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Whether a page is one for those, too, who do not see it, or not well: by the rules of WCAG 2.2
 * level AA, contrast among them, as far as a program can tell.
 */
final class Accessible {

    private static final String AXE = script();

    private static final String FAULTS =
            """
            () => axe.run(document, { resultTypes: ['violations'],
                runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })
              .then(({ violations }) => violations.flatMap(({ id, nodes }) =>
                nodes.map((node) => `${id}: ${node.target} – ${node.failureSummary}`)))
            """;

    private Accessible() {}

    static void check(Page page, String name) {
        if (!(boolean) page.evaluate("typeof axe === 'object'")) {
            page.evaluate(AXE); // half a megabyte: once for each page
        }

        assertThat((List<?>) page.evaluate(FAULTS))
                .as("what keeps people out of %s", name)
                .isEmpty();
    }

    private static String script() {
        try (InputStream axe = Accessible.class.getResourceAsStream("/axe.min.js")) {
            return new String(axe.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
