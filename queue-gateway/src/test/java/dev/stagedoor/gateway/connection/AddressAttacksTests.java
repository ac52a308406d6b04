package dev.stagedoor.gateway.connection;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.gateway.ByteUpstream;
import dev.stagedoor.gateway.answer.Answers;
import dev.stagedoor.gateway.meters.GatewayMeters;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;
import java.util.Set;

/** What the upstream is asked for: a path of its own, by whoever may ask for that one. */
class AddressAttacksTests {

    private static Attacked attacked;

    @BeforeAll
    static void start() {
        attacked = new Attacked();
    }

    @AfterAll
    static void stop() {
        attacked.close();
    }

    static List<String> credentials() {
        return attacked.credentials();
    }

    @ParameterizedTest
    @MethodSource("credentials")
    void takesAWholeAddressForAPathOfItsOwn(String token) throws Exception {
        for (String scheme : List.of("http", "HTTP", "https")) {
            ByteUpstream.Arrived arrived =
                    attacked.assertForwardedOnce(
                            "GET "
                                    + scheme
                                    + "://"
                                    + attacked.foreigner()
                                    + "/a?b=c HTTP/1.1\r\nHost: x\r\n"
                                    + token
                                    + "\r\n",
                            "");

            assertThat(arrived.line()).isEqualTo("GET /a?b=c HTTP/1.1");
            assertThat(arrived.values("X-Forwarded-Host")).containsExactly(attacked.foreigner());
        }
        assertThat(attacked.connectionsOfTheForeigner()).isZero();
    }

    @ParameterizedTest
    @MethodSource("credentials")
    void takesAnAddressWithoutAPathForTheFrontPage(String token) throws Exception {
        String address = "http://" + attacked.foreigner();

        for (String target : List.of(address, address + "?b=c")) {
            ByteUpstream.Arrived arrived =
                    attacked.assertForwardedOnce(
                            "GET " + target + " HTTP/1.1\r\nHost: x\r\n" + token + "\r\n", "");

            assertThat(arrived.line())
                    .isEqualTo("GET /" + target.substring(address.length()) + " HTTP/1.1");
        }
        assertThat(attacked.connectionsOfTheForeigner()).isZero();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET {foreigner}/a",
                "GET {foreigner}",
                "CONNECT {foreigner}",
                "GET //{foreigner}/a",
                "GET /\\{foreigner}/a",
                "GET \\\\{foreigner}/a",
                "GET ://{foreigner}/a",
                "GET ftp://{foreigner}/a",
                "GET ws://{foreigner}/a",
                "GET http:/{foreigner}/a",
                "GET http:{foreigner}/a",
                "GET http:///a",
                "GET http://user:word@{foreigner}/a",
                "GET http://x http://{foreigner}/a",
                "GET http://{foreigner}\\@x/a",
                "GET http://{foreigner}/../a",
                "GET http://{foreigner}//a",
                "GET ?a",
                "GET *",
                "OPTIONS *",
                "GET @{foreigner}/a",
                "GET /a#b",
                "GET /a#/../b",
                "GET /a\u0000b",
                "GET /a\u0001b",
                "GET /a\u007fb",
                "GET /a?b=\u0001",
                "GET /%zz",
                "GET /%",
                "GET /%4",
                "GET /a?b=%zz",
                "GET /a?b=%"
            })
    void refusesWhatIsNoPath(String target) throws Exception {
        String line = target.replace("{foreigner}", attacked.foreigner());
        for (String token : credentials()) {
            attacked.assertRefused(line + " HTTP/1.1\r\nHost: x\r\n" + token + "\r\n");
        }
        assertThat(attacked.connectionsOfTheForeigner()).isZero();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/admin",
                "/admin/concerts",
                "/%61dmin/concerts",
                "/%41dmin/concerts",
                "/adm%69n",
                "/%61%64%6d%69%6E/concerts",
                "/AdMin/concerts",
                "/%6fps",
                "/%6Fps/api/rooms",
                "/OPS/api/rooms",
                "/%61ctuator/health",
                "/actuato%72?x=1",
                "/Actuator/health"
            })
    void isNeverAskedForWhatIsNotForThePublic(String path) throws Exception {
        for (String credential : credentials()) {
            attacked.assertAnswered(404, get(path, credential));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/actuator%2fhealth",
                "/actuator%2Fhealth",
                "/%2561dmin",
                "/x/../admin",
                "/x/%2e%2e/admin",
                "/./admin",
                "/admin;x=1",
                "/%2fadmin",
                "//admin",
                "/\\admin",
                "/x#/admin"
            })
    void isNeverAskedForAPathThatHidesAnother(String path) throws Exception {
        for (String credential : credentials()) {
            attacked.assertRefused(get(path, credential));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/vip/seats", "/%76ip/seats", "/vi%70", "/%76%69%70/%73eats"})
    void isAskedByNobodyForThePathOfAnotherRoomHoweverItIsSpelled(String path) throws Exception {
        for (String credential : credentials()) {
            attacked.assertAnswered(401, get(path, credential));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ' ',
            quoteCharacter = '\0',
            value = {
                "/%61dministration/%7Euser?x=%2e%2e/ /%61dministration/%7Euser?x=%2e%2e/",
                "/a?b[]=c&d=//e;f=g?h /a?b[]=c&d=//e;f=g?h",
                "/a[1]|{b}?c={d}|[e]^` /a%5B1%5D%7C%7Bb%7D?c=%7Bd%7D%7C[e]%5E%60",
                "/\u00ed\u0095\u009c?q=\u00ed\u0095\u009c\"<> /%ED%95%9C?q=%ED%95%9C%22%3C%3E"
            })
    void isAskedForEveryOtherPathAndQuery(String target, String spelled) throws Exception {
        for (String credential : credentials()) {
            ByteUpstream.Arrived arrived =
                    attacked.assertForwardedOnce(get(target, credential), "");

            assertThat(arrived.line()).isEqualTo("GET " + spelled + " HTTP/1.1");
        }
    }

    @Test
    void isAskedForAnOpenPathHoweverItIsSpelledAndForNothingBeside() throws Exception {
        attacked.assertForwardedOnce(get("/open", ""), "");
        attacked.assertForwardedOnce(get("/%6fpen", ""), "");
        attacked.assertAnswered(401, get("/open/x", ""));
        attacked.assertAnswered(401, get("/Open", ""));
        attacked.assertRefused(get("/open#/../x", ""));
        attacked.assertRefused(get("/open/..%2fx", ""));
        attacked.assertForwardedOnce(get("http://" + attacked.foreigner() + "/open", ""), "");
        attacked.assertRefused(get(attacked.foreigner() + "/open", ""));
        assertThat(attacked.connectionsOfTheForeigner()).isZero();
    }

    /** Names have no case, and a port is no part of them. */
    @ParameterizedTest
    @CsvSource({
        "shop.example, true",
        "SHOP.Example:8443, true",
        "shop.example.evil.example, false",
        "evil.example, false",
        "'', false"
    })
    void isAskedForNoHostButThoseThatAreListed(String host, boolean isListed) {
        Answers answers = new Answers(new GatewayMeters(new SimpleMeterRegistry()));
        Set<String> listed = Set.of("shop.example");
        EmbeddedChannel channel = new EmbeddedChannel(new FaultyRequests(answers, listed));
        HttpRequest request = new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "/");
        request.headers().set("Host", host);

        channel.writeInbound(request);

        assertThat(channel.inboundMessages().size()).isEqualTo(isListed ? 1 : 0);
        assertThat(channel.isOpen()).isEqualTo(isListed);
        channel.finishAndReleaseAll();
    }

    private static String get(String target, String lines) {
        return "GET " + target + " HTTP/1.1\r\nHost: x\r\n" + lines + "\r\n";
    }
}
