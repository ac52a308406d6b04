package dev.stagedoor.gateway.waitingroom.room;

import dev.stagedoor.common.UserId;
import dev.stagedoor.gateway.waitingroom.BadSetting;
import dev.stagedoor.gateway.waitingroom.EndReason;
import dev.stagedoor.gateway.waitingroom.LineUnavailable;
import dev.stagedoor.gateway.waitingroom.RoomSettings;
import dev.stagedoor.gateway.waitingroom.RoomView;
import dev.stagedoor.gateway.waitingroom.Ticket;
import dev.stagedoor.gateway.waitingroom.known.KnownTickets;
import dev.stagedoor.gateway.waitingroom.known.LatestView;
import dev.stagedoor.gateway.waitingroom.redis.LineStore;
import dev.stagedoor.gateway.waitingroom.redis.OperatorStore;
import dev.stagedoor.gateway.waitingroom.redis.OperatorStore.Banned;
import dev.stagedoor.gateway.waitingroom.redis.OperatorStore.Change;
import dev.stagedoor.gateway.waitingroom.redis.OperatorStore.Difference;
import dev.stagedoor.gateway.waitingroom.redis.OperatorStore.Explanation;
import dev.stagedoor.gateway.waitingroom.redis.OperatorStore.Operator;
import dev.stagedoor.gateway.waitingroom.redis.OperatorStore.People;
import dev.stagedoor.gateway.waitingroom.redis.OperatorStore.Sample;
import dev.stagedoor.gateway.waitingroom.redis.Reply;

import org.jspecify.annotations.Nullable;

import reactor.core.publisher.Mono;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What an operator can see and do of one room. Nothing here is answered from memory: what is told
 * is what Redis says, so that it is the same on every gateway, and a change that is confirmed has
 * happened.
 */
public final class Controls {

    /** Each that is in vain is somebody else's success. */
    private static final int MOST_ATTEMPTS = 100;

    private final LatestView latest;
    private final KnownTickets known;
    private final LineStore store;
    private final OperatorStore operators;
    private final Upkeep upkeep;

    Controls(LatestView latest, KnownTickets known, LineStore store, Upkeep upkeep) {
        this.latest = latest;
        this.known = known;
        this.store = store;
        this.operators = store.forOperators();
        this.upkeep = upkeep;
    }

    /** What has changed, and all settings that are in force now. */
    public record Changed(RoomSettings settings, List<Difference> differences) {}

    /** The room at this moment. */
    public Mono<RoomView> look() {
        return store.view(false)
                .doOnNext(Reply::present)
                .map(latest::show)
                .onErrorMap(
                        NumberFormatException.class,
                        why -> LineUnavailable.unreadable(String.valueOf(why.getMessage())));
    }

    /**
     * Changes settings everywhere; what does not fit together is refused as {@link BadSetting}
     * before anything is written. Also mends what somebody has mistyped by hand.
     *
     * @param changes as they stand in the room's hash
     */
    public Mono<Changed> change(Map<String, String> changes, Operator by) {
        return Mono.defer(() -> attempt(changes, by))
                .repeatWhenEmpty(again -> again.take(MOST_ATTEMPTS))
                .switchIfEmpty(Mono.error(new LineUnavailable("others change the same room")))
                .flatMap(this::seen);
    }

    /** A look that fails takes nothing back of what has been changed. */
    private <T> Mono<T> seen(T done) {
        return look().thenReturn(done).onErrorReturn(LineUnavailable.class, done);
    }

    /**
     * @param ticket null for the one that the user holds, or held last
     */
    public Mono<Explanation> explain(UserId user, @Nullable Ticket ticket) {
        return operators.explain(user, ticket == null ? "" : Long.toString(ticket.sequence()));
    }

    /**
     * Takes a ticket away from whoever holds it; whether there was anything to take. One from
     * before a loss is restored first: otherwise it would come back by itself.
     */
    public Mono<Boolean> revoke(Ticket ticket, Operator by) {
        return upkeep.restoreIfLost(ticket)
                .then(Mono.defer(() -> operators.revoke(ticket, by)))
                .doOnNext(revoked -> forget(ticket, revoked));
    }

    /**
     * Keeps somebody from joining, on every gateway by its next view.
     *
     * @param until when; empty to let them again
     */
    public Mono<Banned> ban(String who, Optional<Instant> until, String why, Operator by) {
        return operators.ban(who, until, why, by).flatMap(this::seen);
    }

    /** Ends the tickets of all users that are like one of the patterns; how many. */
    public Mono<Long> endAll(String whom, List<String> patterns, Operator by) {
        return operators.clear(whom, patterns, by);
    }

    /** Oldest first. */
    public Mono<List<Sample>> history() {
        return operators.history();
    }

    /** Latest first. */
    public Mono<List<Change>> changes(int most) {
        return operators.changes(most);
    }

    public Mono<People> people(int most) {
        return operators.people(most);
    }

    private void forget(Ticket ticket, boolean revoked) {
        if (revoked) {
            known.ended(ticket.user(), ticket.sequence(), EndReason.REVOKED);
            known.told(ticket, EndReason.REVOKED);
        }
    }

    /** Empty if somebody else was faster: what fits together has to be looked at again. */
    private Mono<Changed> attempt(Map<String, String> changes, Operator by) {
        return store.fields()
                .flatMap(
                        fields -> {
                            Map<String, String> wanted =
                                    RoomSettings.inForce(fields, latest.settings()).toFields();
                            wanted.putAll(changes);
                            RoomSettings settings = RoomSettings.of(wanted);
                            String revision = fields.getOrDefault("revision", "0");
                            return store.change(changes, revision, by)
                                    .map(differences -> new Changed(settings, differences));
                        });
    }
}
