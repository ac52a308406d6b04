package dev.stagedoor.gateway.waitingroom.redis;

import dev.stagedoor.common.RoomId;
import dev.stagedoor.gateway.waitingroom.RoomSettings;
import dev.stagedoor.gateway.waitingroom.redis.Channels.Said;
import dev.stagedoor.gateway.waitingroom.redis.RoomScripts.Keys;

import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.data.redis.core.ReactiveStringRedisTemplate;
import org.springframework.data.redis.core.script.RedisScript;

import reactor.core.publisher.Flux;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * A Redis that is not there, for a room that nobody comes to: always a long line, of which the
 * first {@link #INSIDE} are inside. It replies as the scripts do, to those of them that a rehearsal
 * needs.
 */
final class RehearsedRedis extends ReactiveStringRedisTemplate {

    static final long INSIDE = 1_000;
    private static final long WAITING = 100_000;
    private static final Duration STAY = Duration.ofMinutes(5);

    private final long epoch = System.currentTimeMillis();
    private final String channel;

    /** Its connections are never opened. */
    RehearsedRedis(RoomId room) {
        super(new LettuceConnectionFactory());
        this.channel = new Keys(room).events();
    }

    @Override
    @SuppressWarnings("unchecked") // what scripts return are lists
    public <T> Flux<T> execute(RedisScript<T> script, List<String> keys, List<?> arguments) {
        return Flux.just((T) reply(script, arguments));
    }

    private List<?> reply(RedisScript<?> script, List<?> arguments) {
        if (script == RoomScripts.ADMIT.script() || script == RoomScripts.VIEW.script()) {
            return view();
        }
        if (script == RoomScripts.RUNGS.script()) {
            return List.of("ok", 1_000, INSIDE + 1_001, WAITING - INSIDE - 1, WAITING);
        }
        if (script == RoomScripts.CHECK.script()) {
            return standings(arguments.subList(1, arguments.size()));
        }
        return script == RoomScripts.JOIN.script()
                ? places(arguments.size() - 3)
                : script == RoomScripts.TOUCH.script()
                        ? signs(arguments.subList(1, arguments.size()))
                        : List.of("ok", epoch);
    }

    private List<?> view() {
        List<Object> state =
                new ArrayList<>(List.of("epoch", epoch, "cursor", INSIDE, "sequence", WAITING));
        RoomSettings.DEFAULTS
                .toFields()
                .forEach((name, value) -> state.addAll(List.of(name, value)));
        long now = System.currentTimeMillis();
        return List.of(
                state,
                List.of(now, WAITING - INSIDE, INSIDE, 0, epoch, 0),
                INSIDE + 1 + "+999",
                List.of());
    }

    private static List<?> places(int comers) {
        List<Object> reply = new ArrayList<>(List.of("ok"));
        for (int i = 0; i < comers; i++) {
            reply.add("waiting " + (WAITING + i) + " 0 1");
        }
        return reply;
    }

    private static List<?> standings(List<?> tickets) {
        List<Object> reply = new ArrayList<>();
        for (int i = 1; i < tickets.size(); i += 2) {
            long sequence = Long.parseLong(String.valueOf(tickets.get(i)));
            reply.addAll(
                    sequence > INSIDE
                            ? List.of("waiting", sequence - INSIDE - 1)
                            : List.of("active", end()));
        }
        return reply;
    }

    private static List<?> signs(List<?> arguments) {
        List<Object> reply = new ArrayList<>(List.of("ok"));
        for (int i = 2; i < arguments.size(); i += 3) {
            reply.add(arguments.get(i).equals("active") ? end() : 0);
        }
        return reply;
    }

    private static long end() {
        return Instant.now().plus(STAY).toEpochMilli();
    }

    /** A tick is announced by what it ends with: nobody has gone. */
    Flux<Said> said() {
        return Flux.interval(Duration.ZERO, Duration.ofMillis(500))
                .map(_ -> new Said(channel, "tick " + epoch + ".0 0"));
    }
}
