package dev.stagedoor.gateway.visitor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.common.UserId;
import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.gateway.Gateways;
import dev.stagedoor.gateway.Upstream;
import dev.stagedoor.gateway.Visitor;
import dev.stagedoor.gateway.token.QueueTokens;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.context.ConfigurableApplicationContext;

import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;

/**
 * A neighbour's host can set every cookie of a visitor but one whose name begins with {@code
 * __Host-}: over https no other one is believed.
 */
class SecureCookieTests {

    private static final String ROOM = "cookies";

    private static EmbeddedRedis redis;
    private static Upstream upstream;
    private static ConfigurableApplicationContext gateway;

    private static final Visitor INSIDE = new Visitor(ROOM);

    @BeforeAll
    static void somebodyIsInside() {
        redis = EmbeddedRedis.start();
        upstream = new Upstream();
        gateway =
                Gateways.startOn(
                        redis.url(),
                        upstream.url(),
                        "stagedoor.gateway.trusted-proxies=127.0.0.1",
                        "stagedoor.rooms." + ROOM + ".session=1h",
                        "stagedoor.rooms." + ROOM + ".interval=100ms");
        INSIDE.joins(gateway);
    }

    @AfterAll
    static void stop() {
        gateway.close();
        upstream.close();
        redis.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /api/v1/seats",
                "GET /api/v1/queue/tokens/current",
                "GET /api/v1/queue/tokens/current?room=" + ROOM,
                "DELETE /api/v1/queue/tokens/current",
                "GET /api/v1/queue/events"
            })
    void aPlainCookieIsNoneOverHttps(String call) {
        HttpResponse<String> answer =
                Visitor.send(overHttps(call).header("Cookie", plain(INSIDE.token())));

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(401);
        assertThat(Visitor.json(answer).get("code").asString()).isEqualTo("queue-token-missing");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /api/v1/seats",
                "GET /api/v1/queue/tokens/current",
                "GET /api/v1/queue/tokens/current?room=" + ROOM,
                "GET /api/v1/queue/events"
            })
    void eachWayHasItsOwnName(String call) {
        String both = plain("forged") + "; " + secure(INSIDE.token());
        assertThat(Visitor.send(overHttps(call).header("Cookie", both)).statusCode())
                .isEqualTo(200);

        String swapped = plain(INSIDE.token()) + "; " + secure("forged");
        assertThat(Visitor.send(request(call).header("Cookie", swapped)).statusCode())
                .isEqualTo(200);
    }

    @Test
    void nobodyJoinsOverHttpsInTheNameOfAPlainCookie() {
        Visitor known = new Visitor(ROOM);
        String planted = plain(INSIDE.token()) + "; access-token=" + known.accessToken();

        HttpResponse<String> answer =
                Visitor.send(overHttps("POST /api/v1/queue/tokens").header("Cookie", planted));

        assertThat(answer.statusCode()).isEqualTo(201);
        assertThat(userOf(answer)).isNotIn(INSIDE.user(), known.user());
        assertThat(answer.headers().firstValue("Set-Cookie").orElseThrow())
                .startsWith("__Host-queue-" + ROOM + "=")
                .contains(
                        "; Path=/;",
                        "; Max-Age=604800;", // whoever lines up days before a sale still has it
                        "; Secure;",
                        "; HttpOnly;",
                        "SameSite=Lax");
    }

    @Test
    void theCookieOfTheNameThatNobodyElseCanSetSaysWhoJoins() {
        Visitor known = new Visitor(ROOM);

        HttpResponse<String> answer =
                Visitor.send(
                        overHttps("POST /api/v1/queue/tokens")
                                .header(
                                        "Cookie",
                                        "__Host-access-token=%s; access-token=%s"
                                                .formatted(
                                                        known.accessToken(),
                                                        new Visitor(ROOM).accessToken())));

        assertThat(userOf(answer)).isEqualTo(known.user());
    }

    private static UserId userOf(HttpResponse<String> answer) {
        String token = Visitor.json(answer).get("token").asString();
        return gateway.getBean(QueueTokens.class).verify(token).orElseThrow().user();
    }

    private static String plain(String token) {
        return "queue-" + ROOM + "=" + token;
    }

    private static String secure(String token) {
        return "__Host-" + plain(token);
    }

    private static HttpRequest.Builder overHttps(String call) {
        return request(call).header("X-Forwarded-Proto", "https");
    }

    private static HttpRequest.Builder request(String call) {
        String[] words = call.split(" ");
        return Visitor.request(gateway, words[1]).method(words[0], BodyPublishers.noBody());
    }
}
