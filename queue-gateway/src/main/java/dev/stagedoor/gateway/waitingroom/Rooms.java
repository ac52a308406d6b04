package dev.stagedoor.gateway.waitingroom;

import dev.stagedoor.common.RoomId;

import org.springframework.data.redis.core.ReactiveStringRedisTemplate;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * All rooms of this gateway: those of its properties, and those that were made live on any gateway.
 */
public final class Rooms {

    private final ReactiveStringRedisTemplate redis;
    private final Recovery recovery;
    private final Timings timings;
    private final RoomSettings defaults;
    private final Outage outage;
    private final Supplier<String> now;
    private final Duration deadline;
    private final Map<RoomId, Room> rooms = new ConcurrentHashMap<>();

    public Rooms(
            ReactiveStringRedisTemplate redis,
            Map<RoomId, RoomSettings> initial,
            RoomSettings defaults,
            Recovery recovery,
            Timings timings) {
        this(redis, initial, defaults, recovery, timings, () -> "", Outage.DEADLINE);
    }

    /**
     * @param now epoch ms for tests that move time; empty for the clock of Redis
     * @param deadline for every call to Redis; longer for tests that are not about outages
     */
    Rooms(
            ReactiveStringRedisTemplate redis,
            Map<RoomId, RoomSettings> initial,
            RoomSettings defaults,
            Recovery recovery,
            Timings timings,
            Supplier<String> now,
            Duration deadline) {
        this.redis = redis;
        this.recovery = recovery;
        this.timings = timings;
        this.defaults = defaults;
        this.now = now;
        this.deadline = deadline;
        this.outage = new Outage("rooms", deadline);
        initial.forEach((id, settings) -> open(id, settings, true));
    }

    public Optional<Room> find(RoomId id) {
        return Optional.ofNullable(rooms.get(id));
    }

    /** What a room is made with unless it is told otherwise. */
    public RoomSettings defaults() {
        return defaults;
    }

    public Collection<Room> all() {
        return List.copyOf(rooms.values());
    }

    /**
     * Makes a new room and tells every gateway of it; empty if there is one of that name, which
     * stays as it is. Nobody has lost a place in it, so there is nothing to recover.
     */
    public Mono<Room> make(RoomId id, RoomSettings settings, Operator by) {
        return store(id, new Outage(id.name(), deadline))
                .make(settings, by)
                .filter(made -> made)
                .flatMap(_ -> outage.guard(redis.opsForSet().add(RoomKeys.ROOMS, id.name())))
                .map(_ -> open(id, settings, true))
                .flatMap(room -> room.tick().thenReturn(room));
    }

    /** Tells of our rooms, and learns of those of other gateways; the new ones among them. */
    public Flux<Room> exchange() {
        return outage.guard(Mono.defer(() -> redis.opsForSet().add(RoomKeys.ROOMS, names())))
                .then(outage.guard(redis.opsForSet().members(RoomKeys.ROOMS).collectList()))
                .flatMapIterable(names -> names)
                .mapNotNull(
                        name ->
                                RoomId.parse(name)
                                        .filter(id -> !rooms.containsKey(id))
                                        .orElse(null))
                .map(id -> open(id, defaults, false));
    }

    private RoomStore store(RoomId id, Outage outageOfRoom) {
        return new RoomStore(id, redis, outageOfRoom, now);
    }

    private String[] names() {
        return rooms.keySet().stream().map(RoomId::name).toArray(String[]::new);
    }

    private Room open(RoomId id, RoomSettings settings, boolean configured) {
        return rooms.computeIfAbsent(id, _ -> room(id, settings, configured));
    }

    /** An outage is one of the room: in a cluster the others may lie elsewhere. */
    private Room room(RoomId id, RoomSettings settings, boolean configured) {
        Outage outageOfRoom = new Outage(id.name(), deadline);
        return new Room(
                id, settings, configured, store(id, outageOfRoom), outageOfRoom, recovery, timings);
    }
}
