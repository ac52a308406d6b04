package dev.stagedoor.gateway.waitingroom.room;

import dev.stagedoor.common.RoomId;
import dev.stagedoor.gateway.waitingroom.LineUnavailable;
import dev.stagedoor.gateway.waitingroom.RoomSettings;
import dev.stagedoor.gateway.waitingroom.Timings;
import dev.stagedoor.gateway.waitingroom.known.Memory;
import dev.stagedoor.gateway.waitingroom.redis.LineStore;
import dev.stagedoor.gateway.waitingroom.redis.Lines;
import dev.stagedoor.gateway.waitingroom.redis.OperatorStore.Operator;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * All rooms of this gateway: those of its properties, and those that were made live on any gateway.
 */
public final class Rooms {

    private final Lines lines;
    private final Recovery recovery;
    private final Timings timings;
    private final long pollBudget;
    private final RoomSettings defaults;
    private final Memory memory = new Memory();
    private final Map<RoomId, Room> rooms = new ConcurrentHashMap<>();

    /** The same list until there is one more: every request looks through it. */
    private volatile List<Room> all = List.of();

    public Rooms(
            Lines lines,
            Map<RoomId, RoomSettings> initial,
            RoomSettings defaults,
            Recovery recovery,
            Timings timings,
            long pollBudget) {
        this.lines = lines;
        this.recovery = recovery;
        this.timings = timings;
        this.pollBudget = pollBudget;
        this.defaults = defaults;
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
        return all;
    }

    /**
     * Makes a new room and tells every gateway of it; empty if there is one of that name, which
     * stays as it is, and they are told of it, as whoever made it may have failed to. Nobody has
     * lost a place in it, so there is nothing to recover.
     */
    public Mono<Room> make(RoomId id, RoomSettings settings, Operator by) {
        return lines.line(id)
                .make(settings, by)
                .delayUntil(_ -> lines.announce(List.of(id)))
                .filter(made -> made)
                .map(_ -> open(id, settings, true))
                .flatMap(room -> room.upkeep().tick().thenReturn(room));
    }

    /**
     * Tells of our rooms, and learns of those of other gateways; the new ones among them. A Redis
     * that will not be told can be asked all the same.
     */
    public Flux<Room> exchange() {
        return Mono.defer(() -> lines.announce(rooms.keySet()))
                .onErrorResume(LineUnavailable.class, _ -> Mono.empty())
                .thenMany(lines.announced())
                .filter(id -> !rooms.containsKey(id))
                .map(id -> open(id, defaults, false));
    }

    private Room open(RoomId id, RoomSettings settings, boolean configured) {
        Room opened = rooms.computeIfAbsent(id, _ -> room(id, settings, configured));
        synchronized (rooms) {
            all = List.copyOf(rooms.values());
            all.forEach(room -> room.sharesMemoryAmong(all.size()));
        }
        return opened;
    }

    private Room room(RoomId id, RoomSettings settings, boolean configured) {
        LineStore line = lines.line(id);
        return new Room(id, settings, configured, line, memory, recovery, timings, pollBudget);
    }

    /**
     * How long a room that was made anew admits nobody and takes back those who hold earlier
     * tickets.
     *
     * @param window long enough for everybody who waits to poll once
     * @param atStart whether a room that this gateway has never seen may be one that was lost
     */
    public record Recovery(Duration window, boolean atStart) {

        Duration window(boolean wasThere) {
            return wasThere || atStart ? window : Duration.ZERO;
        }
    }
}
