package dev.stagedoor.gateway.waitingroom;

import dev.stagedoor.common.RoomId;
import dev.stagedoor.common.UserId;
import dev.stagedoor.gateway.waitingroom.Replies.Reply;
import dev.stagedoor.gateway.waitingroom.RoomStore.Sign;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/**
 * One line, as this gateway knows it. Redis decides; what it has decided is remembered here as long
 * as it is certain, so that neither those who wait nor those who are inside cost a call each.
 */
public final class Room {

    private static final Logger LOG = LoggerFactory.getLogger(Room.class);

    private static final int MOST_IN_ONE_CALL = 500;
    private static final int MOST_PENDING_JOINS = 50_000;
    private static final int TICKS_PER_FAR_LADDER = 10;

    /** How long the last view answers for Redis. */
    private static final Duration VIEW_LASTS = Duration.ofSeconds(30);

    /** A channel that says less may hang on a server that is gone. */
    private static final Duration SHORTEST_SILENCE = Duration.ofSeconds(3);

    private static final Scheduler TELLERS =
            Schedulers.newParallel("room-views", Runtime.getRuntime().availableProcessors(), true);

    private final RoomId id;
    private final RoomSettings initial;
    private final boolean configured;
    private final RoomStore store;
    private final Recovery recovery;
    private final Outage outage;
    private final Batches<UserId, Joined> joins;
    private final Memory memory = new Memory();
    private final Hearing hearing = new Hearing(memory);
    private final Handover handover;
    private final AtomicReference<@Nullable RoomView> view = new AtomicReference<>();
    private final AtomicLong ticks = new AtomicLong();
    private final Scheduler.Worker teller = TELLERS.createWorker();
    private final AtomicBoolean isTelling = new AtomicBoolean();
    private final Controls controls;
    private final Sinks.Many<RoomView> views = Sinks.many().multicast().directBestEffort();

    /**
     * @param initial what the room is made with, if it is missing
     * @param configured whether these are its own settings, or just those of any room
     */
    Room(
            RoomId id,
            RoomSettings initial,
            boolean configured,
            RoomStore store,
            Outage outage,
            Recovery recovery) {
        this.id = id;
        this.initial = initial;
        this.configured = configured;
        this.store = store;
        this.outage = outage;
        this.recovery = recovery;
        this.handover = new Handover(store, memory);
        this.controls = new Controls(this, store, memory);
        this.joins = new Batches<>(MOST_IN_ONE_CALL, MOST_PENDING_JOINS, this::joinAll);
    }

    public RoomId id() {
        return id;
    }

    /** The settings in force, as far as this gateway knows. */
    public RoomSettings settings() {
        RoomView current = view.get();
        return current == null ? initial : current.settings();
    }

    /** A room that was only heard of guards nothing before its settings are known. */
    public boolean isKnown() {
        return configured || view.get() != null;
    }

    /** The last view, unless it is too old to be told to anybody. */
    public Optional<RoomView> view() {
        return Optional.ofNullable(view.get()).filter(v -> v.age().compareTo(VIEW_LASTS) < 0);
    }

    /** Every view from now on, one per tick. */
    public Flux<RoomView> views() {
        return views.asFlux();
    }

    // ── the line ────────────────────────────────────────────────────────────────────────────────

    public Mono<Joined> join(UserId user) {
        return joins.ask(user).map(this::located).doOnNext(this::rememberTurn);
    }

    /**
     * For somebody who shows a ticket: a place that was lost is put back before a new one is given.
     */
    public Mono<Joined> joinAgain(Ticket ticket) {
        return Mono.defer(
                () -> {
                    RoomView current = view.get();
                    return current != null && memory.mayBeLost(ticket, current)
                            ? takeBack(ticket, current).then(join(ticket.user()))
                            : join(ticket.user());
                });
    }

    /**
     * Where somebody stands who asks: without Redis, as long as only Redis could not know better.
     */
    public Mono<Standing> standing(Ticket ticket) {
        return known(ticket).map(Mono::just).orElseGet(() -> asked(ticket));
    }

    /** Where somebody stands, if that is certain without Redis. */
    public Optional<Standing> known(Ticket ticket) {
        RoomView current = view.get();
        if (current == null) {
            return Optional.empty();
        }
        Optional<EndReason> end = memory.departures().reason(ticket);
        if (end.isPresent()) {
            return Optional.of(new Standing.Ended(end.get()));
        }
        if (memory.mayBeLost(ticket, current)) {
            return Optional.empty();
        }
        if (mayBeInside(ticket, current)) {
            return isListening(current) || current.handingOver()
                    ? memory.verdict(ticket, current.now())
                    : Optional.empty();
        }
        return view().map(fresh -> waiting(ticket, fresh));
    }

    /** Whether somebody is inside for certain; if so, this is a use of the session. */
    public boolean letsPassAtOnce(Ticket ticket) {
        boolean inside = known(ticket).filter(Standing.Active.class::isInstance).isPresent();
        if (inside) {
            memory.signs().active(ticket);
        }
        return inside;
    }

    /** Where somebody stands who wants to pass; passing is a use of the session. */
    public Mono<Standing> use(Ticket ticket) {
        return standing(ticket)
                .flatMap(standing -> doublyChecked(ticket, standing))
                .filter(standing -> !isUncertain(standing))
                .switchIfEmpty(Mono.error(() -> LineUnavailable.handingOver(id)))
                .doOnNext(
                        standing -> {
                            if (standing instanceof Standing.Active) {
                                memory.signs().active(ticket);
                            }
                        });
    }

    /**
     * The view is as old as the last tick: another gateway may have told those at the head of the
     * line already that it is their turn.
     */
    private Mono<Standing> doublyChecked(Ticket ticket, Standing standing) {
        RoomView current = view.get();
        boolean mayJustHaveGoneIn =
                standing instanceof Standing.Waiting(long ahead)
                        && current != null
                        && ahead < current.settings().batch()
                        && !mayBeInside(ticket, current);
        return mayJustHaveGoneIn && outage.isOver()
                ? checked(ticket, current)
                        .onErrorResume(LineUnavailable.class, _ -> Mono.just(standing))
                : Mono.just(standing);
    }

    /** Another gateway may be about to say that this one is inside. */
    private boolean isUncertain(Standing standing) {
        return standing instanceof Standing.Waiting
                && isHandingOver()
                && settings().mode() != Mode.OPEN;
    }

    private boolean isHandingOver() {
        RoomView current = view.get();
        return current != null && current.handingOver();
    }

    /** Ends a ticket here at once, and everywhere as soon as Redis has heard of it. */
    public Mono<Void> end(Ticket ticket, EndReason reason) {
        return Mono.defer(
                () -> {
                    memory.endHere(ticket, reason);
                    return handover.tell(ticket, reason).then();
                });
    }

    public Mono<Void> extend(Ticket ticket, Duration by) {
        return store.extend(ticket, by, life())
                .doOnNext(standing -> memory.remember(ticket, standing))
                .then();
    }

    // ── operators ───────────────────────────────────────────────────────────────────────────────

    public Controls controls() {
        return controls;
    }

    /** The last view, however old. */
    public Optional<RoomView> lastView() {
        return Optional.ofNullable(view.get());
    }

    /** Whether calls to Redis fail at present. */
    public boolean isCutOff() {
        return !outage.isOver();
    }

    /** The room at this moment, as Redis says. */
    Mono<RoomView> look() {
        return store.view(false).doOnNext(Replies::present).map(this::show);
    }

    /** A ticket of before a loss is put back where it was. */
    Mono<Void> takeBackIfLost(Ticket ticket) {
        return Mono.justOrEmpty(view.get())
                .filter(current -> memory.mayBeLost(ticket, current))
                .flatMap(current -> takeBack(ticket, current))
                .then();
    }

    // ── the timer ───────────────────────────────────────────────────────────────────────────────

    /** One tick: lets the next ones in, if it is time, and brings the view up to date. */
    public Mono<RoomView> tick() {
        boolean withFarLadder = ticks.getAndIncrement() % TICKS_PER_FAR_LADDER == 0;
        return store.admit(withFarLadder).flatMap(this::seenOrMade).flatMap(handover::afterTick);
    }

    /** Tells Redis who has been heard of, and what it has not heard yet. */
    public Mono<Void> flush() {
        return Mono.defer(
                () -> {
                    List<Sign> news = memory.signs().take();
                    return Flux.fromIterable(news)
                            .buffer(MOST_IN_ONE_CALL)
                            .concatMap(this::touch)
                            .doOnError(_ -> memory.signs().putBack(news))
                            .then(handover.tellEnds());
                });
    }

    /** Listens to the room's channel until it breaks, or says nothing where a tick is overdue. */
    public Mono<Void> listen() {
        return store.events()
                .doOnNext(hearing::hear)
                .timeout(overdue(), _ -> overdue())
                .onErrorMap(TimeoutException.class, _ -> new LineUnavailable("a silent channel"))
                .onErrorMap(DataAccessException.class, _ -> new LineUnavailable("no channel"))
                .then();
    }

    private Mono<Long> overdue() {
        return Mono.defer(
                () -> Mono.delay(SHORTEST_SILENCE.plus(settings().interval().multipliedBy(3))));
    }

    // ── steps ───────────────────────────────────────────────────────────────────────────────────

    /** Redis has said that somebody waits; how many are ahead the view tells well enough. */
    private Joined located(Joined joined) {
        RoomView current = view.get();
        return joined instanceof Joined.Placed(Ticket ticket, Standing.Waiting _, boolean fresh)
                        && current != null
                ? new Joined.Placed(
                        ticket, new Standing.Waiting(current.ahead(ticket.sequence())), fresh)
                : joined;
    }

    private Mono<List<Joined>> joinAll(List<UserId> users) {
        return Mono.defer(
                () -> {
                    RoomView current = view.get();
                    return current == null
                            ? Mono.error(LineUnavailable.noView(id))
                            : store.join(users, current.epoch());
                });
    }

    private Mono<Standing> asked(Ticket ticket) {
        RoomView current = view.get();
        if (current != null && memory.mayBeLost(ticket, current)) {
            return takeBack(ticket, current);
        }
        return current != null && mayBeInside(ticket, current)
                ? checked(ticket, current)
                : Mono.error(LineUnavailable.noView(id));
    }

    private boolean mayBeInside(Ticket ticket, RoomView current) {
        return !current.knows(ticket.sequence()) || memory.knows(ticket);
    }

    private Standing waiting(Ticket ticket, RoomView fresh) {
        memory.signs().waiting(ticket);
        return new Standing.Waiting(fresh.ahead(ticket.sequence()));
    }

    private Mono<Standing> checked(Ticket ticket, RoomView current) {
        return store.check(ticket, current.life())
                .doOnNext(standing -> memory.remember(ticket, standing))
                .onErrorResume(
                        LineUnavailable.class,
                        away ->
                                Mono.justOrEmpty(memory.verdict(ticket, current.now()))
                                        .switchIfEmpty(Mono.error(away)));
    }

    private Mono<Standing> takeBack(Ticket ticket, RoomView current) {
        return handover.takeBack(ticket, current)
                .onErrorResume(
                        LineUnavailable.class,
                        away ->
                                Mono.justOrEmpty(memory.verdict(ticket, current.now()))
                                        .switchIfEmpty(Mono.error(away)));
    }

    private Mono<Void> touch(List<Sign> batch) {
        return store.touch(batch, life())
                .doOnNext(ends -> memory.learn(batch, ends, isHandingOver()))
                .then();
    }

    private Life life() {
        RoomView current = view.get();
        return current == null ? Life.ANY : current.life();
    }

    private Mono<RoomView> seenOrMade(Reply reply) {
        if (!reply.isMissing()) {
            return Mono.just(show(reply));
        }
        return isKnown()
                ? make().then(refresh())
                : Mono.error(new LineUnavailable(id + " was only heard of, and is not there"));
    }

    private Mono<RoomView> refresh() {
        return store.view(true).map(this::show);
    }

    /** The room is not there: it is new, or Redis has lost it. */
    private Mono<Long> make() {
        return store.seed(settings(), recovery.window(view.get() != null));
    }

    private RoomView show(Reply reply) {
        RoomView former = view.get();
        RoomView current = Replies.view(reply, former);
        view.set(current);
        complainOnce(former, current);
        memory.sessions().dropEnded(current.now());
        tell();
        return current;
    }

    private void complainOnce(@Nullable RoomView former, RoomView current) {
        Optional<String> why = current.slip().map(BadSetting::getMessage);
        if (former != null && !former.slip().map(BadSetting::getMessage).equals(why)) {
            why.ifPresent(slip -> LOG.error("{}: settings are not used: {}", id, slip));
        }
    }

    /**
     * Thousands may listen. Told here, they would keep waiting whatever else goes on after an
     * answer of Redis; if they are still being told of the last view, one later is soon enough.
     */
    private void tell() {
        if (isTelling.compareAndSet(false, true)) {
            teller.schedule(
                    () -> {
                        isTelling.set(false);
                        view().ifPresent(views::tryEmitNext);
                    });
        }
    }

    /** A place in the line needs no memory: the view tells where it is. */
    private void rememberTurn(Joined joined) {
        if (joined instanceof Joined.Placed(Ticket ticket, Standing.Active(Instant until), _)) {
            memory.sessions().put(ticket, until);
        }
    }

    private boolean isListening(RoomView current) {
        return hearing.isGood(current.settings().interval()) && outage.isOver();
    }
}
