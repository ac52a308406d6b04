package dev.stagedoor.gateway.meters;

import dev.stagedoor.common.ProblemCode;
import dev.stagedoor.common.log.StandardOutput;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;

import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * Every meter of the gateway. Tags are {@code room}, {@code outcome} and {@code code}; never a
 * token or a user. What each value means stands in {@code docs/meters.md}, which a test holds
 * against what is scraped.
 */
public final class GatewayMeters {

    private static final String LIMITS = "stagedoor.limits";

    private final MeterRegistry registry;
    private final Map<Key, Counter> counters = new ConcurrentHashMap<>();
    private final Map<ProblemCode, Counter> problems = new EnumMap<>(ProblemCode.class);
    private final Map<String, Timer> forwards = new ConcurrentHashMap<>();

    public GatewayMeters(MeterRegistry registry) {
        this.registry = registry;
        for (ProblemCode code : ProblemCode.values()) {
            problems.put(code, problems(code));
        }
        FunctionCounter.builder(
                        StandardOutput.METER, StandardOutput.class, _ -> StandardOutput.lost())
                .register(registry);
    }

    private record Key(String name, String value, String outcome) {}

    /** What is told of a room, as this gateway has last seen it. */
    public enum RoomGauge {
        WAITING("stagedoor.queue.waiting"),
        ACTIVE("stagedoor.queue.active"),
        CAPACITY("stagedoor.queue.capacity"),
        ADMITTED_LAST_MINUTE("stagedoor.queue.admitted.last.minute"),
        LETS_IN("stagedoor.queue.lets.in"),
        OLDEST_WAIT("stagedoor.queue.oldest.wait.seconds"),
        CLOCK_AHEAD("stagedoor.queue.clock.ahead.seconds");

        private final String meter;

        RoomGauge(String meter) {
            this.meter = meter;
        }
    }

    public void joined(String room, String outcome) {
        counter("stagedoor.queue.joins", "room", room, outcome).increment();
    }

    public void polled(String room, String outcome) {
        counter("stagedoor.queue.polls", "room", room, outcome).increment();
    }

    public void decided(String room, String outcome) {
        counter("stagedoor.queue.gate", "room", room, outcome).increment();
    }

    /** There from the start, like problems: it may never go up but once. */
    public void mayFailOpen(String room) {
        counter("stagedoor.queue.gate", "room", room, "fail_open");
    }

    public void ticked(String room, String outcome) {
        counter("stagedoor.queue.ticks", "room", room, outcome).increment();
    }

    public void forwarded(String outcome, Duration took) {
        forwards.computeIfAbsent(
                        outcome,
                        _ ->
                                Timer.builder("stagedoor.queue.forward")
                                        .tag("outcome", outcome)
                                        .register(registry))
                .record(took);
    }

    /** There from the start, like problems. */
    public void limit(String limit) {
        for (String outcome : new String[] {"observed", "refused", "exhausted"}) {
            counter(LIMITS, "limit", limit, outcome);
        }
    }

    public void limited(String limit, String outcome) {
        counter(LIMITS, "limit", limit, outcome).increment();
    }

    public void problem(ProblemCode code) {
        problems.get(code).increment();
    }

    /**
     * @param value not a number while this gateway has not been told for half a minute
     */
    public void watch(String room, RoomGauge gauge, Supplier<Number> value) {
        Gauge.builder(gauge.meter, value).tag("room", room).register(registry);
    }

    /** 1 while Redis is as it should not be, 0 otherwise. */
    public void watchTrouble(String room, String trouble, BooleanSupplier isSo) {
        Gauge.builder("stagedoor.queue.redis.trouble", () -> isSo.getAsBoolean() ? 1 : 0)
                .tag("room", room)
                .tag("trouble", trouble)
                .register(registry);
    }

    /** There from the start: of a counter that begins at 1, nobody sees that it has gone up. */
    private Counter problems(ProblemCode code) {
        return Counter.builder("stagedoor.problems").tag("code", code.code()).register(registry);
    }

    private Counter counter(String name, String tag, String value, String outcome) {
        return counters.computeIfAbsent(
                new Key(name, value, outcome),
                _ ->
                        Counter.builder(name)
                                .tag(tag, value)
                                .tag("outcome", outcome)
                                .register(registry));
    }
}
