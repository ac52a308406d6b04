package dev.stagedoor.quickstart.ops;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import static org.awaitility.Awaitility.await;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Route;

import dev.stagedoor.gateway.waitingroom.Mode;
import dev.stagedoor.quickstart.stage.Album;
import dev.stagedoor.quickstart.stage.AtTheTheatre;
import dev.stagedoor.quickstart.stage.Browser;
import dev.stagedoor.quickstart.stage.Chromium;
import dev.stagedoor.quickstart.stage.Theatre;

import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** What operators change in the console: said to be done when it is done, and written down. */
@Order(2)
@ResourceLock(Theatre.OF_THE_LINE)
class OpsChangesStory extends AtTheTheatre {

    OpsChangesStory(Theatre stage, Chromium chromium) {
        super(stage, chromium);
    }

    @Test
    void aChangeIsInForceWhenItIsSaidToBeAndWrittenDownWithItsAuthor() {
        try (Desk hana = operator()) {
            hana.setting("capacity").fill("7");
            hana.setting("batch").fill("3");
            hana.setting("interval").fill("200ms");
            hana.setting("per-minute").fill("30");
            hana.press("Save");

            assertThat(hana.see("#said"))
                    .hasText(
                            "Saved: capacity 100 → 7, batch 50 → 3, interval 100ms → 200ms,"
                                    + " per-minute 0 → 30");
            await().untilAsserted(
                            () ->
                                    Assertions.assertThat(stage.view().settings())
                                            .returns(7L, it -> it.capacity())
                                            .returns(3L, it -> it.batch())
                                            .returns(Duration.ofMillis(200), it -> it.interval())
                                            .returns(30L, it -> it.perMinute()));
            assertThat(hana.changes().filter(has("capacity 100 → 7"))).containsText("hana");
            assertThat(hana.changes().filter(has("interval 100ms → 200ms"))).hasCount(1);
            assertThat(hana.tile("active")).hasText("0 of 7");
            assertThat(hana.see("#save")).isDisabled();
        }
    }

    @Test
    void whoWritesWhereSomebodyElseHasSavedMeanwhileIsToldBeforeOverwritingIt() {
        try (Desk hana = operator();
                Desk other = operator()) {
            hana.setting("capacity").fill("7");
            other.setting("capacity").fill("9");
            other.press("Save");

            assertThat(hana.see("#wrong-capacity"))
                    .hasText("Somebody else has set it to 9 meanwhile.");
            assertThat(hana.setting("capacity")).hasValue("7");
            hana.press("Save");
            assertThat(hana.see("#said")).hasText("Saved: capacity 9 → 7");
            assertThat(hana.see("#wrong-capacity")).isEmpty();
            assertThat(other.setting("capacity")).hasValue("7");
        }
    }

    @Test
    void aChangeThatNobodyAnswersIsNotTakenForSaved() {
        try (Desk hana = operator()) {
            hana.page().route("**/settings", route -> route.abort("connectionrefused"));
            hana.setting("batch").fill("3");
            hana.press("Save");

            assertThat(hana.see("#said")).hasText("Failed to fetch");
            assertThat(hana.see("#save")).isEnabled();
        }
    }

    @Test
    void theModeIsChangedOnlyByThoseWhoMeanIt() {
        stage.isFullWith(1);
        try (Desk hana = operator()) {
            hana.press("HOLD");
            assertThat(hana.see("#confirm")).containsText("Change the mode of main to HOLD?");
            Album.take(hana.page(), "ops-confirm");
            hana.presses("Escape");
            assertThat(hana.see("#room-mode")).hasText("AUTO");
            hana.press("HOLD");
            hana.see("#confirm-yes").click();

            assertThat(hana.see("#room-mode")).hasText("HOLD");
            Assertions.assertThat(stage.view().settings().mode()).isEqualTo(Mode.HOLD);
            assertThat(hana.changes().first()).containsText("mode AUTO → HOLD");
            hana.press("AUTO");
            assertThat(hana.see("#room-mode")).hasText("AUTO");
        }
    }

    @Test
    void aSettingThatCannotBeIsRefusedWithItsReasonAndNothingIsChanged() {
        try (Desk hana = operator()) {
            hana.setting("capacity").fill("0");
            hana.setting("batch").fill("7");
            hana.press("Save");

            assertThat(hana.see("#wrong-capacity")).hasText("must be 1 to 10,000,000");
            assertThat(hana.setting("capacity")).isFocused();
            assertThat(hana.setting("capacity")).hasAttribute("aria-invalid", "true");
            Album.take(hana.page(), "ops-refused");
            Assertions.assertThat(stage.view().settings())
                    .returns(100L, it -> it.capacity())
                    .returns(50L, it -> it.batch());
            hana.press("Discard");
            assertThat(hana.setting("capacity")).hasValue("100");
            hana.setting("interval").fill("soon");
            hana.press("Save");
            assertThat(hana.see("#wrong-interval")).hasText("must be a duration such as 90s");
            assertThat(hana.see("#wrong-capacity")).isEmpty();
        }
    }

    @Test
    void aTicketIsExplainedAndTakenBack() {
        Browser kim = stage.comes();
        try (Desk hana = operator()) {
            hana.explain(kim.kept("Queue-Token"));
            assertThat(hana.see("#story")).containsText("has not used the turn yet");
            assertThat(hana.see("#story")).containsText("inside");
            hana.press("Revoke");
            hana.see("#confirm-yes").click();

            assertThat(hana.see("#story")).containsText("revoked by an operator");
            Album.take(hana.page(), "ops-ticket");
            Assertions.assertThat(kim.get("/api/v1/queue/tokens/current", 410).get("code"))
                    .hasToString("\"queue-token-expired\"");
            assertThat(hana.changes().first()).containsText("hana");
            assertThat(hana.changes().first()).containsText("active → revoked");
            hana.explain(kim.kept("Queue-Token") + "x");
            assertThat(hana.see("#story")).containsText("Not signed by this gateway");
            hana.explain("nobody");
            assertThat(hana.see("#ticket-wrong")).containsText("user must");
        }
    }

    @Test
    void aTicketThatNobodyTookBackIsNotSaidToBe() {
        Browser kim = stage.comes();
        try (Desk hana = operator()) {
            hana.page().route("**/ops/api/revoke", route -> route.abort("connectionrefused"));
            hana.explain(kim.kept("Queue-Token"));
            hana.press("Revoke");
            hana.see("#confirm-yes").click();

            assertThat(hana.see("#ticket-wrong")).hasText("Failed to fetch");
            assertThat(hana.see("#said")).hasText("Failed to fetch");
        }
    }

    @Test
    void theTicketThatIsShownIsTakenBackAndNotTheOneThatWasAskedForSince() {
        Browser kim = stage.comes();
        Browser lee = stage.comes();
        try (Desk hana = operator()) {
            hana.explain(kim.kept("Queue-Token"));
            assertThat(hana.see("#story")).containsText("inside");
            List<Route> late = new ArrayList<>();
            hana.page().route("**/ops/api/explain", late::add);
            hana.explain(lee.kept("Queue-Token"));
            hana.page().waitForCondition(() -> !late.isEmpty());
            hana.press("Revoke");
            hana.see("#confirm-yes").click();
            assertThat(hana.see("#story")).containsText("revoked by an operator");

            hana.page().waitForResponse("**/ops/api/explain", () -> late.forEach(Route::resume));
            hana.roundsGoBy(1);
            assertThat(hana.see("#story")).containsText("revoked by an operator");
            kim.get("/api/v1/queue/tokens/current", 410);
            lee.get("/api/v1/queue/tokens/current", 200);
        }
    }

    @Test
    void aNetworkIsKeptOutAndLetInAgain() {
        try (Desk hana = operator()) {
            hana.see("#many-form [name=whom]").fill("203.0.113.7");
            hana.press("Keep them out");
            hana.see("#confirm-yes").click();
            assertThat(hana.see("#many-wrong")).containsText("why must");
            hana.see("#many-form [name=why]").fill("robots");
            hana.press("Keep them out");
            hana.see("#confirm-yes").click();

            assertThat(hana.see("#bans li")).containsText("203.0.113.0/24");
            assertThat(hana.see("#bans li")).containsText("robots (hana)");
            Album.take(hana.page(), "ops-bans");
            hana.see("#bans button").focus();
            hana.page().waitForResponse("**/bans", () -> {});
            hana.roundsGoBy(1);
            assertThat(hana.see("#bans button")).isFocused();
            hana.press("Let them in again");
            assertThat(hana.page().locator("#bans li")).hasCount(0);
            assertThat(hana.changes().first()).containsText("ban 203.0.113.0/24");
        }
    }

    @Test
    void aRoomIsMadeAndShownAndTheConsoleSpeaksKorean() {
        try (Desk hana = operator()) {
            hana.press("New room");
            hana.see("#make [name=room]").fill("gala");
            hana.see("#make [name=paths]").fill("/gala/**");
            hana.press("Make the room");

            assertThat(hana.see("#room-name")).hasText("gala");
            assertThat(hana.see("#rooms a[aria-current]")).containsText("gala");
            hana.press("한국어");
            assertThat(hana.see("#settings-title")).hasText("설정");
            Album.take(hana.page(), "ops-ko");
        }
    }

    /** Nor does one that comes before it in the alphabet take its place. */
    @Test
    void whatIsConfirmedIsDoneInTheRoomThatWasAskedAbout() {
        stage.has("side");
        try (Desk hana = operator()) {
            hana.see("#rooms [data-room=side] a").click();
            assertThat(hana.see("#room-name")).hasText("side");
            hana.see("#rooms [data-room=main] a").click();
            assertThat(hana.see("#room-name")).hasText("main");
            hana.press("HOLD");
            hana.page().goBack();
            assertThat(hana.see("#room-name")).hasText("side");
            hana.see("#confirm-yes").click();
            assertThat(hana.see("#said")).containsText("mode AUTO → HOLD");
            await().until(() -> stage.view().settings().mode() == Mode.HOLD);

            hana.see("#rooms [data-room=main] a").click();
            assertThat(hana.see("#room-mode")).hasText("HOLD");
            hana.page().evaluate("history.replaceState(null, '', '/ops/#50%')");
            stage.has("a-room");
            assertThat(hana.see("#rooms [data-room=a-room]")).isVisible();
            hana.roundsGoBy(1);
            assertThat(hana.see("#room-name")).hasText("main");
            assertThat(hana.see("#banner")).isEmpty();
        }
    }

    private static Locator.FilterOptions has(String text) {
        return new Locator.FilterOptions().setHasText(text);
    }

    private Desk operator() {
        Desk desk = new Desk(stage, chromium);
        desk.comesIn();
        return desk;
    }
}
