package dev.stagedoor.gateway.waitingroom.room;

import dev.stagedoor.gateway.waitingroom.EndReason;
import dev.stagedoor.gateway.waitingroom.Life;
import dev.stagedoor.gateway.waitingroom.LineUnavailable;
import dev.stagedoor.gateway.waitingroom.RoomView;
import dev.stagedoor.gateway.waitingroom.Standing;
import dev.stagedoor.gateway.waitingroom.Ticket;
import dev.stagedoor.gateway.waitingroom.known.KnownTickets;
import dev.stagedoor.gateway.waitingroom.known.LatestView;
import dev.stagedoor.gateway.waitingroom.redis.LineStore;
import dev.stagedoor.gateway.waitingroom.redis.LineStore.Restorable;

import org.jspecify.annotations.Nullable;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Restores what Redis has lost: everything, when it came back empty, or the newest writes, when
 * another server took over. Whoever begins the new life of a room admits nobody for a moment, in
 * which every gateway says at each of its ticks who is inside and who is over.
 */
final class Restoring {

    private static final int MOST_IN_ONE_CALL = 500;
    private static final int ENDS_AT_ONCE = 32;

    private final LatestView latest;
    private final KnownTickets known;
    private final LineStore store;

    /** The life of the room in which there is nothing left to restore. */
    private final AtomicReference<@Nullable Life> settled = new AtomicReference<>();

    Restoring(LatestView latest, KnownTickets known, LineStore store) {
        this.latest = latest;
        this.known = known;
        this.store = store;
    }

    /** At least once in every life of the room, and the last time after the moment is over. */
    Mono<RoomView> afterTick(RoomView current) {
        return current.life().equals(settled.get())
                ? Mono.just(current)
                : tellLateEndsAgain()
                        .thenMany(Flux.fromIterable(known.allInside()))
                        .buffer(MOST_IN_ONE_CALL)
                        .concatMap(inside -> restore(inside, current))
                        .then(Mono.fromRunnable(() -> settle(current)))
                        .thenReturn(current);
    }

    private void settle(RoomView current) {
        if (!current.restoring()) {
            settled.set(current.life());
        }
    }

    /** A ticket of before a loss; somebody inside stays there whether Redis answers or not. */
    Mono<Void> restoreIfLost(Ticket ticket) {
        return Mono.justOrEmpty(latest.last())
                .filter(current -> known.mayBeLost(ticket, current))
                .flatMap(
                        current ->
                                restore(ticket, current)
                                        .onErrorComplete(
                                                away ->
                                                        away instanceof LineUnavailable
                                                                && isInside(ticket, current)))
                .then();
    }

    /** A ticket that is shown, and that Redis may know nothing of. */
    Mono<Standing> restore(Ticket ticket, RoomView current) {
        return store.restore(List.of(known.restorable(ticket, current.now())), current.life())
                .doOnNext(_ -> known.restored(ticket, current.life()))
                .then(Mono.defer(() -> store.check(ticket, current.life())))
                .doOnNext(standing -> learn(ticket, standing, current));
    }

    /** Ends that Redis has not heard of, or has forgotten. */
    Mono<Void> tellEnds() {
        return Flux.fromIterable(known.untoldEnds()).flatMap(this::tell, ENDS_AT_ONCE).then();
    }

    private Mono<Void> tellLateEndsAgain() {
        return Mono.defer(
                () -> {
                    known.forgetWhatWasToldLately();
                    return tellEnds();
                });
    }

    private Mono<Boolean> tell(Map.Entry<Ticket, EndReason> end) {
        return tell(end.getKey(), end.getValue());
    }

    Mono<Boolean> tell(Ticket ticket, EndReason reason) {
        return store.end(ticket, reason).doOnNext(_ -> known.told(ticket, reason));
    }

    private Mono<Void> restore(List<Restorable> inside, RoomView current) {
        return store.restore(inside, current.life())
                .doOnNext(
                        standings -> {
                            for (int i = 0; i < inside.size(); i++) {
                                learn(inside.get(i).ticket(), standings.get(i), current);
                            }
                        })
                .then();
    }

    /**
     * Whoever was inside and finds no room is so all the same as long as ends may still be told
     * that make room.
     */
    private void learn(Ticket ticket, Standing standing, RoomView current) {
        boolean mayYetFindRoom = standing instanceof Standing.Waiting && current.restoring();
        if (!mayYetFindRoom || !isInside(ticket, current)) {
            known.remember(ticket, standing);
        }
    }

    private boolean isInside(Ticket ticket, RoomView current) {
        return known.inside(ticket, current.now()) != null;
    }
}
