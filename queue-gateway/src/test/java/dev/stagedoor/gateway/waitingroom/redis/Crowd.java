package dev.stagedoor.gateway.waitingroom.redis;

import dev.stagedoor.common.UserId;
import dev.stagedoor.gateway.waitingroom.EndReason;
import dev.stagedoor.gateway.waitingroom.Joined;
import dev.stagedoor.gateway.waitingroom.Life;
import dev.stagedoor.gateway.waitingroom.Standing;
import dev.stagedoor.gateway.waitingroom.Ticket;
import dev.stagedoor.gateway.waitingroom.redis.LineStore.Sign;
import dev.stagedoor.gateway.waitingroom.redis.OperatorStore.Explanation;
import dev.stagedoor.gateway.waitingroom.redis.OperatorStore.Explanation.State;

import org.jspecify.annotations.Nullable;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.function.BooleanSupplier;

/**
 * People of every kind in one room: who wait and give signs, walk off without a word or with one,
 * use their turn, pay, or let it go by. Whoever is gone comes again, behind everybody.
 */
final class Crowd {

    private final SharedRoom room;
    private final Queue<Ticket> tickets = new ConcurrentLinkedQueue<>();
    private final Map<Ticket, Explanation> former = new ConcurrentHashMap<>();

    Crowd(SharedRoom room) {
        this.room = room;
    }

    /**
     * All there is to tell of every ticket that was ever held. A room remembers the last one of a
     * user: of an earlier one it was asked in the instant in which the user came again.
     */
    List<Explanation> stories() {
        return room.on(
                0,
                store ->
                        Flux.fromStream(tickets.stream().distinct())
                                .flatMap(ticket -> story(store, ticket), 64)
                                .collectList());
    }

    private Mono<Explanation> story(LineStore store, Ticket ticket) {
        return store.forOperators()
                .explain(ticket.user(), Long.toString(ticket.sequence()))
                .map(now -> now.state() == State.ABSENT ? former.getOrDefault(ticket, now) : now);
    }

    /**
     * One of them, at one gateway after the other, now and then twice at once, until it is over.
     */
    void live(Random random, BooleanSupplier over) {
        Ticket last = null;
        Ticket ticket = null;
        while (!over.getAsBoolean()) {
            CountDownLatch instant = room.instant();
            ticket = ticket == null ? join(last, random) : goOn(ticket, random);
            last = ticket == null ? last : ticket;
            if (random.nextInt(4) != 0) {
                SharedRoom.awaitEndOf(instant);
            }
        }
    }

    /** Half of them have been there before. */
    private Ticket join(@Nullable Ticket last, Random random) {
        UserId user = last == null || random.nextBoolean() ? UserId.random() : last.user();
        List<UserId> users =
                random.nextInt(4) == 0 ? List.of(user, UserId.random()) : List.of(user);
        List<Joined> joined =
                room.on(
                        gateway(random),
                        store ->
                                Mono.justOrEmpty(last)
                                        .flatMap(ticket -> story(store, ticket))
                                        .doOnNext(story -> former.put(last, story))
                                        .then(store.join(TestRedis.comers(users), 0, Clock.NEVER)));
        List<Ticket> theirs = joined.stream().map(j -> ((Joined.Placed) j).ticket()).toList();
        tickets.addAll(theirs);
        areSeen(theirs, random);
        return theirs.getFirst();
    }

    /** Of whoever is never seen nothing would be remembered. */
    private void areSeen(List<Ticket> theirs, Random random) {
        List<Sign> signs = theirs.stream().map(ticket -> new Sign(ticket, false)).toList();
        room.on(gateway(random), store -> store.touch(signs, Life.ANY));
    }

    /** The ticket to go on with, none if it is over or nobody cares for it any more. */
    private @Nullable Ticket goOn(Ticket ticket, Random random) {
        return switch (room.on(
                gateway(random), store -> TestRedis.standing(store, ticket, Life.ANY))) {
            case Standing.Waiting _ -> wait(ticket, random);
            case Standing.Active _ -> visit(ticket, random);
            case Standing.Ended _ -> null;
        };
    }

    private @Nullable Ticket wait(Ticket ticket, Random random) {
        return switch (random.nextInt(100)) {
            case 0 -> end(ticket, EndReason.LEFT, random);
            case 1 -> null;
            default -> sign(ticket, false, random);
        };
    }

    private @Nullable Ticket visit(Ticket ticket, Random random) {
        return switch (random.nextInt(10)) {
            case 0 -> end(ticket, EndReason.LEFT, random);
            case 1 -> null;
            case 2, 3, 4 -> end(ticket, EndReason.COMPLETED, random);
            default -> sign(ticket, true, random);
        };
    }

    private @Nullable Ticket end(Ticket ticket, EndReason reason, Random random) {
        room.on(gateway(random), store -> store.end(ticket, reason));
        return null;
    }

    private Ticket sign(Ticket ticket, boolean active, Random random) {
        List<Sign> sign = List.of(new Sign(ticket, active));
        room.on(gateway(random), store -> store.touch(sign, Life.ANY));
        return ticket;
    }

    private int gateway(Random random) {
        return random.nextInt(room.gateways());
    }
}
