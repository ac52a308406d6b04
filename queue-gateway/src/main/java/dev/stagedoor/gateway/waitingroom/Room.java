package dev.stagedoor.gateway.waitingroom;

import dev.stagedoor.common.RoomId;
import dev.stagedoor.common.UserId;
import dev.stagedoor.gateway.waitingroom.Replies.Reply;
import dev.stagedoor.gateway.waitingroom.RoomStore.Sign;
import dev.stagedoor.gateway.waitingroom.RoomStore.Vouched;

import org.jspecify.annotations.Nullable;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/**
 * One line, as this gateway knows it. Redis decides; what it has decided is remembered here as long
 * as it is certain, so that neither those who wait nor those who are inside cost a call each.
 */
public final class Room {

    private static final int MOST_IN_ONE_CALL = 500;
    private static final int MOST_PENDING_JOINS = 50_000;
    private static final int TICKS_PER_FAR_LADDER = 10;

    /** How long the last view answers for Redis. */
    private static final Duration VIEW_LASTS = Duration.ofSeconds(30);

    private final RoomId id;
    private final RoomSettings initial;
    private final boolean configured;
    private final RoomStore store;
    private final Recovery recovery;
    private final Outage outage;
    private final Batches<UserId, Joined> joins;
    private final Memory memory = new Memory();
    private final Hearing hearing = new Hearing(memory);
    private final AtomicReference<@Nullable RoomView> view = new AtomicReference<>();
    private final AtomicLong ticks = new AtomicLong();
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
     * Where somebody stands who asks: without Redis, as long as only Redis could not know better.
     */
    public Mono<Standing> standing(Ticket ticket) {
        RoomView current = view.get();
        if (current == null) {
            return Mono.error(LineUnavailable.noView(id));
        }
        Optional<EndReason> end = memory.departures().reason(ticket);
        if (end.isPresent()) {
            return Mono.just(new Standing.Ended(end.get()));
        }
        if (memory.isOfEarlierEpoch(ticket, current.epoch())) {
            return takeBack(ticket, current);
        }
        if (!current.knows(ticket.sequence()) || memory.departures().knows(ticket)) {
            return insider(ticket, current);
        }
        if (view().isEmpty()) {
            return Mono.error(LineUnavailable.noView(id));
        }
        memory.signs().waiting(ticket);
        return Mono.just(new Standing.Waiting(current.ahead(ticket.sequence())));
    }

    /** Where somebody stands who wants to pass; passing is a use of the session. */
    public Mono<Standing> use(Ticket ticket) {
        return standing(ticket)
                .doOnNext(
                        standing -> {
                            if (standing instanceof Standing.Active) {
                                memory.signs().active(ticket);
                            }
                        });
    }

    /** Ends a ticket here at once, and everywhere as soon as Redis has heard of it. */
    public Mono<Void> end(Ticket ticket, EndReason reason) {
        return Mono.defer(
                () -> {
                    memory.endHere(ticket, reason);
                    return tell(ticket, reason);
                });
    }

    public Mono<Void> extend(Ticket ticket, Duration by) {
        return store.extend(ticket, by)
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
                .filter(current -> memory.isOfEarlierEpoch(ticket, current.epoch()))
                .flatMap(current -> takeBack(ticket, current))
                .then();
    }

    // ── the timer ───────────────────────────────────────────────────────────────────────────────

    /** One tick: lets the next ones in, if it is time, and brings the view up to date. */
    public Mono<RoomView> tick() {
        boolean withFarLadder = ticks.getAndIncrement() % TICKS_PER_FAR_LADDER == 0;
        RoomView former = view.get();
        return store.admit(withFarLadder)
                .flatMap(this::seenOrMade)
                .flatMap(current -> handBackAfterLoss(former, current));
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
                            .thenMany(Flux.fromIterable(memory.departures().untold()))
                            .concatMap(end -> tell(end.getKey(), end.getValue()))
                            .then();
                });
    }

    /** Listens to the room's channel until it breaks. */
    public Mono<Void> listen() {
        return store.events().doOnNext(hearing::hear).then();
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

    private Mono<Standing> insider(Ticket ticket, RoomView current) {
        Optional<Standing> known = memory.verdict(ticket, current.now());
        if (known.isPresent() && isListening(current)) {
            return Mono.just(known.get());
        }
        return store.check(ticket)
                .doOnNext(standing -> memory.remember(ticket, standing))
                .onErrorResume(
                        LineUnavailable.class,
                        away -> known.map(Mono::just).orElse(Mono.error(away)));
    }

    private Mono<Standing> takeBack(Ticket ticket, RoomView current) {
        return store.restore(List.of(memory.vouchFor(ticket, current.now())))
                .doOnNext(_ -> memory.takenBack(ticket, current.epoch()))
                .then(Mono.defer(() -> store.check(ticket)))
                .doOnNext(standing -> memory.remember(ticket, standing))
                .onErrorResume(
                        LineUnavailable.class,
                        away ->
                                Mono.justOrEmpty(memory.verdict(ticket, current.now()))
                                        .switchIfEmpty(Mono.error(away)));
    }

    private Mono<Void> tell(Ticket ticket, EndReason reason) {
        return store.end(ticket, reason).doOnNext(_ -> memory.departures().told(ticket)).then();
    }

    private Mono<Void> touch(List<Sign> batch) {
        return store.touch(batch).doOnNext(ends -> memory.learn(batch, ends)).then();
    }

    private Mono<RoomView> seenOrMade(Reply reply) {
        return reply.isMissing() ? make().then(refresh()) : Mono.just(show(reply));
    }

    private Mono<RoomView> refresh() {
        return store.view(true).map(this::show);
    }

    /** The room is not there: it is new, or Redis has lost it. */
    private Mono<Long> make() {
        return store.seed(settings(), recovery.window(view.get() != null));
    }

    private Mono<RoomView> handBackAfterLoss(@Nullable RoomView former, RoomView current) {
        return former == null || former.epoch() == current.epoch()
                ? Mono.just(current)
                : Flux.fromIterable(memory.sessions().vouched())
                        .buffer(MOST_IN_ONE_CALL)
                        .concatMap(this::handBack)
                        .then(Mono.just(current));
    }

    private Mono<List<Standing>> handBack(List<Vouched> vouched) {
        return store.restore(vouched).doOnNext(standings -> memory.rememberAll(vouched, standings));
    }

    private RoomView show(Reply reply) {
        RoomView former = view.get();
        RoomView current = Replies.view(reply, former);
        view.set(current);
        memory.sessions().dropEnded(current.now());
        views.tryEmitNext(current);
        return current;
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
