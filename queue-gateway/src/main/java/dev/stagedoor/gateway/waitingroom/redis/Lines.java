package dev.stagedoor.gateway.waitingroom.redis;

import dev.stagedoor.common.RoomId;
import dev.stagedoor.gateway.waitingroom.redis.RoomScripts.Keys;

import org.springframework.data.redis.core.ReactiveStringRedisTemplate;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import java.time.Duration;
import java.util.Collection;
import java.util.function.Supplier;

/** All lines of one Redis: each by its room's name, and the names that gateways have announced. */
public final class Lines {

    /** Up to which number tickets of a rehearsal are inside. */
    public static final long REHEARSED_INSIDE = RehearsedRedis.INSIDE;

    /** Of a tick that finds much to do: a third of how long people are told of its last view. */
    private static final Duration LONGEST_TURN = Duration.ofSeconds(10);

    /** The time where no test has moved it. */
    private static final Supplier<String> BY_REDIS = () -> "";

    private final ReactiveStringRedisTemplate redis;
    private final Supplier<String> now;
    private final Duration deadline;
    private final Mono<Void> connected;
    private final CircuitBreaker breaker;
    private final Channels channels;

    public Lines(ReactiveStringRedisTemplate redis, Duration deadline) {
        this(redis, BY_REDIS, deadline);
    }

    /**
     * @param now for tests that move time
     * @param deadline for every call to Redis; longer for tests that are not about outages
     */
    public Lines(ReactiveStringRedisTemplate redis, Supplier<String> now, Duration deadline) {
        this(redis, now, deadline, CircuitBreaker.firstConnection(redis), new Channels(redis));
    }

    private Lines(
            ReactiveStringRedisTemplate redis,
            Supplier<String> now,
            Duration deadline,
            Mono<Void> connected,
            Channels channels) {
        this.redis = redis;
        this.now = now;
        this.deadline = deadline;
        this.connected = connected;
        this.breaker = new CircuitBreaker("rooms", deadline, connected);
        this.channels = channels;
    }

    /**
     * Of a Redis that is not there, with one room: nobody comes to it, and nothing of it is kept.
     */
    public static Lines rehearsed(RoomId room, Duration deadline) {
        RehearsedRedis redis = new RehearsedRedis(room);
        Channels channels = new Channels(redis.said());
        return new Lines(redis, BY_REDIS, deadline, Mono.empty(), channels);
    }

    /** An outage is one of the room: in a cluster the others may lie elsewhere. */
    public LineStore line(RoomId room) {
        CircuitBreaker itsOwn = new CircuitBreaker(room.name(), deadline, connected);
        return new LineStore(room, redis, channels, itsOwn, now, LONGEST_TURN);
    }

    /** There may be none yet, where rooms are made live. */
    public Mono<Long> announce(Collection<RoomId> rooms) {
        if (rooms.isEmpty()) {
            return Mono.just(0L);
        }
        String[] names = rooms.stream().map(RoomId::name).toArray(String[]::new);
        return breaker.guard(Mono.defer(() -> redis.opsForSet().add(Keys.ROOMS, names)));
    }

    /** The rooms of all gateways. */
    public Flux<RoomId> announced() {
        return breaker.guard(redis.opsForSet().members(Keys.ROOMS).collectList())
                .flatMapIterable(names -> names)
                .map(RoomId::parse)
                .flatMap(Mono::justOrEmpty, 1);
    }
}
