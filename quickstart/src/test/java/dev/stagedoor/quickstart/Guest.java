package dev.stagedoor.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser.NewContextOptions;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.ConsoleMessage;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Request;
import com.microsoft.playwright.assertions.PlaywrightAssertions;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Somebody at a browser of their own. Everything that goes wrong on any of their pages is kept:
 * what the console complains of, what is asked of other hosts.
 */
final class Guest implements AutoCloseable {

    /** What Chromium says of every refusal; the pages show those in their own words. */
    private static final String REFUSED = "Failed to load resource: the server responded with";

    private static final String OFFLINE = "net::ERR_INTERNET_DISCONNECTED";

    private final Theatre stage;
    private final BrowserContext context;
    private final List<String> complaints = new CopyOnWriteArrayList<>();
    private final Page page;

    Guest(Theatre stage, Chromium chromium, NewContextOptions options) {
        this.stage = stage;
        this.context = chromium.browser().newContext(options.setBaseURL(stage.url()));
        this.context.setDefaultTimeout(15_000);
        PlaywrightAssertions.setDefaultAssertionTimeout(20_000);
        this.page = tab();
    }

    Page page() {
        return page;
    }

    BrowserContext context() {
        return context;
    }

    Page tab() {
        Page tab = context.newPage();
        tab.onConsoleMessage(this::heard);
        tab.onPageError(complaints::add);
        tab.onRequest(this::asked);
        return tab;
    }

    Locator see(String selector) {
        return page.locator(selector);
    }

    void presses(String... keys) {
        for (String key : keys) {
            page.keyboard().press(key);
        }
    }

    /** Goes with the Tab key until something is in focus, as nobody does without a mouse. */
    void tabsTo(String selector) {
        for (int i = 0; i < 40; i++) {
            page.keyboard().press("Tab");
            Object isThere =
                    page.evaluate("s => document.activeElement?.matches(s) ?? false", selector);
            if (Boolean.TRUE.equals(isThere)) {
                return;
            }
        }
        throw new AssertionError(selector + " cannot be reached with the Tab key");
    }

    private void heard(ConsoleMessage message) {
        boolean isTold = message.text().startsWith(REFUSED) || message.text().contains(OFFLINE);
        if (message.type().equals("error") && !isTold) {
            complaints.add(message.text());
        }
    }

    private void asked(Request request) {
        if (!request.url().startsWith(stage.url() + "/")) {
            complaints.add("asked another host: " + request.url());
        }
    }

    /** Gives back what is still held of the line, and has had nothing to complain of. */
    @Override
    public void close() {
        context.setOffline(false);
        context.request().delete("/api/v1/queue/tokens/current");
        context.close();
        assertThat(complaints).isEmpty();
    }
}
