package dev.stagedoor.quickstart.stage;

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
public final class Guest implements AutoCloseable {

    /** What Chromium says of every refusal; the pages show those in their own words. */
    private static final String REFUSED = "Failed to load resource: the server responded with";

    /** And of a net or a gateway that is away. */
    private static final List<String> AWAY =
            List.of(
                    "net::ERR_INTERNET_DISCONNECTED",
                    "net::ERR_CONNECTION_REFUSED",
                    "net::ERR_INCOMPLETE_CHUNKED_ENCODING");

    /** In milliseconds; longer than a busy machine takes. */
    private static final double PATIENCE = 60_000;

    private final List<String> sites = new CopyOnWriteArrayList<>();
    private final BrowserContext context;
    private final List<String> complaints = new CopyOnWriteArrayList<>();
    private final Page page;

    /**
     * @param site where they are; every other one is none of their business
     */
    public Guest(String site, Chromium chromium, NewContextOptions options) {
        sites.add(site);
        this.context = chromium.browser().newContext(options.setBaseURL(site));
        this.context.setDefaultTimeout(PATIENCE);
        PlaywrightAssertions.setDefaultAssertionTimeout(PATIENCE);
        this.page = tab();
    }

    /** Another site is their business too. */
    public Guest alsoAsks(String another) {
        sites.add(another);
        return this;
    }

    public Page page() {
        return page;
    }

    public BrowserContext context() {
        return context;
    }

    /** What the browser keeps of the place in line. */
    public String token() {
        return context.cookies().stream()
                .filter(cookie -> cookie.name.endsWith("queue-main"))
                .map(cookie -> cookie.value)
                .findFirst()
                .orElseThrow();
    }

    public Page tab() {
        Page tab = context.newPage();
        tab.onConsoleMessage(this::heard);
        tab.onPageError(complaints::add);
        tab.onRequest(this::asked);
        return tab;
    }

    public Locator see(String selector) {
        return page.locator(selector);
    }

    public void presses(String... keys) {
        for (String key : keys) {
            page.keyboard().press(key);
        }
    }

    /** Goes with the Tab key until something is in focus, as nobody does without a mouse. */
    public void tabsTo(String selector) {
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
        String text = message.text();
        boolean isTold = text.startsWith(REFUSED) || AWAY.stream().anyMatch(text::contains);
        if (message.type().equals("error") && !isTold) {
            complaints.add(text);
        }
    }

    private void asked(Request request) {
        if (sites.stream().noneMatch(site -> request.url().startsWith(site + "/"))) {
            complaints.add("asked another host: " + request.url());
        }
    }

    /**
     * Gives back what is still held of the line, and has had nothing to complain of. The pages are
     * closed first: one that learns that its place is gone loads itself again, and Chromium may
     * forget to close what is loading (microsoft/playwright#42366).
     */
    @Override
    public void close() {
        context.setOffline(false);
        context.pages().forEach(Page::close);
        context.request().delete("/api/v1/queue/tokens/current");
        context.close();
        assertThat(complaints).isEmpty();
    }
}
