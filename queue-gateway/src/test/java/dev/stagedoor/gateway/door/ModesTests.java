package dev.stagedoor.gateway.door;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.common.Pass;
import dev.stagedoor.common.Passes;
import dev.stagedoor.common.RoomId;
import dev.stagedoor.common.UserId;
import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.gateway.Gateways;
import dev.stagedoor.gateway.Upstream;
import dev.stagedoor.gateway.Visitor;
import dev.stagedoor.gateway.token.QueueTokens;
import dev.stagedoor.gateway.waitingroom.Ticket;
import dev.stagedoor.gateway.waitingroom.redis.OperatorStore.Operator;
import dev.stagedoor.gateway.waitingroom.room.Rooms;

import io.micrometer.core.instrument.MeterRegistry;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.context.ConfigurableApplicationContext;

import reactor.core.publisher.Mono;

import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;

/** What the modes of a room mean to those who come, to those who wait and to those inside. */
class ModesTests {

    private static final String OPEN = "opened";
    private static final String HOLD = "held";
    private static final String EARLY = "early";
    private static final String DRAIN = "drained";
    private static final String PASS = "Stagedoor-Pass";

    private static EmbeddedRedis redis;
    private static Upstream upstream;
    private static ConfigurableApplicationContext gateway;

    private static final Visitor INSIDE = new Visitor(OPEN);
    private static final Visitor WAITING = new Visitor(OPEN);
    private static final Visitor GONE = new Visitor(OPEN);

    @BeforeAll
    static void aFullRoomIsOpenedToEverybody() {
        redis = EmbeddedRedis.start();
        upstream = new Upstream();
        upstream.answers(
                (request, response) ->
                        response.sendString(Mono.just(request.requestHeaders().get(PASS))));
        gateway =
                Gateways.startOn(
                        redis.url(),
                        upstream.url(),
                        "stagedoor.rooms." + OPEN + ".paths=/opened/**",
                        "stagedoor.rooms." + OPEN + ".capacity=1",
                        "stagedoor.rooms." + OPEN + ".interval=5s",
                        "stagedoor.rooms." + HOLD + ".paths=/held/**",
                        "stagedoor.rooms." + HOLD + ".interval=100ms",
                        "stagedoor.rooms." + EARLY + ".paths=/early/**",
                        "stagedoor.rooms." + EARLY + ".mode=HOLD",
                        "stagedoor.rooms." + DRAIN + ".paths=/drained/**",
                        "stagedoor.rooms." + DRAIN + ".capacity=1",
                        "stagedoor.rooms." + DRAIN + ".interval=100ms");
        INSIDE.joins(gateway);
        WAITING.joins(gateway);
        GONE.joins(gateway);
        GONE.leaves(gateway);
        set(OPEN, "OPEN");
    }

    @AfterAll
    static void stop() {
        gateway.close();
        upstream.close();
        redis.close();
    }

    @Test
    void anOpenRoomLetsPassWhoeverHasAPlaceAsWhoItsTicketNames() {
        for (Visitor visitor : List.of(INSIDE, WAITING)) {
            assertThat(passes(seats().header("Queue-Token", visitor.token())).user())
                    .isEqualTo(visitor.user());
        }
        assertThat(passes(seats().header("Queue-Token", GONE.token())).user())
                .isNotEqualTo(GONE.user());
    }

    @Test
    void anOpenRoomLetsPassWhoeverIsKnownToTheSaleAsThemselves() {
        Visitor newcomer = new Visitor(OPEN);
        String bearer = "bearer " + newcomer.accessToken();
        String cookie = "access-token=" + newcomer.accessToken();

        assertThat(passes(seats().header("Authorization", bearer)).user())
                .isEqualTo(newcomer.user());
        assertThat(passes(seats().header("Authorization", bearer)).user())
                .isEqualTo(newcomer.user());
        assertThat(passes(seats().header("Cookie", cookie)).user()).isEqualTo(newcomer.user());
    }

    @Test
    void anOpenRoomLetsPassWhoeverShowsNothing() {
        assertThat(passes(seats()).room()).isEqualTo(new RoomId(OPEN));
    }

    @Test
    void anOpenRoomBelievesNobodyWhoShowsWhatIsForged() {
        Ticket elsewhere = new Ticket(new RoomId(HOLD), UserId.random(), 1, 1);
        String foreign = gateway.getBean(QueueTokens.class).sign(elsewhere);

        for (String token : List.of("forged", "", foreign)) {
            assertProblem(seats().header("Queue-Token", token), 401, "queue-token-invalid");
        }
        assertThat(passes(seats().header("Authorization", "Bearer forged")).sequence()).isZero();
    }

    /** A site has tokens of its own, and goes on knowing them when everybody passes. */
    @Test
    void anOpenRoomLetsPassWhoeverShowsATokenOfTheSite() {
        for (HttpRequest.Builder request :
                List.of(seats(), seats().header("Queue-Token", GONE.token()))) {
            assertThat(passes(request.header("Authorization", "Bearer the-sites-own")).sequence())
                    .isZero();
        }
    }

    @Test
    void anOpenRoomCountsWhoeverPassesWithoutATurn() {
        double before = counted("walked_in");
        double turns = counted("passed");

        passes(seats());
        passes(seats().header("Queue-Token", GONE.token()));
        passes(seats().header("Queue-Token", INSIDE.token()));

        assertThat(counted("walked_in") - before).isEqualTo(2);
        assertThat(counted("passed") - turns).isEqualTo(1);
    }

    @Test
    void anOpenRoomNeedsNobodyToVouchForThoseWhoCome() {
        try (EmbeddedRedis own = EmbeddedRedis.start();
                ConfigurableApplicationContext other =
                        Gateways.startOn(
                                own.url(),
                                upstream.url(),
                                "stagedoor.rooms." + OPEN + ".mode=OPEN")) {
            Visitor here = new Visitor(OPEN);
            here.joins(other);
            QueueTokens tokens = other.getBean(QueueTokens.class);
            Ticket known = tokens.verify(here.token()).orElseThrow();
            Ticket unknown =
                    new Ticket(
                            known.room(), UserId.random(), known.sequence() + 1_000, known.epoch());
            own.kill();
            await().until(() -> joinFails(other));

            HttpRequest.Builder request =
                    Visitor.request(other, "/seats").header("Queue-Token", tokens.sign(unknown));

            assertThat(passes(request).user()).isEqualTo(unknown.user());
        }
    }

    private static boolean joinFails(ConfigurableApplicationContext gateway) {
        return new Visitor(OPEN).asksToJoin(gateway).statusCode() == 503;
    }

    @Test
    void aRoomOnHoldKeepsThoseInsideAndLetsNobodyInThoughThereIsRoom() {
        Visitor inside = new Visitor(HOLD);
        Visitor newcomer = new Visitor(HOLD);
        inside.joins(gateway);
        set(HOLD, "HOLD");

        assertThat(newcomer.joins(gateway).get("state").asString()).isEqualTo("WAITING");

        await().during(Duration.ofMillis(500)).until(() -> !newcomer.isActive(gateway));
        assertThat(inside.gets(gateway, "/held/seats").statusCode()).isEqualTo(200);
        HttpResponse<String> refused = newcomer.gets(gateway, "/held/seats");
        assertProblem(refused, 429, "queue-waiting");
        assertThat(Visitor.json(refused).get("notice").asString()).isEqualTo("HOLD");
        set(HOLD, "AUTO");
        await().until(() -> newcomer.isActive(gateway));
    }

    @Test
    void saysThatItIsNotKnownHowLongSomebodyWillWaitWhoComesBeforeItBegins() {
        Visitor early = new Visitor(EARLY);
        early.joins(gateway);

        HttpResponse<String> answer = early.gets(gateway, "/early/seats");

        assertProblem(answer, 429, "queue-waiting");
        assertThat(Visitor.json(answer).has("estimatedWaitSeconds")).isTrue();
        assertThat(Visitor.json(answer).get("estimatedWaitSeconds").isNull()).isTrue();
    }

    @Test
    void aRoomThatIsDrainedLetsInThoseWhoWaitAndNobodyJoin() {
        Visitor inside = new Visitor(DRAIN);
        Visitor waiting = new Visitor(DRAIN);
        inside.joins(gateway);
        waiting.joins(gateway);
        set(DRAIN, "DRAIN");

        HttpResponse<String> refused = new Visitor(DRAIN).asksToJoin(gateway);

        assertProblem(refused, 503, "queue-closed");
        assertThat(refused.headers().firstValue("Retry-After")).isPresent();
        assertThat(inside.gets(gateway, "/drained/seats").statusCode()).isEqualTo(200);
        inside.leaves(gateway);
        await().until(() -> waiting.isActive(gateway));
        assertThat(waiting.gets(gateway, "/drained/seats").statusCode()).isEqualTo(200);
    }

    private static HttpRequest.Builder seats() {
        return Visitor.request(gateway, "/opened/seats");
    }

    /** What the upstream has been shown. */
    private static Pass passes(HttpRequest.Builder request) {
        HttpResponse<String> answer = Visitor.send(request);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return new Passes(List.of(Gateways.PASS_KEY), InstantSource.system())
                .verify(answer.body())
                .orElseThrow();
    }

    private static void assertProblem(HttpRequest.Builder request, int status, String code) {
        assertProblem(Visitor.send(request), status, code);
    }

    private static void assertProblem(HttpResponse<String> answer, int status, String code) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(Visitor.json(answer).get("code").asString()).isEqualTo(code);
    }

    private static double counted(String outcome) {
        return gateway.getBean(MeterRegistry.class)
                .counter("stagedoor.queue.gate", "room", OPEN, "outcome", outcome)
                .count();
    }

    private static void set(String room, String mode) {
        gateway.getBean(Rooms.class)
                .find(new RoomId(room))
                .orElseThrow()
                .controls()
                .change(Map.of("mode", mode), new Operator("test", "127.0.0.1"))
                .retryWhen(Gateways.AGAIN)
                .block(Duration.ofSeconds(10));
    }
}
