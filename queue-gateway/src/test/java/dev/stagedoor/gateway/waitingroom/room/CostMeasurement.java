package dev.stagedoor.gateway.waitingroom.room;

import dev.stagedoor.common.RoomId;
import dev.stagedoor.common.UserId;
import dev.stagedoor.gateway.waitingroom.EndReason;
import dev.stagedoor.gateway.waitingroom.Joined;
import dev.stagedoor.gateway.waitingroom.Life;
import dev.stagedoor.gateway.waitingroom.Ticket;
import dev.stagedoor.gateway.waitingroom.redis.Clock;
import dev.stagedoor.gateway.waitingroom.redis.LineStore;
import dev.stagedoor.gateway.waitingroom.redis.LineStore.Restorable;
import dev.stagedoor.gateway.waitingroom.redis.LineStore.Sign;
import dev.stagedoor.gateway.waitingroom.redis.Settings;
import dev.stagedoor.gateway.waitingroom.redis.TestRedis;

import org.springframework.data.redis.core.ReactiveStringRedisTemplate;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * What each call costs Redis, in its processor's time with all that it takes to read and to answer:
 * the figures that {@code docs/scale.js} reckons with. Not a test, started by {@code
 * load-tests/line-in-redis.sh costs}. The Redis that it is given must be empty, and is not emptied.
 */
final class CostMeasurement {

    private static final int PEOPLE = 200_000;
    private static final int TOGETHER = 500;
    private static final int BATCH = 5_000;
    private static final int CALLS = 20_000;
    private static final int VIEWS = 1_000;
    private static final int FIRST = 1_000;
    private static final int TICKS = 20;
    private static final int RUN_OUT = 50_000; // as many as a tick drops
    private static final PrintStream OUT = System.out;

    private final ReactiveStringRedisTemplate redis;
    private final Clock clock = new Clock();
    private final LineStore line;

    CostMeasurement(ReactiveStringRedisTemplate redis) {
        this.redis = redis;
        this.line = TestRedis.line(new RoomId("costs"), redis, clock);
    }

    void measure() {
        line.seed(
                        Settings.of("batch", BATCH, "capacity", 9_000_000, "mode", "HOLD"),
                        Duration.ZERO,
                        Optional.empty())
                .block();
        List<UserId> users = Stream.generate(UserId::random).limit(PEOPLE).toList();
        List<Ticket> people = new ArrayList<>();
        together("a join, 500 together", users, some -> join(some).doOnNext(people::addAll));
        alone("a join, alone", users.subList(0, CALLS), this::join);
        together("a sign of life, 500 together", people, this::touch);
        alone("a sign of life, alone", people.subList(0, CALLS), this::touch);
        together("a look at a ticket, 500 together", people, this::check);
        alone("a look at a ticket, alone", people.subList(0, CALLS), this::check);
        together("a place restored, 500 together", people, this::restore);
        alone("a place restored, alone", people.subList(0, CALLS), this::restore);
        Settings.change(line, Map.of("mode", "AUTO")).block();
        line.admit(false).block();
        List<Integer> views = IntStream.range(0, VIEWS).boxed().toList();
        alone("a tick that comes too early", views, _ -> line.admit(false));
        alone("the same with the far rungs", views, _ -> line.admit(true));
        Flux.range(0, FIRST)
                .concatMap(i -> line.end(people.get(BATCH + 2 * i), EndReason.LEFT))
                .blockLast();
        alone("the same where every other one has left", views, _ -> line.admit(true));
        alone("a patrol with nothing to do", views, _ -> line.patrol());
        report(
                "somebody let in, 5,000 a tick",
                TICKS * BATCH,
                Flux.range(0, TICKS).concatMap(this::tick));
        Settings.change(line, Map.of("mode", "HOLD")).block();
        clock.pass(Duration.ofMinutes(2));
        report("a visit that runs out, many a tick", RUN_OUT, line.admit(false).flux());
        alone("an end, alone", people.subList(PEOPLE - CALLS, PEOPLE), this::end);
    }

    private Mono<?> tick(int number) {
        clock.pass(Duration.ofSeconds(1));
        return line.admit(false);
    }

    private Mono<List<Ticket>> join(List<UserId> users) {
        return line.join(TestRedis.comers(users), 0, Clock.NEVER)
                .map(all -> all.stream().map(one -> ((Joined.Placed) one).ticket()).toList());
    }

    private Mono<?> touch(List<Ticket> tickets) {
        return line.touch(tickets.stream().map(it -> new Sign(it, false)).toList(), Life.ANY);
    }

    private Mono<?> check(List<Ticket> tickets) {
        return line.check(tickets, Life.ANY);
    }

    private Mono<?> end(List<Ticket> tickets) {
        return line.end(tickets.getFirst(), EndReason.LEFT);
    }

    private Mono<?> restore(List<Ticket> tickets) {
        return line.restore(
                tickets.stream().map(it -> new Restorable(it, Optional.empty())).toList(),
                Life.ANY);
    }

    private <T> void together(String what, List<T> all, Function<List<T>, Mono<?>> call) {
        report(what, all.size(), Flux.fromIterable(all).buffer(TOGETHER).concatMap(call));
    }

    private <T> void alone(String what, List<T> all, Function<List<T>, Mono<?>> call) {
        Flux<?> calls =
                Flux.fromIterable(List.copyOf(all)).flatMap(one -> call.apply(List.of(one)), 16);
        report(what, all.size(), calls);
    }

    private void report(String what, long times, Flux<?> work) {
        double before = processorSeconds();
        work.blockLast();
        OUT.printf("cost of %s: %.2f us%n", what, (processorSeconds() - before) * 1e6 / times);
    }

    private double processorSeconds() {
        Properties info =
                redis.execute(connection -> connection.serverCommands().info("cpu")).blockFirst();
        return Stream.of("used_cpu_user_main_thread", "used_cpu_sys_main_thread")
                .mapToDouble(name -> Double.parseDouble(info.getProperty(name)))
                .sum();
    }
}
