package dev.stagedoor.booking.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.booking.catalogue.ScheduleId;
import dev.stagedoor.booking.stage.Answered;
import dev.stagedoor.booking.stage.Audits;
import dev.stagedoor.booking.stage.Booking;
import dev.stagedoor.booking.stage.Visitor;
import dev.stagedoor.common.UserId;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The pages of the shop and their files, as they are handed out, and how a guest becomes known. */
@Timeout(60)
class ShopTests {

    private static final Pattern REFERENCE =
            Pattern.compile("(?:href|src)=\"(/[^\"]*/[^\"]+\\.\\w+\\?[^\"]+)\"");
    private static final Pattern IMPORT = Pattern.compile("from '\\./([^']+)'");

    private final Booking booking = Booking.shared();
    private final Visitor stranger = booking.stranger();

    @ParameterizedTest
    @CsvSource({
        "/, text/html;charset=UTF-8, no-cache",
        "/shop/concerts/1, text/html;charset=UTF-8, 'no-cache, private'",
        "/shop/tickets, text/html;charset=UTF-8, 'no-cache, private'",
        "/shop/tickets/0198c0de-0000-7000-8000-000000000000, text/html;charset=UTF-8, 'no-cache,"
                + " private'",
        "/assets/shop.css, text/css;charset=UTF-8, no-cache",
        "/shop/assets/calls.js, text/javascript;charset=UTF-8, no-cache",
        "/assets/icon.svg, image/svg+xml;charset=UTF-8, no-cache"
    })
    void everyFileForbidsWhatItDoesNotNeedAndIsSentOnce(String path, String type, String caching) {
        Answered file = stranger.get(path).is(200);
        Answered again = stranger.get(path, "If-None-Match", file.header("ETag"));

        assertThat(file.header("Content-Type")).isEqualTo(type);
        assertThat(file.header("Cache-Control")).isEqualTo(caching);
        assertThat(file.header("Content-Security-Policy"))
                .startsWith("default-src 'none'")
                .contains("frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'")
                .doesNotContain("unsafe", "*", "http");
        assertThat(file.header("X-Content-Type-Options")).isEqualTo("nosniff");
        assertThat(again.status()).isEqualTo(304);
        assertThat(again.bytes()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/",
                "/shop/concerts/1",
                "/shop/tickets",
                "/shop/tickets/0198c0de-0000-7000-8000-000000000000"
            })
    void everythingAPageNeedsIsThereAndNothingIsInline(String path) {
        String page = stranger.get(path).is(200).body();

        assertThat(page).doesNotContain("<style", "style=\"", "onclick=", "http:", "https:");
        Matcher references = REFERENCE.matcher(page);
        assertThat(references.results().map(found -> found.group(1)))
                .isNotEmpty()
                .allSatisfy(this::isThereWithAllItImports);
    }

    /** What a browser keeps of the version before is never mixed with what it loads of this one. */
    private void isThereWithAllItImports(String path) {
        String folder = path.substring(0, path.lastIndexOf('/') + 1);
        String version = path.substring(path.indexOf('?'));
        Answered file = stranger.get(path).is(200);
        assertThat(file.header("Cache-Control")).isEqualTo("max-age=31536000, public, immutable");
        assertThat(IMPORT.matcher(file.body()).results().map(found -> found.group(1)))
                .allSatisfy(
                        imported -> {
                            assertThat(imported).endsWith(".js" + version);
                            stranger.get(folder + imported).is(200);
                        });
    }

    @Test
    void whatIsAskedForByAnotherVersionIsNotKept() {
        Answered file = stranger.get("/shop/assets/calls.js?version=another").is(200);

        assertThat(file.header("Cache-Control")).isEqualTo("no-cache");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/assets/nothing.js",
                "/assets/index.html",
                "/assets/..%2findex.html",
                "/index.html",
                "/shop",
                "/shop/concerts/x",
                "/shop/assets/"
            })
    void nothingElseIsHandedOut(String path) {
        assertThat(stranger.get(path).status()).isIn(400, 404);
    }

    @Test
    void aGuestWhomTheLineHasLetInBecomesKnownAndKeepsTheAccount() {
        Visitor guest = booking.visitor(UserId.random());
        guest.get("/api/v1/users/me").is(404, "user-not-found");

        Answered known = guest.send("PUT", "/api/v1/users/me", "{\"name\":\"손님\"}").block().is(200);
        guest.charge(1_000).is(201);
        Answered again =
                guest.send("PUT", "/api/v1/users/me", "{\"name\":\"Kim\"}").block().is(200);

        assertThat(known.text("userId")).isEqualTo(guest.user().toString());
        assertThat(known.text("accessToken")).isNotEmpty();
        assertThat(known.header("Set-Cookie")).contains("access-token");
        assertThat(again.json().has("accessToken")).as("for whoever holds such a pass").isFalse();
        assertThat(again.header("Set-Cookie")).isNull();
        assertThat(guest.get("/api/v1/users/me").is(200).text("name")).isEqualTo("Kim");
        assertThat(guest.balance()).isEqualTo(1_000);
    }

    /** Whichever of the two is there first: who is not known yet asks again, and is served. */
    @Test
    void aGuestMayBecomeKnownAndHoldInTheSameMoment() {
        ScheduleId schedule = booking.schedule(50, 1);
        List<Visitor> guests =
                Stream.generate(() -> booking.visitor(UserId.random())).limit(50).toList();

        List<Answered> held =
                Flux.range(0, 50)
                        .flatMap(i -> knownAndHolding(guests.get(i), schedule, i + 1), 50)
                        .collectList()
                        .block();
        for (int i = 0; i < 50; i++) {
            guests.get(i).reserving(schedule, "first", i + 1).block().is(201);
        }

        assertThat(held)
                .extracting(it -> it.status() + it.code())
                .isSubsetOf("201", "404user-not-found");
        Audits.everythingIsWellIn(booking);
    }

    private static Mono<Answered> knownAndHolding(Visitor guest, ScheduleId schedule, int seat) {
        return Mono.zip(
                guest.send("PUT", "/api/v1/users/me", "{\"name\":\"Kim\"}").map(it -> it.is(200)),
                guest.reserving(schedule, "first", seat),
                (_, held) -> held);
    }

    @Test
    void nobodyBecomesKnownWithoutAPassOrAName() {
        stranger.send("PUT", "/api/v1/users/me", "{\"name\":\"Kim\"}")
                .block()
                .is(401, "pass-required");
        booking.visitor(UserId.random())
                .send("PUT", "/api/v1/users/me", "{\"name\":\" \"}")
                .block()
                .is(400, "validation-failed");
    }

    @Test
    void aBrowserKeepsItsAccessTokenWhereNoScriptCanReadIt() {
        Answered plain = stranger.post("/api/v1/users", "{\"name\":\"Kim\"}").is(201);
        Answered secure =
                stranger.post("/api/v1/users", "{\"name\":\"Kim\"}", "X-Forwarded-Proto", "https")
                        .is(201);

        assertThat(plain.header("Set-Cookie"))
                .startsWith("access-token=" + plain.text("accessToken") + ";")
                .contains("HttpOnly", "SameSite=Lax", "Path=/")
                .doesNotContain("Secure");
        assertThat(secure.header("Set-Cookie"))
                .startsWith("__Host-access-token=")
                .contains("HttpOnly", "Secure");
    }
}
