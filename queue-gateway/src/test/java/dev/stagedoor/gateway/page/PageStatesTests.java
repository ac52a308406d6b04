package dev.stagedoor.gateway.page;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.gateway.Gateways;
import dev.stagedoor.gateway.Visitor;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import reactor.core.publisher.Mono;

import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;

/** What a browser is shown in every state of the line. */
@ResourceLock(PagesOfAGateway.TAKES_TURNS)
class PageStatesTests extends PagesOfAGateway {

    @Test
    void aVisitThatIsCompleteSaysSo() {
        comesIn(first);
        upstream.answers(
                (_, response) ->
                        response.header("Stagedoor-Session", "complete")
                                .sendString(Mono.just("paid")));
        first.opens(gateway, PAGE);

        HttpResponse<String> page = first.opens(gateway, PAGE);

        assertThat(page.statusCode()).isEqualTo(401);
        assertThat(page.headers().firstValue("WWW-Authenticate")).contains("Queue-Token");
        assertThat(page.body()).contains("Your visit is complete").contains("Queue again");
    }

    @Test
    void saysWhyNobodyGoesIn() {
        comesIn(first);
        second.opens(gateway, PAGE);
        set(Map.of("mode", "HOLD"));

        HttpResponse<String> page = second.opens(gateway, PAGE);
        HttpResponse<String> poll = second.polls(gateway);

        assertThat(page.body()).contains("role=\"status\">Nobody is let in at the moment");
        assertThat(poll.body()).contains("\"notice\":\"HOLD\"");
    }

    @Test
    void aClosedRoomIsAPageThatTriesAgain() {
        first.opens(gateway, PAGE);
        set(Map.of("mode", "CLOSED"));

        HttpResponse<String> page = first.opens(gateway, PAGE);

        assertThat(page.statusCode()).isEqualTo(503);
        assertThat(page.headers().firstValue("Refresh")).contains("30;url=" + PAGE);
        assertThat(page.body()).contains("The line is closed");
    }

    @Test
    void aFullLineIsAPageThatTriesAgain() {
        comesIn(first);
        set(Map.of("max-waiting", "1"));
        second.opens(gateway, PAGE);
        second.opens(gateway, PAGE);
        Navigator third = new Navigator(ROOM);
        third.opens(gateway, PAGE);

        HttpResponse<String> page = third.opens(gateway, PAGE);

        assertThat(page.statusCode()).isEqualTo(503);
        assertThat(page.headers().firstValue("Refresh")).isPresent();
        assertThat(page.body()).contains("The line is full");
    }

    @Test
    void anUpstreamThatIsAwayIsAPageForAPerson() {
        comesIn(first);
        upstream.answers(
                (request, _) -> {
                    request.withConnection(connection -> connection.channel().close());
                    return Mono.never();
                });

        HttpResponse<String> page = first.opens(gateway, PAGE);

        assertThat(page.statusCode()).isEqualTo(502);
        assertThat(page.body()).contains("The shop cannot be reached");
        assertThat(page.headers().firstValue("Refresh")).isPresent();
    }

    @Test
    void whoSendsAFormOutOfTurnIsToldSoAndLedBackToWhereItStood() {
        comesIn(first);
        second.opens(gateway, PAGE);
        second.opens(gateway, PAGE);

        for (Navigator visitor : List.of(second, new Navigator(ROOM))) {
            HttpResponse<String> page = sendsForm(visitor, PAGE);

            assertThat(page.statusCode()).isIn(401, 429);
            assertThat(page.headers().firstValue("Refresh")).isEmpty();
            assertThat(page.headers().firstValue("Set-Cookie")).isEmpty();
            assertThat(page.body())
                    .contains(
                            "What you sent has not arrived", "<a class=\"button\" href=\"" + PAGE);
        }
        assertThat(sendsForm(second, "//evil.example/").body())
                .contains("<a class=\"button\" href=\"/\">");
        assertThat(people()).isEqualTo(2);
    }

    @Test
    void aFormThatTheUpstreamDoesNotAnswerIsNotSentAgainByThePage() {
        comesIn(first);
        upstream.answers(
                (request, _) -> {
                    request.withConnection(connection -> connection.channel().close());
                    return Mono.never();
                });

        HttpResponse<String> page = sendsForm(first, PAGE);

        assertThat(page.statusCode()).isEqualTo(502);
        assertThat(page.headers().firstValue("Refresh")).isEmpty();
        assertThat(page.body())
                .contains("The shop cannot be reached", "<a class=\"button\" href=\"" + PAGE)
                .doesNotContain("tries again by itself");
    }

    private static HttpResponse<String> sendsForm(Navigator visitor, String from) {
        String site = "http://127.0.0.1:" + Gateways.port(gateway);
        return visitor.send(
                visitor.page(gateway, "/shop/cart/add")
                        .header("Referer", site + from)
                        .header("Content-Type", "application/x-www-form-urlencoded")
                        .POST(BodyPublishers.ofString("seat=7")));
    }

    @Test
    void everyPageForbidsWhatItDoesNotNeedAndIsNeverKept() {
        HttpResponse<String> page = first.opens(gateway, PAGE);

        assertThat(page.headers().firstValue("Content-Security-Policy").orElseThrow())
                .startsWith("default-src 'none'")
                .contains("frame-ancestors 'none'", "base-uri 'none'", "form-action https: http:;")
                .doesNotContain("unsafe", "*", "://");
        assertThat(page.headers().firstValue("Cache-Control")).contains("no-store");
        assertThat(page.headers().firstValue("X-Robots-Tag")).contains("noindex");
        assertThat(page.headers().firstValue("X-Content-Type-Options")).contains("nosniff");
        assertThat(page.body()).doesNotContain("<style", "style=\"", "onclick", "http:", "https:");
    }

    @ParameterizedTest
    @CsvSource({"ko, 대기 중입니다, 내 순번", "en, You are in line, then have 1 min from"})
    void speaksTheVisitorsLanguageAndLeavesNoNameUnfilled(
            String language, String title, String label) {
        comesIn(first);
        second.speaks(language);
        second.opens(gateway, PAGE);

        HttpResponse<String> page = second.opens(gateway, PAGE);

        assertThat(page.body()).contains("lang=\"" + language + "\"", title, label);
        assertThat(page.body()).doesNotContainPattern("\\{[a-zA-Z]+}");
    }

    @Test
    void anAddressIsTextAndNeverMarkup() {
        comesIn(first);
        String hostile = "/shop/'onmouseover='x'&b?q='%22%3E";
        second.opens(gateway, hostile);

        HttpResponse<String> page = second.opens(gateway, hostile);

        assertThat(page.statusCode()).isEqualTo(202);
        assertThat(page.body())
                .contains("value=\"/shop/&#39;onmouseover=&#39;x&#39;&amp;b?q=&#39;%22%3E\"")
                .doesNotContain("'x'");
    }

    @Test
    void theFilesOfThePageAreKeptByTheirVersion() {
        String version =
                first.opens(gateway, PAGE)
                        .body()
                        .replaceAll("(?s).*waiting.css\\?version=(\\w+).*", "$1");

        for (String file : List.of("line.js", "waiting.css", "waiting.js", "waiting.svg")) {
            String address = "/queue-assets/" + file;
            var meant = Visitor.send(Visitor.request(gateway, address + "?version=" + version));
            var old = Visitor.send(Visitor.request(gateway, address + "?version=old"));

            assertThat(meant.statusCode()).isEqualTo(200);
            assertThat(meant.headers().firstValue("Cache-Control").orElseThrow())
                    .contains("immutable");
            assertThat(old.headers().firstValue("Cache-Control")).contains("public, max-age=60");
        }
        assertThat(Visitor.send(Visitor.request(gateway, "/queue-assets/waiting.js")).body())
                .contains("from './line.js?version=" + version + "'");
        assertThat(Visitor.send(Visitor.request(gateway, "/queue-assets/frame.html")).statusCode())
                .isEqualTo(404);
    }
}
