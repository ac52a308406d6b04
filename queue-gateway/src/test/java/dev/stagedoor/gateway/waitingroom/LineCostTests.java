package dev.stagedoor.gateway.waitingroom;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.common.RoomId;
import dev.stagedoor.common.UserId;
import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.gateway.Gateways;
import dev.stagedoor.gateway.Upstream;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.context.ConfigurableApplicationContext;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** What people who wait may cost, in a gateway that runs with all its timers. */
class LineCostTests {

    private static final int PEOPLE = 10_000;
    private static final Duration WATCHED = Duration.ofSeconds(5);
    private static final Pattern CALLS = Pattern.compile("cmdstat_([^:]+):calls=(\\d+)");

    /** What gateways send themselves; the rest is called by the scripts. */
    private static final Set<String> SENT =
            Set.of("evalsha", "eval", "sadd", "smembers", "ping", "subscribe", "hello", "publish");

    private static EmbeddedRedis redis;
    private static Upstream upstream;
    private static ConfigurableApplicationContext gateway;
    private static Room room;

    @BeforeAll
    static void start() {
        redis = EmbeddedRedis.start();
        upstream = new Upstream();
        gateway = Gateways.startOn(redis.url(), upstream.url(), "stagedoor.rooms.main.mode=HOLD");
        room = gateway.getBean(Rooms.class).find(new RoomId("main")).orElseThrow();
        await().until(() -> room.view().isPresent());
    }

    @AfterAll
    static void stop() {
        gateway.close();
        upstream.close();
        redis.close();
    }

    @Test
    void sendsRedisFewCommandsHoweverOftenTenThousandPeopleAsk() {
        List<Ticket> line = join(PEOPLE);
        await().until(() -> room.view().orElseThrow().waiting() >= PEOPLE);
        long before = commandsSent();

        long polls =
                Flux.fromIterable(line)
                        .repeat()
                        .flatMap(room::standing, 16)
                        .take(WATCHED)
                        .doOnNext(
                                standing ->
                                        assertThat(standing).isInstanceOf(Standing.Waiting.class))
                        .count()
                        .block();

        assertThat(polls).as("everybody has asked several times").isGreaterThan(3L * PEOPLE);
        assertThat((commandsSent() - before) / WATCHED.toSeconds())
                .as("commands a second while there were %d polls", polls)
                .isBetween(1L, 50L);
    }

    @Test
    void goesOnAfterAnAnswerOfRedisOnMoreThanOneThread() {
        assumeThat(Runtime.getRuntime().availableProcessors()).isGreaterThan(1);
        Set<String> threads = ConcurrentHashMap.newKeySet();

        Flux.range(0, 500)
                .flatMap(_ -> room.join(UserId.random()), 64)
                .doOnNext(_ -> threads.add(Thread.currentThread().getName()))
                .blockLast();
        Flux.range(0, 500)
                .map(i -> new Ticket(room.id(), UserId.random(), -i, Long.MAX_VALUE))
                .flatMap(stranger -> askRedis(stranger, threads), 64)
                .blockLast();

        assertThat(threads).hasSizeGreaterThan(1).noneMatch(name -> name.contains("lettuce"));
    }

    private static Mono<Standing> askRedis(Ticket stranger, Set<String> threads) {
        return room.standing(stranger).doOnNext(_ -> threads.add(Thread.currentThread().getName()));
    }

    private static List<Ticket> join(int people) {
        return Flux.range(0, people)
                .flatMap(_ -> room.join(UserId.random()), 1_000)
                .map(joined -> ((Joined.Placed) joined).ticket())
                .collectList()
                .block();
    }

    private static long commandsSent() {
        return CALLS.matcher(redis.ask("INFO commandstats"))
                .results()
                .filter(command -> SENT.contains(command.group(1)))
                .mapToLong(LineCostTests::calls)
                .sum();
    }

    private static long calls(MatchResult command) {
        return Long.parseLong(command.group(2));
    }
}
