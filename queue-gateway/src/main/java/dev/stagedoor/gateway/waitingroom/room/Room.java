package dev.stagedoor.gateway.waitingroom.room;

import dev.stagedoor.common.RoomId;
import dev.stagedoor.common.UserId;
import dev.stagedoor.gateway.waitingroom.EndReason;
import dev.stagedoor.gateway.waitingroom.Joined;
import dev.stagedoor.gateway.waitingroom.LineUnavailable;
import dev.stagedoor.gateway.waitingroom.RedisState;
import dev.stagedoor.gateway.waitingroom.RoomSettings;
import dev.stagedoor.gateway.waitingroom.RoomView;
import dev.stagedoor.gateway.waitingroom.Standing;
import dev.stagedoor.gateway.waitingroom.Ticket;
import dev.stagedoor.gateway.waitingroom.Timings;
import dev.stagedoor.gateway.waitingroom.known.KnownTickets;
import dev.stagedoor.gateway.waitingroom.known.LatestView;
import dev.stagedoor.gateway.waitingroom.known.RoomChannel;
import dev.stagedoor.gateway.waitingroom.redis.CircuitBreaker;
import dev.stagedoor.gateway.waitingroom.redis.LineStore;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * One line, as this gateway knows it. Redis decides; what it has decided is remembered here as long
 * as it is certain, so that neither those who wait nor those who are inside cost a call each.
 */
public final class Room {

    private static final int MOST_IN_ONE_CALL = 500;
    private static final int MOST_PENDING_JOINS = 50_000;

    /** Longer than anybody waits for an answer, even if the view came in late. */
    private static final Duration JOINS_LAST = Duration.ofSeconds(2);

    private final RoomId id;
    private final LineStore store;
    private final CircuitBreaker outage;
    private final KnownTickets memory = new KnownTickets();
    private final LatestView board;
    private final Restoring handover;
    private final FindingStandings standings;
    private final Ticking upkeep;
    private final Controls controls;
    private final Batches<UserId, Joined> joins;

    /**
     * @param initial what the room is made with, if it is missing
     * @param configured whether these are its own settings, or just those of any room
     */
    Room(
            RoomId id,
            RoomSettings initial,
            boolean configured,
            LineStore store,
            CircuitBreaker outage,
            Recovery recovery,
            Timings timings) {
        RoomChannel hearing = new RoomChannel(memory);
        this.id = id;
        this.store = store;
        this.outage = outage;
        this.board = new LatestView(id, initial, timings.viewLasts());
        this.handover = new Restoring(store, memory);
        this.standings = new FindingStandings(id, board, memory, hearing, store, outage, handover);
        this.upkeep =
                new Ticking(id, configured, board, memory, hearing, store, handover, recovery);
        this.controls = new Controls(this, store, memory);
        this.joins = new Batches<>(MOST_IN_ONE_CALL, MOST_PENDING_JOINS, this::joinAll);
    }

    public RoomId id() {
        return id;
    }

    /** The settings in force, as far as this gateway knows. */
    public RoomSettings settings() {
        return board.settings();
    }

    /** A room that was only heard of guards nothing before its settings are known. */
    public boolean isKnown() {
        return upkeep.isKnown();
    }

    /** The last view, unless it is too old to be told to anybody. */
    public Optional<RoomView> view() {
        return board.fresh();
    }

    /** Every view from now on, one per tick. */
    public Flux<RoomView> views() {
        return board.views();
    }

    // ── the line ────────────────────────────────────────────────────────────────────────────────

    public Mono<Joined> join(UserId user) {
        return joins.ask(user).map(this::located).doOnNext(this::rememberTurn);
    }

    /**
     * For somebody who shows a ticket: a place that was lost is put back before a new one is given.
     */
    public Mono<Joined> joinAgain(Ticket ticket) {
        return Mono.defer(() -> standings.takeBackIfLost(ticket).then(join(ticket.user())));
    }

    /**
     * Where somebody stands who asks: without Redis, as long as only Redis could not know better.
     */
    public Mono<Standing> standing(Ticket ticket) {
        return standings.of(ticket);
    }

    /** Where somebody stands, if that is certain without Redis. */
    public Optional<Standing> known(Ticket ticket) {
        return standings.known(ticket);
    }

    /** Whether somebody is inside for certain; if so, this is a use of the session. */
    public boolean letsPassAtOnce(Ticket ticket) {
        return standings.letsPassAtOnce(ticket);
    }

    /** Where somebody stands who wants to pass; passing is a use of the session. */
    public Mono<Standing> use(Ticket ticket) {
        return standings.use(ticket);
    }

    /** Ends a ticket here at once, and everywhere as soon as Redis has heard of it. */
    public Mono<Void> end(Ticket ticket, EndReason reason) {
        return Mono.defer(
                () -> {
                    EndReason first = memory.endHere(ticket, reason);
                    return handover.tell(ticket, first).then();
                });
    }

    public Mono<Void> extend(Ticket ticket, Duration by) {
        return store.extend(ticket, by, board.life())
                .filter(Standing.Active.class::isInstance) // of any other, extend knows nothing
                .doOnNext(standing -> memory.remember(ticket, standing))
                .then();
    }

    // ── operators ───────────────────────────────────────────────────────────────────────────────

    public Controls controls() {
        return controls;
    }

    /** The last view, however old. */
    public Optional<RoomView> lastView() {
        return board.last();
    }

    /** How Redis is, by the last call that failed and the last tick. */
    public RedisState redis() {
        return outage.isOver() ? board.redis() : RedisState.AWAY;
    }

    /** The room at this moment, as Redis says. */
    public Mono<RoomView> look() {
        return upkeep.look();
    }

    /** A ticket of before a loss is put back where it was. */
    Mono<Void> takeBackIfLost(Ticket ticket) {
        return standings.takeBackIfLost(ticket);
    }

    // ── the timer ───────────────────────────────────────────────────────────────────────────────

    /** One tick: lets the next ones in, if it is time, and brings the view up to date. */
    public Mono<RoomView> tick() {
        return upkeep.tick();
    }

    /** Tells Redis who has been heard of, and what it has not heard yet. */
    public Mono<Void> flush() {
        return upkeep.flush();
    }

    /** Listens to the room's channel until it breaks, or says nothing where a tick is overdue. */
    public Mono<Void> listen() {
        return upkeep.listen();
    }

    // ── steps ───────────────────────────────────────────────────────────────────────────────────

    private Mono<List<Joined>> joinAll(List<UserId> users) {
        return Mono.justOrEmpty(board.last())
                .switchIfEmpty(Mono.error(() -> LineUnavailable.noView(id)))
                .flatMap(
                        current ->
                                store.join(users, current.epoch(), current.now().plus(JOINS_LAST)));
    }

    /** Redis has said that somebody waits; how many are ahead the view tells well enough. */
    private Joined located(Joined joined) {
        return joined instanceof Joined.Placed(Ticket ticket, Standing.Waiting _, boolean fresh)
                ? board.last()
                        .<Joined>map(current -> located(ticket, current, fresh))
                        .orElse(joined)
                : joined;
    }

    private static Joined located(Ticket ticket, RoomView current, boolean fresh) {
        return new Joined.Placed(
                ticket, new Standing.Waiting(current.ahead(ticket.sequence())), fresh);
    }

    /** A place in the line needs no memory: the view tells where it is. */
    private void rememberTurn(Joined joined) {
        if (joined instanceof Joined.Placed(Ticket ticket, Standing.Active(Instant until), _)) {
            memory.letIn(ticket, until);
        }
    }
}
