package dev.stagedoor.gateway.waitingroom;

import dev.stagedoor.common.RoomId;
import dev.stagedoor.common.UserId;
import dev.stagedoor.gateway.waitingroom.Replies.Reply;

import org.springframework.data.redis.core.ReactiveStringRedisTemplate;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** One room in Redis: a method per script, and from a reply to what it means. */
final class RoomStore {

    private final RoomId room;
    private final RoomKeys keys;
    private final ReactiveStringRedisTemplate redis;
    private final Outage outage;
    private final Supplier<String> now;

    /**
     * @param now epoch ms for tests that move time; empty for the clock of Redis
     */
    RoomStore(RoomId room, ReactiveStringRedisTemplate redis, Outage outage, Supplier<String> now) {
        this.room = room;
        this.keys = new RoomKeys(room);
        this.redis = redis;
        this.outage = outage;
        this.now = now;
    }

    // What is said of a single ticket is asked within a life of the room: in another one the call
    // fails.

    /** A user whose sign of life is to be taken down. */
    record Sign(Ticket ticket, boolean active) {}

    /** Somebody to be put back: until when they are active, empty for those who waited. */
    record Vouched(Ticket ticket, Optional<Instant> until) {}

    Mono<List<Joined>> join(List<UserId> users, long epoch) {
        return run(RoomScripts.JOIN, Life.ANY, users.stream().map(UserId::toString).toList())
                .map(reply -> Replies.joined(reply, room, users, epoch));
    }

    Mono<Reply> admit(boolean withFarLadder) {
        return run(RoomScripts.ADMIT, Life.ANY, List.of(withFarLadder ? "1" : "0"));
    }

    Mono<Reply> view(boolean withFarLadder) {
        return run(RoomScripts.VIEW, Life.ANY, List.of(withFarLadder ? "1" : "0"));
    }

    /** For each sign the end of the session, 0 for one who waits, -1 for one who is gone. */
    Mono<List<Long>> touch(List<Sign> signs, Life life) {
        List<String> arguments = new ArrayList<>(3 * signs.size());
        for (Sign sign : signs) {
            arguments.add(sign.ticket().user().toString());
            arguments.add(Long.toString(sign.ticket().sequence()));
            arguments.add(sign.active() ? "active" : "waiting");
        }
        return run(RoomScripts.TOUCH, life, arguments)
                .map(reply -> Replies.present(reply).subList(1, reply.values().size()))
                .map(
                        values ->
                                values.stream()
                                        .map(v -> Long.parseLong(String.valueOf(v)))
                                        .toList());
    }

    Mono<Standing> check(Ticket ticket, Life life) {
        return run(RoomScripts.CHECK, life, ticketArguments(ticket)).map(Replies::standing);
    }

    /** Whether there was something to end. */
    Mono<Boolean> end(Ticket ticket, EndReason reason) {
        List<String> arguments = new ArrayList<>(ticketArguments(ticket));
        arguments.add(reason.word());
        return run(RoomScripts.END, Life.ANY, arguments)
                .map(reply -> Replies.present(reply).contains("ended"));
    }

    Mono<Standing> extend(Ticket ticket, Duration by, Life life) {
        List<String> arguments = new ArrayList<>(ticketArguments(ticket));
        arguments.add(Long.toString(by.toMillis()));
        return run(RoomScripts.EXTEND, life, arguments).map(Replies::standing);
    }

    /** Makes the room if it is missing; the epoch it has then. */
    Mono<Long> seed(RoomSettings settings, Duration recovery) {
        return settings("seed", recovery, settings.toFields()).map(reply -> reply.number(1));
    }

    /** Whether the room was there to be changed. */
    Mono<Boolean> change(Map<String, String> fields) {
        return settings("change", Duration.ZERO, fields)
                .map(reply -> !reply.word(0).equals("missing"));
    }

    Mono<List<Standing>> restore(List<Vouched> vouched, Life life) {
        List<String> arguments = new ArrayList<>(3 * vouched.size());
        for (Vouched one : vouched) {
            arguments.addAll(ticketArguments(one.ticket()));
            arguments.add(
                    one.until().map(until -> Long.toString(until.toEpochMilli())).orElse("0"));
        }
        return run(RoomScripts.RESTORE, life, arguments).map(Replies::restored);
    }

    /** What is said on the room's channel, from now on. */
    Flux<String> events() {
        return redis.listenToChannel(keys.events()).map(message -> message.getMessage());
    }

    private Mono<Reply> settings(String act, Duration recovery, Map<String, String> fields) {
        List<String> arguments = new ArrayList<>();
        arguments.add(act);
        arguments.add(Long.toString(recovery.toMillis()));
        fields.forEach((name, value) -> arguments.addAll(List.of(name, value)));
        return run(RoomScripts.SETTINGS, Life.ANY, arguments);
    }

    private static List<String> ticketArguments(Ticket ticket) {
        return List.of(ticket.user().toString(), Long.toString(ticket.sequence()));
    }

    /**
     * Every call to Redis. The reply comes in on the one thread that reads the connection: from
     * here on the work goes on elsewhere, or everything behind would share that thread.
     */
    private Mono<Reply> run(RoomScripts script, Life life, Collection<String> arguments) {
        List<String> all = new ArrayList<>(arguments.size() + 1);
        all.add(now.get() + " " + life.word());
        all.addAll(arguments);
        return outage.guard(
                redis.execute(script.script(), keys.forScripts(), all)
                        .next()
                        .publishOn(Schedulers.parallel())
                        .map(Reply::new));
    }
}
