package dev.stagedoor.gateway.waitingroom.redis;

import dev.stagedoor.common.RoomId;
import dev.stagedoor.common.UserId;
import dev.stagedoor.gateway.waitingroom.EndReason;
import dev.stagedoor.gateway.waitingroom.Joined;
import dev.stagedoor.gateway.waitingroom.Life;
import dev.stagedoor.gateway.waitingroom.LineUnavailable;
import dev.stagedoor.gateway.waitingroom.PollInterval;
import dev.stagedoor.gateway.waitingroom.RoomSettings;
import dev.stagedoor.gateway.waitingroom.RoomView;
import dev.stagedoor.gateway.waitingroom.Standing;
import dev.stagedoor.gateway.waitingroom.Ticket;
import dev.stagedoor.gateway.waitingroom.redis.OperatorStore.Difference;
import dev.stagedoor.gateway.waitingroom.redis.OperatorStore.Operator;
import dev.stagedoor.gateway.waitingroom.redis.RoomScripts.Keys;

import org.jspecify.annotations.Nullable;
import org.springframework.dao.DataAccessException;
import org.springframework.data.redis.core.ReactiveStringRedisTemplate;
import org.springframework.data.redis.serializer.RedisElementReader;
import org.springframework.data.redis.serializer.RedisElementWriter;
import org.springframework.data.redis.serializer.RedisSerializer;
import org.springframework.data.redis.serializer.StringRedisSerializer;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Timed;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** One room in Redis: a method per script, and from a reply to what it means. */
public final class LineStore {

    private static final Operator NOBODY = new Operator("", "");
    private static final int PAGES_IN_ONE_CALL = 64;

    /** In hundreds: a million are called in less than five minutes, with one call a second. */
    private static final String STRETCH_OF_LINE = "40";

    private static final RedisElementWriter<String> LATIN =
            RedisElementWriter.from(new StringRedisSerializer(StandardCharsets.ISO_8859_1));

    @SuppressWarnings({"unchecked", "rawtypes"}) // it reads what is in the list
    private static final RedisElementReader<List> AS_USUAL =
            (RedisElementReader) RedisElementReader.from(RedisSerializer.string());

    private static final String FIRST_SIGN =
            Long.toString(PollInterval.FIRST_SIGN_WITHIN.toMillis());

    /** Of what was too much for one; the next tick goes on. */
    private static final int MOST_CALLS_OF_A_TICK = 250;

    private static final int MOST_CALLS_OF_A_PATROL = 100;

    private static final String BEGIN = "0";
    private static final String GO_ON = "1";

    /**
     * Of its own: where timeouts take every other thread, all answers would come on the same one.
     */
    private static final Scheduler ANSWERS =
            Schedulers.newParallel("answers", Runtime.getRuntime().availableProcessors(), true);

    /** Between two calls that nobody waits for: Redis is for everybody. */
    private static final Duration A_BREATH = Duration.ofMillis(5);

    private final RoomId room;
    private final Keys keys;
    private final ReactiveStringRedisTemplate redis;
    private final Channels channels;
    private final CircuitBreaker breaker;
    private final Supplier<String> now;
    private final Duration enough;

    /**
     * @param now epoch ms for tests that move time; empty for the clock of Redis
     * @param enough for a tick, or a patrol: after that it makes no more calls
     */
    LineStore(
            RoomId room,
            ReactiveStringRedisTemplate redis,
            Channels channels,
            CircuitBreaker breaker,
            Supplier<String> now,
            Duration enough) {
        this.room = room;
        this.keys = new Keys(room);
        this.redis = redis;
        this.channels = channels;
        this.breaker = breaker;
        this.now = now;
        this.enough = enough;
    }

    public CircuitBreaker breaker() {
        return breaker;
    }

    // What is said of a single ticket is asked within a life of the room: in another one the call
    // fails.

    /** A user whose sign of life is to be taken down. */
    public record Sign(Ticket ticket, boolean active, long secondsAgo) {

        /** Given just now. */
        public Sign(Ticket ticket, boolean active) {
            this(ticket, active, 0);
        }
    }

    /**
     * Somebody who wants a place.
     *
     * @param only whoever shows nothing but a ticket gets the place that it names or none; null for
     *     whoever may have any
     */
    public record Comer(UserId user, @Nullable Ticket only) {

        private String word() {
            return only == null ? user.toString() : user + " " + only.sequence();
        }
    }

    /** Somebody to be restored: until when they are active, empty for those who waited. */
    public record Restorable(Ticket ticket, Optional<Instant> until) {}

    /**
     * A stretch of the line: who waits there, in their order.
     *
     * @param after behind which sequence
     * @param until up to which nobody else waits
     * @param toTheEnd whether nobody waits behind it
     */
    public record Stretch(long after, long until, List<Long> waiting, boolean toTheEnd) {}

    /**
     * @param notAfter by the clock of Redis: later than this nobody waits for the answer any more,
     *     and nobody is given a place
     */
    public Mono<List<Joined>> join(List<Comer> comers, long epoch, Instant notAfter) {
        List<String> arguments = new ArrayList<>(comers.size() + 2);
        arguments.add(Long.toString(notAfter.toEpochMilli()));
        arguments.add(FIRST_SIGN);
        comers.forEach(comer -> arguments.add(comer.word()));
        return breaker.guard(call(RoomScripts.JOIN, Life.ANY, arguments))
                .map(reply -> reply.joined(room, comers, epoch));
    }

    /** One tick, by as many calls as it takes. */
    public Mono<Reply> admit(boolean withFarLadder) {
        Mono<Reply> tick =
                admitSome(BEGIN)
                        .expand(reply -> reply.hasMore() ? admitSome(GO_ON) : Mono.empty())
                        .take(MOST_CALLS_OF_A_TICK)
                        .transform(this::untilItIsEnough)
                        .last()
                        .flatMap(reply -> reply.hasMore() ? view() : Mono.just(reply));
        return withFarLadder ? behindRungs(tick) : tick;
    }

    private Mono<Reply> admitSome(String goOn) {
        return run(RoomScripts.ADMIT, Life.ANY, List.of(FIRST_SIGN, goOn, "tick"));
    }

    public Mono<Reply> view(boolean withFarLadder) {
        return withFarLadder ? behindRungs(view()) : view();
    }

    private Mono<Reply> view() {
        return run(RoomScripts.VIEW, Life.ANY, List.of());
    }

    /** Measured by a call of its own, for no tick is to take longer than others. */
    private Mono<Reply> behindRungs(Mono<Reply> view) {
        return run(RoomScripts.RUNGS, Life.ANY, List.of())
                .flatMap(rungs -> view.map(reply -> reply.behind(rungs)));
    }

    /** Drops who has been silent for too long, by as many calls as it takes. */
    public Mono<Void> patrol() {
        return patrolSome(BEGIN)
                .expand(
                        reply ->
                                !reply.isMissing() && reply.number(1) == 1
                                        ? Mono.delay(A_BREATH).then(patrolSome(GO_ON))
                                        : Mono.empty())
                .take(MOST_CALLS_OF_A_PATROL)
                .transform(this::untilItIsEnough)
                .then();
    }

    /**
     * So many calls of a slow Redis would take minutes, and nobody would see the room meanwhile.
     */
    private Flux<Reply> untilItIsEnough(Flux<Reply> replies) {
        return replies.timed()
                .takeUntil(reply -> reply.elapsedSinceSubscription().compareTo(enough) > 0)
                .map(Timed::get);
    }

    private Mono<Reply> patrolSome(String goOn) {
        return run(RoomScripts.PATROL, Life.ANY, List.of(FIRST_SIGN, goOn));
    }

    /** For each sign the end of the session, 0 for one who waits, -1 for one who is gone. */
    public Mono<List<Long>> touch(List<Sign> signs, Life life) {
        List<String> arguments = new ArrayList<>(3 * signs.size());
        for (Sign sign : signs) {
            String what = sign.active() ? "active" : Long.toString(sign.secondsAgo());
            arguments.addAll(arguments(sign.ticket(), what));
        }
        return run(RoomScripts.TOUCH, life, arguments).map(Reply::ends);
    }

    public Mono<List<Standing>> check(List<Ticket> tickets, Life life) {
        List<String> arguments = new ArrayList<>(2 * tickets.size());
        tickets.forEach(ticket -> arguments.addAll(arguments(ticket)));
        return run(RoomScripts.CHECK, life, arguments).map(Reply::standings);
    }

    /** Whether there was something to end. */
    public Mono<Boolean> end(Ticket ticket, EndReason reason) {
        return run(RoomScripts.END, Life.ANY, arguments(ticket, reason.word()))
                .map(reply -> reply.present().contains("ended"));
    }

    public Mono<Standing> extend(Ticket ticket, Duration by, Life life) {
        return run(RoomScripts.EXTEND, life, arguments(ticket, Long.toString(by.toMillis())))
                .map(Reply::standing);
    }

    /**
     * Makes the room if it is missing.
     *
     * @param former the last view of the epoch before, if this gateway has one
     */
    public Mono<Void> seed(RoomSettings settings, Duration recovery, Optional<RoomView> former) {
        return settings(
                        "seed",
                        Long.toString(recovery.toMillis()),
                        NOBODY,
                        former.map(RoomView::forNextEpoch).orElse(""),
                        settings.toFields())
                .then();
    }

    /** Whether the room was missing, and has been made by somebody. */
    public Mono<Boolean> make(RoomSettings settings, Operator by) {
        return settings("seed", "0", by, "", settings.toFields())
                .map(reply -> reply.word(0).equals("made"));
    }

    /** What is different now; empty if the room is not the one that was looked at any more. */
    public Mono<List<Difference>> change(Map<String, String> fields, String revision, Operator by) {
        return settings("change", revision, by, "", fields).flatMap(OperatorStore::differences);
    }

    /** The hash of the room: settings in force, and how it stands. */
    public Mono<Map<String, String>> fields() {
        return view(false).doOnNext(Reply::present).map(Reply::fields);
    }

    /** What operators ask of the same room. */
    public OperatorStore forOperators() {
        return new OperatorStore(this, keys, redis);
    }

    /** Empty of whom a gateway may be about to tell more. */
    public Mono<List<Optional<Standing>>> restore(List<Restorable> tickets, Life life) {
        List<String> arguments = new ArrayList<>(3 * tickets.size());
        for (Restorable one : tickets) {
            long until = one.until().map(Instant::toEpochMilli).orElse(0L);
            arguments.addAll(arguments(one.ticket(), Long.toString(until)));
        }
        return run(RoomScripts.RESTORE, life, arguments).map(Reply::restored);
    }

    public Mono<Stretch> callTheRoll(long after, Life life) {
        List<String> arguments = List.of(Long.toString(after), STRETCH_OF_LINE);
        return run(RoomScripts.ROLL, life, arguments).map(reply -> reply.stretch(after));
    }

    /**
     * After a loss: who waited when this gateway called the roll. Every gateway tells its own.
     *
     * @param pages bits, a byte per character
     * @param until up to where it had called it
     */
    public Mono<Void> tellHeard(Map<Long, String> pages, long until) {
        return Flux.fromIterable(pages.entrySet())
                .buffer(PAGES_IN_ONE_CALL)
                .concatMap(some -> tellHeard(some, 0))
                .then(tellHeard(List.of(), until))
                .then();
    }

    private Mono<Reply> tellHeard(List<Map.Entry<Long, String>> pages, long until) {
        List<String> arguments = new ArrayList<>(2 * pages.size() + 2);
        arguments.add(now.get() + " " + Life.ANY.word());
        arguments.add(Long.toString(until));
        pages.forEach(page -> arguments.addAll(List.of(page.getKey().toString(), page.getValue())));
        return ask(redis.execute(
                                RoomScripts.HEARD.script(),
                                keys.forScripts(),
                                arguments,
                                LATIN,
                                AS_USUAL)
                        .next())
                .map(Reply::new);
    }

    /** What is said on the room's channel, from now on. */
    public Flux<String> events() {
        return breaker.listen(channels.of(keys.events()))
                .onErrorMap(DataAccessException.class, _ -> new LineUnavailable("no channel"));
    }

    private Mono<Reply> settings(
            String act,
            String recoveryOrRevision,
            Operator by,
            String former,
            Map<String, String> fields) {
        List<String> arguments =
                new ArrayList<>(List.of(act, recoveryOrRevision, by.name(), by.address(), former));
        fields.forEach((name, value) -> arguments.addAll(List.of(name, value)));
        return run(RoomScripts.SETTINGS, Life.ANY, arguments);
    }

    static List<String> arguments(Ticket ticket, String... more) {
        List<String> arguments = new ArrayList<>(2 + more.length);
        arguments.add(ticket.user().toString());
        arguments.add(Long.toString(ticket.sequence()));
        arguments.addAll(List.of(more));
        return arguments;
    }

    Mono<Reply> run(RoomScripts script, Life life, Collection<String> arguments) {
        return ask(call(script, life, arguments));
    }

    private Mono<Reply> call(RoomScripts script, Life life, Collection<String> arguments) {
        List<String> all = new ArrayList<>(arguments.size() + 1);
        all.add(now.get() + " " + life.word());
        all.addAll(arguments);
        return redis.execute(script.script(), keys.forScripts(), all).next().map(Reply::new);
    }

    /**
     * The reply comes in on the one thread that reads the connection: from here on the work goes on
     * elsewhere, or everything behind would share that thread. Joins alone are read there, for they
     * know where they go on.
     */
    <T> Mono<T> ask(Mono<T> call) {
        return breaker.guard(call.publishOn(ANSWERS));
    }
}
