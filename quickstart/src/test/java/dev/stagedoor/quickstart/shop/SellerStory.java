package dev.stagedoor.quickstart.shop;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Browser.NewContextOptions;
import com.microsoft.playwright.Download;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.Route.FulfillOptions;

import dev.stagedoor.quickstart.stage.Album;
import dev.stagedoor.quickstart.stage.AtTheTheatre;
import dev.stagedoor.quickstart.stage.Chromium;
import dev.stagedoor.quickstart.stage.Guest;
import dev.stagedoor.quickstart.stage.Theatre;

import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** A sale from its first page to its last, as the seller has it in a browser, and a buyer. */
@Order(1)
@ResourceLock(Theatre.OF_THE_SALE)
class SellerStory extends AtTheTheatre {

    private static final String PLAN =
            """
            {"name":"Small Hall","sections":[
              {"name":"Stalls","category":"R","y":6,
               "rows":[{"name":"1","seats":8},{"name":"2","labels":["A","B","C"]}]},
              {"name":"Gallery","category":"S","x":-20,"y":10,"angle":-30,
               "rows":[{"name":"1","seats":5}]},
              {"name":"Floor","category":"S","y":2,"places":2}]}
            """;

    SellerStory(Theatre stage, Chromium chromium) {
        super(stage, chromium);
    }

    @Test
    void aShowIsPutOnSoldAndCancelledAndItsBuyerSeesTheMoneyComeBack() throws Exception {
        try (Guest seller = at(stage.boxOffice());
                Guest buyer = at(stage.url())) {
            comesIn(seller);
            seesAPlanDrawn(seller);
            String concert = putsOnAConcertWithAShow(seller);
            Locator show = seller.see("#shows li");
            blocksTwoSeats(seller, show);

            buys(buyer, concert);

            assertThat(show.locator("td.sold")).hasText("1");
            assertThat(show.locator("td.blocked")).hasText("2");
            assertThat(show.locator("td.money")).hasText("₩50,000");
            Album.take(seller.page(), "box-office");
            Assertions.assertThat(salesOf(seller, show)).contains("\"7\",").contains("\"PAID\"");
            press(seller, "Look now");
            assertThat(seller.see("#audit")).containsText("Everything that must be true");

            cancels(seller, show);
            buyer.page().navigate("/shop/tickets");
            assertThat(buyer.see(".state")).hasText("refunded");
            assertThat(buyer.see("#list .note")).containsText("The singer is ill");
            assertThat(buyer.see("#balance")).hasText("₩50,000");
            Album.take(buyer.page(), "tickets-cancelled");
            assertThat(seller.see("#changes")).containsText("cancelled: The singer is ill");
        }
    }

    @Test
    void whoClicksTwiceForMoreConcertsSeesNoneOfThemTwice() {
        Pattern concerts = Pattern.compile("/admin/concerts(\\?.*)?$");
        FulfillOptions page =
                new FulfillOptions()
                        .setContentType("application/json")
                        .setBody(
                                IntStream.range(0, 100)
                                        .mapToObj(
                                                "{\"concertId\":%d,\"title\":\"T\",\"timeZone\":\"UTC\"}"
                                                        ::formatted)
                                        .collect(Collectors.joining(",", "{\"concerts\":[", "]}")));
        List<Route> asked = new ArrayList<>();
        try (Guest seller = at(stage.boxOffice())) {
            seller.page().route(concerts, route -> route.fulfill(page));
            comesIn(seller);
            assertThat(seller.see("#concerts li")).hasCount(100);
            seller.page().route(concerts, asked::add);
            seller.see("#more-concerts").dblclick();
            seller.page().waitForCondition(() -> !asked.isEmpty());

            asked.getFirst().fulfill(page);
            assertThat(seller.see("#concerts li")).hasCount(200);
            Assertions.assertThat(asked).hasSize(1);
        }
    }

    @Test
    void whoSkipsToTheSaleStaysWithTheConcert() {
        try (Guest seller = at(stage.boxOffice())) {
            comesIn(seller);
            Locator second = seller.see("#concerts li").nth(1);
            second.locator("a").click();
            assertThat(seller.see("#concert-title")).hasText(second.textContent());
            seller.see(".skip").focus();
            seller.presses("Enter");

            assertThat(seller.see("#main")).isFocused();
            Assertions.assertThat(seller.page().url()).matches(".*/admin/#\\d+");
            assertThat(seller.see("#concert-title")).hasText(second.textContent());
        }
    }

    @Test
    void aWordWithoutAnEndMakesThePageNoWider() {
        String concert =
                "{\"concerts\":[{\"concertId\":1,\"title\":\"%1$s\",\"artist\":\"%1$s\",\"venue\":\"%1$s\",\"timeZone\":\"UTC\"}]}"
                        .formatted("W".repeat(200));
        try (Guest seller = at(stage.boxOffice())) {
            seller.page()
                    .route(
                            Pattern.compile("/admin/concerts$"),
                            route ->
                                    route.fulfill(
                                            new FulfillOptions()
                                                    .setContentType("application/json")
                                                    .setBody(concert)));
            comesIn(seller);

            assertThat(seller.see("#concert-about")).containsText("WWW");
            Assertions.assertThat(seller.page().evaluate("document.documentElement.scrollWidth"))
                    .isEqualTo(1280);
        }
    }

    private void comesIn(Guest seller) {
        seller.page().navigate("/admin/");
        Album.take(seller.page(), "box-office-sign-in");
        seller.see("[name=name]").fill("admin");
        seller.see("[name=password]").fill("a guess");
        press(seller, "Sign in");
        assertThat(seller.see("#sign-in-wrong")).hasText("Name or password is wrong.");
        seller.see("[name=password]").fill(Theatre.OPS_PASSWORD);
        press(seller, "Sign in");
        assertThat(seller.see("#who")).hasText("admin");
    }

    private static void seesAPlanDrawn(Guest seller) {
        press(seller, "New plan");
        seller.see("#ask [name=document]").fill(PLAN);
        press(seller, "Make");
        assertThat(seller.see("#plan")).not().hasValue("");
        assertThat(seller.see("#drawing svg[role=img] line")).hasCount(4);
        assertThat(seller.see("#drawing .legend li")).hasText(new String[] {"R: 11", "S: 7"});
    }

    private static String putsOnAConcertWithAShow(Guest seller) {
        press(seller, "New concert");
        seller.see("#ask [name=title]").fill("Opening night");
        seller.see("#ask [name=artist]").fill("The Understudies");
        seller.see("#ask [name=venue]").fill("Small Hall");
        Album.take(seller.page(), "box-office-asks");
        press(seller, "Make");
        assertThat(seller.see("#concert-title")).hasText("Opening night");

        press(seller, "New show");
        seller.see("#ask [name=startsAt]").fill(LocalDate.now().plusDays(20) + "T19:00");
        seller.see("#ask [name=price]").fill("50000");
        press(seller, "Make");
        assertThat(seller.see("#shows .pill")).hasText("on sale");
        return seller.page().url().replaceAll(".*#", "");
    }

    private static void blocksTwoSeats(Guest seller, Locator show) {
        show.locator("[data-act=blockSeats]").click();
        seller.see("#ask [name=seatNumbers]").fill("1, 3–2x");
        press(seller, "Save");
        assertThat(seller.see("#ask-wrong")).hasText("No seat number: 3–2x");
        seller.see("#ask [name=seatNumbers]").fill("1–2");
        press(seller, "Save");
        assertThat(seller.see(".toast").last()).hasText("Changed: 1, 2. As they were: none.");
        assertThat(seller.see("#ask")).isHidden();
        assertThat(show.locator("td.blocked")).hasText("2");
    }

    private static void buys(Guest buyer, String concert) {
        buyer.page().navigate("/");
        buyer.see("a[href='/shop/concerts/%s']".formatted(concert)).click();
        buyer.see("input[name='date']").check();
        buyer.see("[data-seat='7'][data-look='AVAILABLE']").click();
        buyer.see("#hold").click();
        buyer.see("#charge").click();
        assertThat(buyer.see("#pay")).isVisible();
        buyer.see("#pay").click();
        assertThat(buyer.see("#paidTitle")).isVisible();
    }

    private static String salesOf(Guest seller, Locator show) throws IOException {
        Download list =
                seller.page().waitForDownload(() -> show.locator("[data-act=salesCsv]").click());
        return new String(list.createReadStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    private static void cancels(Guest seller, Locator show) {
        show.locator("[data-act=cancel]").click();
        assertThat(seller.see("#ask-text")).containsText("Tickets to refund: 1, ₩50,000 in all");
        seller.see("#ask [name=reason]").fill("The singer is ill");
        seller.see("#ask-yes").click();
        assertThat(show.locator(".pill")).hasText("cancelled, all refunded");
    }

    private Guest at(String site) {
        return new Guest(
                site,
                chromium,
                new NewContextOptions().setLocale("en-US").setViewportSize(1280, 900));
    }
}
