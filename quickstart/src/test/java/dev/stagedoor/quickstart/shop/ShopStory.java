package dev.stagedoor.quickstart.shop;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import static org.awaitility.Awaitility.await;

import com.microsoft.playwright.Route;
import com.microsoft.playwright.Route.FulfillOptions;

import dev.stagedoor.quickstart.stage.Album;
import dev.stagedoor.quickstart.stage.Chromium;
import dev.stagedoor.quickstart.stage.Guest;
import dev.stagedoor.quickstart.stage.Listening;
import dev.stagedoor.quickstart.stage.Theatre;

import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;

import java.time.Instant;
import java.time.Year;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** From the list of concerts to the seats that one wants. */
@Order(1)
@ResourceLock(Theatre.OF_THE_SALE)
class ShopStory extends AtTheShop {

    private static final Pattern SEATS = Pattern.compile("/seats/(states|events)");

    ShopStory(Theatre stage, Chromium chromium) {
        super(stage, chromium);
    }

    @Test
    void aTicketIsBoughtByKeyboardAloneAndRefunded() {
        try (Guest hana = guest()) {
            hana.page().navigate("/");
            assertThat(hana.see("#line")).containsText("No line at the moment");
            Album.take(hana.page(), "catalogue");
            hana.tabsTo("a[href='/shop/concerts/2']");
            hana.presses("Enter");

            assertThat(hana.see("h1")).hasText("Winter Lights Live");
            hana.tabsTo("input[name='date']");
            hana.presses("Space");
            hana.tabsTo("[data-seat]");
            isKnown(hana, 1);
            hana.presses("ArrowRight", "ArrowDown", "Space", "ArrowRight", "Enter");
            assertThat(hana.see("#dates label").first()).containsText("7:00 PM");
            assertThat(hana.see("#picked")).hasText("1213");
            assertThat(hana.see("#sum")).hasText("₩264,000");
            Album.take(hana.page(), "seats");
            hana.tabsTo("#hold");
            hana.presses("Enter");

            assertThat(hana.see("#countdown")).containsText("left");
            assertThat(hana.see("#short")).containsText("₩264,000 short");
            assertThat(hana.see("#dates label").first()).containsText("48 of 50 seats left");
            Album.take(hana.page(), "held");
            hana.tabsTo("#charge");
            hana.presses("Enter");
            assertThat(hana.see("#pay")).isFocused();
            hana.presses("Enter");

            assertThat(hana.see("#paidTitle")).isVisible();
            assertThat(hana.see(".stub")).hasCount(2);
            Album.take(hana.page(), "paid");
            hana.tabsTo("#toTickets");
            hana.presses("Enter");

            assertThat(hana.see("h1")).hasText("My tickets");
            assertThat(hana.see(".state")).hasText("paid");
            assertThat(hana.see("#list")).containsText("7:00 PM");
            Album.take(hana.page(), "tickets");
            hana.tabsTo("#list button");
            hana.presses("Enter", "Shift+Tab", "Enter");
            assertThat(hana.see(".state")).hasText("refunded");
            assertThat(hana.see("#balance")).hasText("₩264,000");
        }
    }

    /** Tickets of last year stay in the list, and a season is sold before the year is over. */
    @Test
    void anEveningOfAnotherYearIsToldWithIt() {
        int year = Year.now().getValue();
        try (Guest hana = guest()) {
            hana.page().navigate("/");
            Object told = hana.page().evaluate(EVENINGS.formatted(year - 1, year));

            Assertions.assertThat(told)
                    .isEqualTo(
                            List.of(
                                    "July 15, %d at 8:00 PM".formatted(year - 1),
                                    "July 15 at 8:00 PM"));
        }
    }

    private static final String EVENINGS =
            """
            async () => {
              const { evening } = await import('/assets/words.js');
              return ['%d-07-15T11:00:00Z', '%d-07-15T11:00:00Z']
                  .map((at) => evening(at, 'Asia/Seoul').replace(/^\\w+, /, ''));
            }
            """;

    @Test
    void whoClicksTwiceForMoreConcertsSeesNoneOfThemTwice() {
        String concerts = "**/api/v1/concerts?*";
        FulfillOptions page =
                new FulfillOptions()
                        .setContentType("application/json")
                        .setBody(
                                IntStream.range(0, 24)
                                        .mapToObj(
                                                "{\"concertId\":%d,\"title\":\"Title\"}"::formatted)
                                        .collect(Collectors.joining(",", "{\"concerts\":[", "]}")));
        List<Route> asked = new ArrayList<>();
        try (Guest hana = guest()) {
            hana.page().route(concerts, route -> route.fulfill(page));
            hana.page().navigate("/");
            assertThat(hana.see("#concerts .card")).hasCount(24);
            hana.page().route(concerts, asked::add);
            hana.see("#more").dblclick();
            hana.page().waitForCondition(() -> !asked.isEmpty());

            asked.getFirst().fulfill(page);
            assertThat(hana.see("#concerts .card")).hasCount(48);
            Assertions.assertThat(asked).hasSize(1);
        }
    }

    @Test
    void ofTwoWhoWantOneSeatOneGetsItAndTheOtherIsToldAndSeesIt() {
        try (Guest hana = guest();
                Guest duri = guest()) {
            duri.page()
                    .route(
                            "**/seats/events*",
                            it -> it.fulfill(new FulfillOptions().setStatus(404)));
            chooseAnEvening(hana, 1, 0);
            chooseAnEvening(duri, 1, 0);
            seat(hana, 7).click();
            seat(duri, 7).click();
            AtomicBoolean blind = seesNothingNew(duri);
            hana.see("#hold").click();
            assertThat(hana.see("#countdown")).isVisible();

            duri.page()
                    .onRequest(
                            request -> blind.compareAndSet(request.method().equals("POST"), false));
            duri.see("#hold").click();
            assertThat(duri.see("#trouble")).containsText("seat 7 is taken");
            assertThat(seat(duri, 7)).hasAttribute("data-look", "HELD");
            assertThat(duri.see("#hold")).isDisabled();
            assertThat(duri.see("#takeInstead")).hasText("Choose 6 instead");
            duri.see("#takeInstead").click();
            assertThat(duri.see("#picked")).hasText("6");
            duri.see("#hold").click();
            assertThat(duri.see("#countdown")).isVisible();
        }
    }

    @Test
    void whatOthersHoldIsToldAtOnceAndTakesTheSeatFromTheChosen() {
        try (Guest hana = guest();
                Guest duri = guest()) {
            chooseAnEvening(hana, 1, 1);
            chooseAnEvening(duri, 1, 1);
            List<String> asked = new ArrayList<>();
            duri.page().onRequest(request -> asked.add(request.url()));
            seat(hana, 21).click();
            seat(duri, 21).click();
            seat(duri, 22).click();

            hana.see("#hold").click();
            assertThat(hana.see("#countdown")).isVisible();
            assertThat(seat(duri, 21)).hasAttribute("data-look", "HELD");
            Assertions.assertThat(asked).noneMatch(url -> url.contains("/seats/states"));
            assertThat(duri.see("#picked")).hasText("22");
            assertThat(duri.see("#trouble")).containsText("Somebody was faster");
            assertThat(duri.see("#takeInstead")).hasText("Choose 11 instead");
            duri.see("#takeInstead").click();
            assertThat(duri.see("#picked")).hasText("1122");
            assertThat(duri.see("#takeInstead")).isHidden();
        }
    }

    @Test
    void whoChoosesBeforeAnybodyKnowsWhatIsFreeChoosesNothing() {
        try (Guest dana = guest()) {
            List<Route> kept = new ArrayList<>();
            dana.page().route(SEATS, kept::add);
            dana.page().navigate("/shop/concerts/2");
            dana.see("#dates label").nth(0).click();
            seat(dana, 41).click();

            dana.page().unroute(SEATS);
            kept.forEach(Route::resume);
            isKnown(dana, 41);
            assertThat(dana.see("#hold")).isDisabled();
            seat(dana, 41).click();
            assertThat(dana.see("#picked")).hasText("41");
        }
    }

    /** What they hold already is asked for meanwhile. */
    @Test
    void whoChoosesAtOnceKeepsWhatTheyHaveChosen() {
        String held = "**/api/v1/reservations";
        try (Guest dana = guest()) {
            List<Route> kept = new ArrayList<>();
            dana.page().route(held, kept::add);
            chooseAnEvening(dana, 2, 0);
            seat(dana, 42).click();

            dana.page().waitForCondition(() -> !kept.isEmpty());
            dana.page().waitForResponse(held, kept.getLast()::resume);
            dana.page().waitForTimeout(500);
            assertThat(dana.see("#picked")).hasText("42");
        }
    }

    /** What is asked of one show may be answered when another one is looked at. */
    @Test
    void whoChangesTheirMindSeesTheSeatsOfTheShowThatTheyChose() {
        try (Guest sora = guest()) {
            List<Route> kept = new ArrayList<>();
            sora.page().navigate("/shop/concerts/1");
            sora.page().route("**/schedules/3/seats/states*", kept::add);
            sora.see("#dates label").nth(2).click();
            sora.page().waitForCondition(() -> !kept.isEmpty());
            sora.see("#dates label").nth(1).click();
            isKnown(sora, 50);

            sora.page().route(SEATS, kept::add);
            kept.getFirst().fulfill(allHeld());
            sora.page().waitForTimeout(500);

            assertThat(seat(sora, 50)).hasAttribute("data-look", "AVAILABLE");
            assertThat(sora.see("#house")).isHidden();
        }
    }

    private static FulfillOptions allHeld() {
        String seats = "VVVVVVVVVVVVVVVVVQ==";
        return new FulfillOptions()
                .setContentType("application/json")
                .setBody(
                        "{\"version\":\"old\",\"serverTime\":\"%s\",\"available\":0,\"seats\":\"%s\"}"
                                .formatted(Instant.now(), seats));
    }

    @Test
    void whereAProxyHoldsStreamsBackSeatsAreAskedFor() {
        try (Guest sora = guest()) {
            sora.page().clock().install();
            sora.page().addInitScript(MUTE_STREAMS);
            chooseAnEvening(sora, 1, 1);
            sora.page().waitForFunction("() => window.streams === 1");

            sora.page()
                    .waitForResponse(
                            "**/seats/states?since=*",
                            () -> sora.page().clock().fastForward(5_000));
            sora.page().waitForResponse("**/seats/states?since=*", () -> {});
            sora.page().clock().fastForward(60_000);
            sora.page().waitForFunction("() => window.streams === 2");
        }
    }

    /** It says so with status 200, as do networks that want a visitor to sign in first. */
    @Test
    void whatIsNoAnswerOfTheShopIsCalledSo() {
        try (Guest sora = guest()) {
            FulfillOptions page =
                    new FulfillOptions().setContentType("text/html").setBody("<h1>Welcome</h1>");
            sora.page().route("**/api/v1/concerts*", route -> route.fulfill(page));
            sora.page().navigate("/");

            assertThat(sora.see("#trouble")).containsText("could not be reached");
        }
    }

    @Test
    void whoeverListensIsToldOnceThatTheShopIsAwayAndNotHowLongTheLineIs() {
        try (Guest sora = guest()) {
            sora.page().clock().install();
            sora.page().navigate("/");
            assertThat(sora.see("#line")).containsText("No line at the moment");
            sora.page().evaluate(Listening.BEGIN);
            sora.page()
                    .waitForResponse(
                            "**/rooms/main", () -> sora.page().clock().fastForward(10_000));
            sora.page().waitForTimeout(200);
            Assertions.assertThat((List<?>) sora.page().evaluate(Listening.HEARD)).isEmpty();

            sora.page().navigate("/shop/concerts/2");
            assertThat(sora.see("#who")).hasText("Hello, Guest");
            sora.page().navigate("/shop/tickets");
            assertThat(sora.see("#none")).isVisible();
            sora.page().route("**/balance/charges", it -> it.abort("internetdisconnected"));
            sora.page().evaluate(Listening.BEGIN);
            sora.see("#charging button").click();
            await().until(() -> givesUp(sora, "#charging button"));
            Object heard = sora.page().evaluate(Listening.HEARD);
            Assertions.assertThat((List<?>) heard)
                    .map(Object::toString)
                    .filteredOn(words -> words.contains("We try again"))
                    .hasSize(1);
            assertThat(sora.see("#trouble")).containsText("Please try again");
        }
    }

    private static final String MUTE_STREAMS =
            """
            window.streams = 0;
            window.EventSource = class extends EventTarget {
              constructor() {
                super();
                window.streams++;
              }
              close() {}
            };
            """;

    @Test
    void whatWasChosenOfOneShowIsNotHeldInAnother() {
        try (Guest sora = guest()) {
            List<Route> kept = new ArrayList<>();
            chooseAnEvening(sora, 1, 1);
            seat(sora, 50).click();
            assertThat(sora.see("#hold")).isEnabled();
            sora.page().route("**/plans/*", kept::add);
            sora.see("#dates label").nth(2).click();
            sora.page().waitForCondition(() -> !kept.isEmpty());

            assertThat(sora.see("#hold")).isDisabled();
            assertThat(seat(sora, 50)).isHidden();
            kept.forEach(Route::resume);
            assertThat(sora.see("#map")).isVisible();
        }
    }

    @Test
    void aReloadLeadsToTheSameShowOfADay() {
        try (Guest sora = guest()) {
            sora.page()
                    .route(
                            "**/schedules?*",
                            it ->
                                    it.fulfill(
                                            new FulfillOptions()
                                                    .setContentType("application/json")
                                                    .setBody(
                                                            it.fetch()
                                                                    .text()
                                                                    .replaceAll(
                                                                            "(?<=\"date\":\")[^\"]*",
                                                                            "2030-05-05"))));
            chooseAnEvening(sora, 2, 1);

            sora.page().reload();

            assertThat(sora.see("#dates input").nth(1)).isChecked();
        }
    }

    @Test
    void whoeverListensIsNotToldEverySecondHowMuchTimeIsLeft() {
        try (Guest nuri = guest()) {
            chooseAnEvening(nuri, 2, 0);
            seat(nuri, 40).click();
            nuri.see("#hold").click();
            assertThat(nuri.see("#short")).containsText("short");
            nuri.page().evaluate(Listening.BEGIN);
            String first = nuri.see("#countdown").textContent();
            assertThat(nuri.see("#countdown")).not().hasText(first);
            String second = nuri.see("#countdown").textContent();
            assertThat(nuri.see("#countdown")).not().hasText(second);

            Assertions.assertThat((List<?>) nuri.page().evaluate(Listening.HEARD)).isEmpty();
            nuri.see("#giveBack").click();
        }
    }
}
