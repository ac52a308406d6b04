package dev.stagedoor.quickstart.ops;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import static org.awaitility.Awaitility.await;

import com.microsoft.playwright.Browser.NewContextOptions;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Response;
import com.microsoft.playwright.options.AriaRole;

import dev.stagedoor.quickstart.stage.Chromium;
import dev.stagedoor.quickstart.stage.Guest;
import dev.stagedoor.quickstart.stage.Theatre;

import java.util.regex.Pattern;

/** Somebody before the console, with the room of the sale on it once they have come in. */
final class Desk implements AutoCloseable {

    private static final int WRONG_GUESSES = 10;

    /**
     * The console gives up what is not answered in seconds: a busy machine makes all of it late.
     */
    private static final String PATIENT =
            """
            const usual = AbortSignal.timeout;
            AbortSignal.timeout = (millis) => usual.call(AbortSignal, 10 * millis);
            """;

    private final Guest guest;

    Desk(Theatre stage, Chromium chromium) {
        this.guest =
                new Guest(
                        stage.console(),
                        chromium,
                        new NewContextOptions().setLocale("en-US").setViewportSize(1280, 900));
        guest.page().addInitScript(PATIENT);
        guest.page().navigate("/ops/#main");
    }

    Page page() {
        return guest.page();
    }

    Locator see(String selector) {
        return guest.see(selector);
    }

    void presses(String... keys) {
        guest.presses(keys);
    }

    void tabsTo(String selector) {
        guest.tabsTo(selector);
    }

    void press(String button) {
        page().getByRole(
                        AriaRole.BUTTON, new Page.GetByRoleOptions().setName(button).setExact(true))
                .click();
    }

    void signIn(String name, String password) {
        see("[name=name]").fill(name);
        see("[name=password]").fill(password);
        answered(() -> press("Sign in"));
    }

    void comesIn() {
        comesInWith(() -> signIn("hana", Theatre.OPS_PASSWORD));
    }

    /** Somebody at the same address may have guessed a moment ago. */
    void comesInWith(Runnable trying) {
        await().until(() -> answered(trying).ok());
        assertThat(see("#room-name")).hasText("main");
    }

    void guessesUntilItIsSlowed() {
        Locator answer = see("#sign-in-wrong");
        for (int guess = 0; guess < WRONG_GUESSES; guess++) {
            signIn("mallory", "guess " + guess);
            if (Pattern.matches("Too many wrong .* Try again in \\d+ s\\.", answer.textContent())) {
                return;
            }
        }
        throw new AssertionError("nobody slows the guesses: " + answer.textContent());
    }

    private Response answered(Runnable trying) {
        return page().waitForResponse("**/ops/api/session", trying);
    }

    /** The console has asked for the rooms so many times more. */
    void roundsGoBy(int rounds) {
        for (int i = 0; i < rounds; i++) {
            page().waitForResponse("**/ops/api/rooms", () -> {});
        }
    }

    /** The line of those who wait. */
    String drawn() {
        Locator line = see("#chart path.waiting");
        line.waitFor();
        return line.getAttribute("d");
    }

    void explain(String who) {
        see("[name=who]").fill(who);
        press("Explain");
    }

    Locator tile(String name) {
        return see(".tile.%s dd".formatted(name));
    }

    Locator setting(String name) {
        return see("#setting-" + name);
    }

    Locator changes() {
        return see("#changes tr");
    }

    @Override
    public void close() {
        guest.close();
    }
}
