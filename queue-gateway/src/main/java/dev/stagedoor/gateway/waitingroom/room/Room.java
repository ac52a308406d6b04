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
    private final CircuitBreaker breaker;
    private final KnownTickets known = new KnownTickets();
    private final LatestView latest;
    private final Restoring restoring;
    private final FindingStandings standings;
    private final Ticking ticking;
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
            CircuitBreaker breaker,
            Recovery recovery,
            Timings timings) {
        RoomChannel channel = new RoomChannel(known);
        this.id = id;
        this.store = store;
        this.breaker = breaker;
        this.latest = new LatestView(id, initial, timings.viewLasts());
        this.restoring = new Restoring(store, known);
        this.standings =
                new FindingStandings(id, latest, known, channel, store, breaker, restoring);
        this.ticking =
                new Ticking(id, configured, latest, known, channel, store, restoring, recovery);
        this.controls = new Controls(this, store, known);
        this.joins = new Batches<>(MOST_IN_ONE_CALL, MOST_PENDING_JOINS, this::joinAll);
    }

    public RoomId id() {
        return id;
    }

    /** The settings in force, as far as this gateway knows. */
    public RoomSettings settings() {
        return latest.settings();
    }

    /** A room that was only heard of guards nothing before its settings are known. */
    public boolean isKnown() {
        return ticking.isKnown();
    }

    /** The last view, unless it is too old to be told to anybody. */
    public Optional<RoomView> view() {
        return latest.fresh();
    }

    /** Every view from now on, one per tick. */
    public Flux<RoomView> views() {
        return latest.views();
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
                    EndReason first = known.endHere(ticket, reason);
                    return restoring.tell(ticket, first).then();
                });
    }

    public Mono<Void> extend(Ticket ticket, Duration by) {
        return store.extend(ticket, by, latest.life())
                .filter(Standing.Active.class::isInstance) // of any other, extend knows nothing
                .doOnNext(standing -> known.remember(ticket, standing))
                .then();
    }

    // ── operators ───────────────────────────────────────────────────────────────────────────────

    public Controls controls() {
        return controls;
    }

    /** The last view, however old. */
    public Optional<RoomView> lastView() {
        return latest.last();
    }

    /** How Redis is, by the last call that failed and the last tick. */
    public RedisState redis() {
        return breaker.isClosed() ? latest.redis() : RedisState.AWAY;
    }

    /** The room at this moment, as Redis says. */
    public Mono<RoomView> look() {
        return ticking.look();
    }

    /** A ticket of before a loss is put back where it was. */
    Mono<Void> takeBackIfLost(Ticket ticket) {
        return standings.takeBackIfLost(ticket);
    }

    // ── the timer ───────────────────────────────────────────────────────────────────────────────

    /** One tick: lets the next ones in, if it is time, and brings the view up to date. */
    public Mono<RoomView> tick() {
        return ticking.tick();
    }

    /** Tells Redis who has been heard of, and what it has not heard yet. */
    public Mono<Void> flush() {
        return ticking.flush();
    }

    /** Listens to the room's channel until it breaks, or says nothing where a tick is overdue. */
    public Mono<Void> listen() {
        return ticking.listen();
    }

    // ── steps ───────────────────────────────────────────────────────────────────────────────────

    private Mono<List<Joined>> joinAll(List<UserId> users) {
        return Mono.justOrEmpty(latest.last())
                .switchIfEmpty(Mono.error(() -> LineUnavailable.noView(id)))
                .flatMap(
                        current ->
                                store.join(users, current.epoch(), current.now().plus(JOINS_LAST)));
    }

    /** Redis has said that somebody waits; how many are ahead the view tells well enough. */
    private Joined located(Joined joined) {
        return joined instanceof Joined.Placed(Ticket ticket, Standing.Waiting _, boolean fresh)
                ? latest.last()
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
        if (joined instanceof Joined.Placed(Ticket ticket, Standing.Active inside, _)) {
            known.letIn(ticket, inside);
        }
    }
}
