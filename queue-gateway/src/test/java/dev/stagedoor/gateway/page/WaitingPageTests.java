package dev.stagedoor.gateway.page;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.common.RoomId;
import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.gateway.Gateways;
import dev.stagedoor.gateway.Visitor;
import dev.stagedoor.gateway.waitingroom.room.Room;
import dev.stagedoor.gateway.waitingroom.room.Rooms;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.context.ConfigurableApplicationContext;

import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.List;

/** What asking for a page does to the line, and what the buttons of the page do. */
@ResourceLock(PagesOfAGateway.TAKES_TURNS)
class WaitingPageTests extends PagesOfAGateway {

    @Test
    void whoeverKeepsNoCookiesTakesNoPlaceHoweverOftenTheyAsk() {
        for (int i = 0; i < 5; i++) {
            HttpResponse<String> page = new Navigator(ROOM).opens(gateway, PAGE);

            assertThat(page.statusCode()).isEqualTo(202);
            assertThat(page.body())
                    .contains("data-page=\"greeting\"", "<meta http-equiv=\"refresh\"");
        }

        assertThat(people()).isZero();
    }

    @Test
    void whoeverKeepsCookiesGetsOnePlaceHoweverOftenTheyAsk() {
        comesIn(first);
        second.opens(gateway, PAGE);

        HttpResponse<String> place = second.opens(gateway, PAGE);
        HttpResponse<String> again = second.opens(gateway, PAGE);
        HttpResponse<String> elsewhere = second.opens(other, PAGE);

        for (HttpResponse<String> page : List.of(place, again, elsewhere)) {
            assertThat(page.statusCode()).isEqualTo(202);
            assertThat(page.body()).contains("<strong id=\"position\">1</strong>");
            assertThat(page.headers().firstValue("Retry-After")).isPresent();
        }
        assertThat(first.opens(gateway, PAGE).body()).isEqualTo("hello");
        await().until(() -> room().view().orElseThrow().waiting() == 1);
    }

    /** Or the head of every request to that site would be too large, for a week. */
    @Test
    void whoeverGoesFromRoomToRoomKeepsTheNewestCookiesAndThoseByWhichTheyWait() {
        try (EmbeddedRedis line = EmbeddedRedis.start();
                ConfigurableApplicationContext both =
                        Gateways.startOn(
                                line.url(),
                                upstream.url(),
                                "stagedoor.rooms." + ROOM + ".capacity=1",
                                "stagedoor.rooms." + ROOM + ".paths=/shop/**",
                                "stagedoor.rooms.another.paths=/another/**")) {
            second.opens(both, PAGE);
            second.opens(both, PAGE);
            first.opens(both, PAGE);
            first.opens(both, PAGE);
            for (int i = 1; i <= 20; i++) {
                first.keep("queue-" + i, "of-before");
            }

            first.opens(both, "/another/page");
            Room room = both.getBean(Rooms.class).find(new RoomId(ROOM)).orElseThrow();
            await().until(() -> room.view().orElseThrow().line().cursor() > 0);
            for (int i = 1; i <= 20; i++) {
                second.keep("queue-" + i, "of-before");
            }
            second.opens(both, "/another/page");

            assertThat(second.kept()).as("they are inside").doesNotContain("queue-" + ROOM);
            assertThat(first.kept())
                    .contains("queue-" + ROOM, "queue-6", "queue-20", "queue-another")
                    .doesNotContain("queue-1", "queue-5")
                    .hasSize(17);
            assertThat(first.opens(both, PAGE).body()).contains("<strong id=\"position\">1<");
        }
    }

    @Test
    void whoeverFindsRoomIsSentToThePageItself() {
        first.opens(gateway, PAGE);

        HttpResponse<String> answer = first.opens(gateway, PAGE);

        assertThat(answer.statusCode()).isEqualTo(303);
        assertThat(answer.headers().firstValue("Location")).contains(PAGE);
        assertThat(first.opens(gateway, PAGE).body()).isEqualTo("hello");
    }

    @ParameterizedTest
    @CsvSource({
        "Sec-Purpose, prefetch;prerender, 503",
        "Purpose, prefetch, 503",
        "X-Moz, prefetch, 503",
        "Sec-Fetch-Dest, iframe, 202",
        "Sec-Fetch-Dest, image, 202"
    })
    void whatABrowserFetchesByItselfTakesNoPlace(String header, String value, int status) {
        first.opens(gateway, PAGE);

        HttpResponse<String> answer = first.send(first.page(gateway, PAGE).header(header, value));

        assertThat(answer.statusCode()).isEqualTo(status);
        assertThat(people()).isZero();
    }

    @Test
    void whoLooksAtTheHeadAloneTakesNoPlace() {
        first.opens(gateway, PAGE);

        HttpResponse<String> answer =
                first.send(first.page(gateway, PAGE).method("HEAD", BodyPublishers.noBody()));

        assertThat(answer.statusCode()).isEqualTo(202);
        assertThat(people()).isZero();
    }

    /** As Chromium says it of {@code fetch(event.request)}, without and with more to say. */
    @ParameterizedTest
    @ValueSource(strings = {"navigate", "same-origin"})
    void whatAServiceWorkerHandsOnTakesAPlaceAsThePersonWould(String mode) {
        first.opens(gateway, PAGE);

        HttpResponse<String> answer =
                first.send(
                        first.page(gateway, PAGE)
                                .header("Sec-Fetch-Dest", "empty")
                                .header("Sec-Fetch-Mode", mode));

        assertThat(answer.statusCode()).isEqualTo(303);
        assertThat(first.opens(gateway, PAGE).body()).isEqualTo("hello");
    }

    @Test
    void aScriptOfThePageIsNotGivenOursForWhatItAsksFor() {
        comesIn(first);
        second.opens(gateway, PAGE);
        second.opens(gateway, PAGE);

        HttpResponse<String> answer =
                second.send(
                        second.page(gateway, PAGE)
                                .header("Sec-Fetch-Dest", "empty")
                                .header("Sec-Fetch-Mode", "cors"));

        assertThat(answer.statusCode()).isEqualTo(429);
        assertThat(answer.body()).contains("\"code\":\"queue-waiting\"");
    }

    @Test
    void whatTakesMoreThanAnyBrowserIsNoPersonsPage() {
        assertNoPage(PAGE, "text/html" + ",a/a".repeat(1_000));
    }

    @Test
    void whatTakesNoPageOrIsAskedOfAnApiIsNoPersonsPage() {
        assertNoPage(PAGE, "text/html;q=0,*/*");
        assertNoPage("/api/v1/seats", "text/html");
    }

    private void assertNoPage(String address, String accept) {
        HttpResponse<String> answer =
                first.send(first.page(gateway, address).setHeader("Accept", accept));

        assertThat(answer.headers().firstValue("Content-Type"))
                .hasValue("application/problem+json");
    }

    @Test
    void aCookieThatCannotBeReadIsAsGoodAsNone() {
        first.keep("queue-" + ROOM, "eyJhbGciOiJub25lIn0.e30.");

        HttpResponse<String> answer = first.opens(gateway, PAGE);

        assertThat(answer.statusCode()).isEqualTo(303);
        assertThat(first.opens(gateway, PAGE).body()).isEqualTo("hello");
    }

    @Test
    void aTicketThatWasLeftSaysSoAndCanBeHadAnew() {
        comesIn(first);

        HttpResponse<String> left = first.submits(gateway, "leave", PAGE);
        HttpResponse<String> page = first.opens(gateway, PAGE);
        HttpResponse<String> joined = first.submits(gateway, "join", PAGE);

        assertThat(left.statusCode()).isEqualTo(303);
        assertThat(page.statusCode()).isEqualTo(401);
        assertThat(page.body())
                .contains("You have left the line", "action=\"/api/v1/queue/page/join\"");
        assertThat(joined.headers().firstValue("Location")).contains(PAGE);
        assertThat(first.opens(gateway, PAGE).body()).isEqualTo("hello");
    }

    /** As after a restart with other rooms; what is at that address now says the rest. */
    @ParameterizedTest
    @ValueSource(strings = {"leave", "join"})
    void theButtonsOfAPageWhoseRoomIsNoMoreLeadBackToItsAddress(String button) {
        HttpResponse<String> answer = new Navigator("no-more").submits(gateway, button, PAGE);

        assertThat(answer.statusCode()).isEqualTo(303);
        assertThat(answer.headers().firstValue("Location")).contains(PAGE);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "//evil.example",
                "/\\evil.example",
                "https://evil.example",
                "",
                "/a\r\nX: y"
            })
    void theButtonsLeadNowhereElse(String back) {
        comesIn(first);

        HttpResponse<String> answer = first.submits(gateway, "leave", back);

        assertThat(answer.headers().firstValue("Location")).contains("/");
    }

    @Test
    void anotherSitesFormGivesNobodyAPlaceAndTakesNone() {
        Navigator stranger = new Navigator(ROOM);

        HttpResponse<String> form = stranger.submits(gateway, "join", PAGE);
        HttpResponse<String> call =
                stranger.send(
                        Visitor.request(gateway, "/api/v1/queue/tokens")
                                .header("Sec-Fetch-Site", "cross-site")
                                .header("Content-Type", "application/json")
                                .POST(HttpRequest.BodyPublishers.ofString("{}")));

        assertThat(form.statusCode()).isEqualTo(303);
        assertThat(form.headers().firstValue("Set-Cookie")).isEmpty();
        assertThat(call.headers().firstValue("Set-Cookie")).isEmpty();
        first.keep("queue-" + ROOM, Visitor.json(call).get("token").asString());
    }

    /** To a browser it is the same site, and its form shows the cookie. */
    @Test
    void theFormOfAnotherHostOfThisSiteTakesNoPlace() {
        comesIn(first);

        HttpResponse<String> answer =
                first.send(
                        Visitor.request(gateway, "/api/v1/queue/page/leave")
                                .header("Content-Type", "application/x-www-form-urlencoded")
                                .header("Sec-Fetch-Site", "same-site")
                                .POST(HttpRequest.BodyPublishers.ofString("room=" + ROOM)));

        assertThat(answer.statusCode()).isEqualTo(403);
        assertThat(first.opens(gateway, PAGE).body()).isEqualTo("hello");
    }

    @Test
    void holdsWhileRedisIsAway() {
        EmbeddedRedis mortal = EmbeddedRedis.start();
        Navigator insider = new Navigator(ROOM);
        Navigator waiter = new Navigator(ROOM);
        try (ConfigurableApplicationContext alone = start(mortal)) {
            await().until(() -> insider.opens(alone, PAGE).body().equals("hello"));
            waiter.opens(alone, PAGE);
            waiter.opens(alone, PAGE);
            Room line = alone.getBean(Rooms.class).find(new RoomId(ROOM)).orElseThrow();
            await().until(() -> line.view().orElseThrow().waiting() == 1);
            mortal.kill();

            HttpResponse<String> inside = insider.opens(alone, PAGE);
            HttpResponse<String> waiting = waiter.opens(alone, PAGE);
            Navigator late = new Navigator(ROOM);
            late.opens(alone, PAGE);
            HttpResponse<String> refused = late.opens(alone, PAGE);

            assertThat(inside.body()).isEqualTo("hello");
            assertThat(waiting.body()).contains("<strong id=\"position\">1</strong>");
            assertThat(refused.statusCode()).isEqualTo(503);
            assertThat(refused.body()).contains("The line cannot be reached");
        } finally {
            mortal.close();
        }
    }

    @Test
    void aBrowserThatTheSaleKnowsJoinsAsThatUser() {
        Visitor known = new Visitor(ROOM);
        first.keep("access-token", known.accessToken());
        first.opens(gateway, PAGE);
        first.opens(gateway, PAGE);

        assertThat(known.asksToJoin(gateway).statusCode())
                .as("the place is held already")
                .isEqualTo(200);
    }

    @Test
    void aPollMayAskAboutOneOfSeveralRooms() {
        first.keep("queue-another", "none");
        comesIn(first);

        assertThat(first.polls(gateway).body()).contains("\"state\":\"ACTIVE\"");
    }
}
