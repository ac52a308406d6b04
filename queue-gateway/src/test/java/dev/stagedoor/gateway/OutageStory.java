package dev.stagedoor.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.gateway.waitingroom.Timings;

import io.micrometer.core.instrument.MeterRegistry;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.dao.QueryTimeoutException;
import org.springframework.data.redis.core.ReactiveStringRedisTemplate;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * What visitors of a sale with room for two notice when Redis dies, freezes, or forgets everything.
 */
@Order(1)
class OutageStory {

    /** More than an answer that needs nothing takes. */
    private static final Duration PATIENCE = Duration.ofMillis(600);

    private static final int TRIES = 3;

    /** For Redis, on one gateway. */
    private static final int MOST_UNDER_WAY = 10_000;

    /** As even a busy machine refuses before their time is over. */
    private static final int FEW = 500;

    /** By then nobody waits for the answer to a join any more. */
    private static final Duration LATE = Duration.ofMillis(2_100);

    private EmbeddedRedis redis;
    private Upstream upstream;
    private ConfigurableApplicationContext gateway;
    private ConfigurableApplicationContext other;

    private final Visitor inside = new Visitor("main");
    private final Visitor insideToo = new Visitor("main");
    private final Visitor next = new Visitor("main");
    private final Visitor last = new Visitor("main");

    @BeforeEach
    void aSaleIsGoingOn() {
        redis = EmbeddedRedis.start();
        upstream = new Upstream();
        gateway = start();
        other = start();
        for (Visitor visitor : List.of(inside, insideToo, next, last)) {
            visitor.joins(gateway);
        }
        assertThat(inside.gets(gateway, "/api/v1/seats").statusCode()).isEqualTo(200);
        assertThat(insideToo.gets(gateway, "/api/v1/seats").statusCode()).isEqualTo(200);
        await().until(
                        () ->
                                Stream.of(inside, insideToo, next, last)
                                        .allMatch(each -> Gateways.isCertainOf(each, gateway)));
    }

    private ConfigurableApplicationContext start() {
        return Gateways.startOn(
                Timings.USUAL,
                redis.url(),
                upstream.url(),
                "stagedoor.rooms.trusting.paths=/trusting/**",
                "stagedoor.rooms.trusting.on-redis-down=open",
                "stagedoor.rooms.calm.paths=/calm/**",
                "stagedoor.rooms.calm.capacity=1",
                "stagedoor.rooms.calm.interval=1s",
                "stagedoor.rooms.main.capacity=2",
                "stagedoor.rooms.main.interval=200ms",
                "stagedoor.gateway.recovery-window=3s");
    }

    @AfterEach
    void itIsOver() {
        gateway.close();
        other.close();
        upstream.close();
        redis.close();
    }

    @Test
    void redisDies() {
        redis.kill();

        everyRowOfTheTableHolds();

        redis.restart();
        nobodyHasLostTheirPlace();
    }

    @Test
    void redisFreezes() {
        redis.freeze();

        everyRowOfTheTableHolds();

        redis.thaw();
        await().atMost(Duration.ofSeconds(5))
                .until(() -> new Visitor("main").asksToJoin(gateway).statusCode() == 201);
        assertThat(next.status(gateway).get("position").asInt()).isEqualTo(1);
        assertThat(last.status(gateway).get("position").asInt()).isEqualTo(2);
        assertThat(inside.gets(gateway, "/api/v1/seats").statusCode()).isEqualTo(200);
    }

    @Test
    void whoeverWasTurnedAwayHoldsNoPlaceWhenRedisWakes() {
        redis.freeze();
        long frozen = System.nanoTime();

        await().atMost(Duration.ofSeconds(10))
                .until(
                        () -> {
                            HttpResponse<String> join = new Visitor("main").asksToJoin(gateway);
                            assertThat(join.statusCode()).isEqualTo(503);
                            return System.nanoTime() - frozen > LATE.toNanos();
                        });
        await().during(LATE).until(() -> next.polls(gateway).statusCode() == 200);
        redis.thaw();

        Visitor newcomer = new Visitor("main");
        await().until(() -> newcomer.asksToJoin(gateway).statusCode() == 201);
        assertThat(redis.ask("ZRANGE wr:{main}:waiting 0 -1").lines())
                .containsExactly(
                        next.user().toString(), last.user().toString(), newcomer.user().toString());
    }

    @Test
    void whoeverCameAfterTheLastTickIsToldThatTheyStandBehindEverybody() {
        List<Visitor> line = Stream.generate(() -> new Visitor("calm")).limit(4).toList();
        line.forEach(visitor -> visitor.joins(gateway));
        await().until(
                        () ->
                                Stream.of(gateway, other)
                                        .allMatch(
                                                each ->
                                                        Gateways.isCertainOf(
                                                                line.getLast(), each)));
        Visitor late = new Visitor("calm");
        late.joins(gateway);

        redis.freeze();

        for (ConfigurableApplicationContext each : List.of(gateway, other)) {
            HttpResponse<String> poll = timed(() -> late.polls(each));
            assertThat(poll.statusCode()).as(poll.body()).isEqualTo(200);
            assertThat(Visitor.json(poll).get("state").asString()).isEqualTo("WAITING");
            assertThat(Visitor.json(poll).get("ahead").asInt()).isEqualTo(3);
        }
        redis.thaw();
    }

    @Test
    void onlySoManyQuestionsWaitForAFrozenRedisAndTheOthersAreRefused() {
        ReactiveStringRedisTemplate client = gateway.getBean(ReactiveStringRedisTemplate.class);
        redis.freeze();

        assertThat(refused(client, MOST_UNDER_WAY / 2).block()).isZero();
        refused(client, MOST_UNDER_WAY).block();
        await().atMost(Duration.ofSeconds(30)).until(() -> refused(client, FEW).block() == FEW);

        redis.thaw();
        await().atMost(Duration.ofSeconds(5))
                .until(() -> new Visitor("main").asksToJoin(gateway).statusCode() == 201);
    }

    /** At once, because too many wait already; not after the time in which an answer is due. */
    private static Mono<Long> refused(ReactiveStringRedisTemplate client, int questions) {
        return Flux.range(0, questions)
                .flatMap(i -> failure(client.opsForValue().get("nothing" + i)), questions)
                .filter(failure -> !(failure instanceof QueryTimeoutException))
                .count();
    }

    private static Mono<Throwable> failure(Mono<?> call) {
        return call.then(Mono.<Throwable>empty()).onErrorResume(Mono::just);
    }

    @Test
    void aPaymentDuringTheOutageCompletesTheVisitLater() {
        upstream.answers(
                (_, response) ->
                        response.header("Stagedoor-Session", "complete")
                                .sendString(Mono.just("paid")));
        redis.freeze();

        HttpResponse<String> paid = inside.gets(gateway, "/api/v1/pay");

        assertThat(paid.statusCode()).isEqualTo(200);
        assertThat(inside.gets(gateway, "/api/v1/pay").body()).contains("queue-token-completed");
        redis.thaw();
        await().until(() -> inside.polls(other).body().contains("queue-token-completed"));
        await().until(() -> next.isActive(other));
    }

    @Test
    void aRoomThatIsSetSoTrustsGoodTokensWhileNobodyCanVouchForThem() {
        Visitor trusted = new Visitor("trusting");
        trusted.joins(gateway);
        redis.freeze();

        HttpResponse<String> passed = timed(() -> trusted.gets(other, "/trusting/seats"));
        HttpResponse<String> foreign = timed(() -> inside.gets(other, "/trusting/seats"));

        assertThat(passed.statusCode()).isEqualTo(200);
        assertThat(foreign.statusCode()).isEqualTo(401);
        assertThat(decided(other, "trusting", "fail_open")).isBetween(1.0, (double) TRIES);
        assertThat(decided(other, "trusting", "invalid")).isBetween(1.0, (double) TRIES);
        redis.thaw();
    }

    private static double decided(
            ConfigurableApplicationContext gateway, String room, String outcome) {
        return gateway.getBean(MeterRegistry.class)
                .get("stagedoor.queue.gate")
                .tags("room", room, "outcome", outcome)
                .counter()
                .count();
    }

    private void everyRowOfTheTableHolds() {
        List<Integer> joins = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            HttpResponse<String> join = timed(() -> new Visitor("main").asksToJoin(gateway));
            joins.add(join.statusCode());
            assertThat(join.headers().firstValue("Retry-After")).isPresent();

            assertThat(timed(() -> next.polls(gateway)).statusCode()).isEqualTo(200);
            assertThat(timed(() -> inside.gets(gateway, "/api/v1/seats")).statusCode())
                    .isEqualTo(200);
            assertThat(timed(() -> inside.gets(other, "/api/v1/seats")).statusCode())
                    .as("the other gateway has no verdict")
                    .isEqualTo(503);
        }
        assertThat(joins).containsOnly(503);
        assertThat(next.isActive(gateway)).isFalse();
    }

    private void nobodyHasLostTheirPlace() {
        Visitor newcomer = new Visitor("main");
        await().atMost(Duration.ofSeconds(5))
                .until(() -> newcomer.asksToJoin(gateway).statusCode() == 201);
        assertThat(newcomer.isActive(gateway))
                .as("nobody is let in while places are taken back")
                .isFalse();
        for (ConfigurableApplicationContext each : List.of(gateway, other)) {
            for (Visitor active : List.of(inside, insideToo)) {
                await().atMost(Duration.ofSeconds(5))
                        .until(() -> active.gets(each, "/api/v1/seats").statusCode() == 200);
            }
        }
        last.status(other);
        next.status(gateway);

        await().untilAsserted(
                        () -> {
                            assertThat(next.status(gateway).get("position").asInt()).isEqualTo(1);
                            assertThat(last.status(gateway).get("position").asInt()).isEqualTo(2);
                            assertThat(newcomer.status(gateway).get("position").asInt())
                                    .isEqualTo(3);
                        });
        inside.leaves(gateway);
        await().atMost(Duration.ofSeconds(10)).until(() -> next.isActive(gateway));
        assertThat(last.isActive(gateway)).isFalse();
        assertThat(newcomer.isActive(gateway)).isFalse();
    }

    /** At the last try at the latest: now and then the machine stands still. */
    private HttpResponse<String> timed(Supplier<HttpResponse<String>> call) {
        Beside.Timed timed = Beside.aRequestThatNeedsNothing(gateway, call);
        for (int again = 0; again < TRIES - 1 && timed.longer().compareTo(PATIENCE) >= 0; again++) {
            timed = Beside.aRequestThatNeedsNothing(gateway, call);
        }

        assertThat(timed.longer()).isLessThan(PATIENCE);
        return timed.answer();
    }
}
