package dev.stagedoor.gateway.meters;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * Every meter of the gateway. Tags are {@code room} and {@code outcome}; never a token or a user.
 *
 * <table>
 * <caption>Meters</caption>
 * <tr><td>{@code queue.waiting}</td><td>gauge, room</td><td>people in the line</td></tr>
 * <tr><td>{@code queue.active}</td><td>gauge, room</td><td>people inside</td></tr>
 * <tr><td>{@code queue.joins}</td><td>counter, room, outcome</td><td>new, held, refused, full, unavailable</td></tr>
 * <tr><td>{@code queue.polls}</td><td>counter, room, outcome</td><td>waiting, active, ended, unavailable</td></tr>
 * <tr><td>{@code queue.gate}</td><td>counter, room, outcome</td><td>passed, open_path, throttled, missing,
 *     invalid, waiting, ended, closed, unavailable, fail_open</td></tr>
 * <tr><td>{@code queue.forward}</td><td>timer, outcome</td><td>until the upstream's answer has been passed on:
 *     answered, unreachable, timeout, busy, broken</td></tr>
 * </table>
 */
public final class GatewayMeters {

    private final MeterRegistry registry;
    private final Map<Key, Counter> counters = new ConcurrentHashMap<>();
    private final Map<String, Timer> forwards = new ConcurrentHashMap<>();

    public GatewayMeters(MeterRegistry registry) {
        this.registry = registry;
    }

    private record Key(String name, String room, String outcome) {}

    public void joined(String room, String outcome) {
        count("queue.joins", room, outcome);
    }

    public void polled(String room, String outcome) {
        count("queue.polls", room, outcome);
    }

    public void decided(String room, String outcome) {
        count("queue.gate", room, outcome);
    }

    public void forwarded(String outcome, Duration took) {
        forwards.computeIfAbsent(
                        outcome,
                        _ ->
                                Timer.builder("queue.forward")
                                        .tag("outcome", outcome)
                                        .register(registry))
                .record(took);
    }

    /**
     * How many are in the line and inside, as far as this gateway has been told in the last half
     * minute.
     */
    public void watch(String room, Supplier<Number> waiting, Supplier<Number> active) {
        Gauge.builder("queue.waiting", waiting).tag("room", room).register(registry);
        Gauge.builder("queue.active", active).tag("room", room).register(registry);
    }

    private void count(String name, String room, String outcome) {
        counters.computeIfAbsent(
                        new Key(name, room, outcome),
                        _ ->
                                Counter.builder(name)
                                        .tag("room", room)
                                        .tag("outcome", outcome)
                                        .register(registry))
                .increment();
    }
}
