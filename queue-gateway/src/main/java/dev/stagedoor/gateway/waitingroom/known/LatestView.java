package dev.stagedoor.gateway.waitingroom.known;

import dev.stagedoor.common.RoomId;
import dev.stagedoor.common.log.NowAndThen;
import dev.stagedoor.gateway.waitingroom.BadSetting;
import dev.stagedoor.gateway.waitingroom.Bans;
import dev.stagedoor.gateway.waitingroom.EndReason;
import dev.stagedoor.gateway.waitingroom.Life;
import dev.stagedoor.gateway.waitingroom.RedisState;
import dev.stagedoor.gateway.waitingroom.RoomSettings;
import dev.stagedoor.gateway.waitingroom.RoomView;
import dev.stagedoor.gateway.waitingroom.RoomView.Seen;
import dev.stagedoor.gateway.waitingroom.Standing;
import dev.stagedoor.gateway.waitingroom.redis.Reply;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Shows the room as it was at the last tick, and tells those who watch for the next one. With what
 * was heard since, it says where a ticket stands.
 */
public final class LatestView {

    private static final Logger LOG = LoggerFactory.getLogger(LatestView.class);

    private static final Duration TOLD_AGAIN_AFTER = Duration.ofSeconds(1);
    private static final Duration OVERTAKEN_BY_LESS = Duration.ofSeconds(1);

    private static final Scheduler TELLERS =
            Schedulers.newParallel("room-views", Runtime.getRuntime().availableProcessors(), true);

    private final RoomId id;
    private final RoomSettings initial;
    private final boolean configured;
    private final Duration viewLasts;
    private final AtomicReference<@Nullable RoomView> view = new AtomicReference<>();
    private final Sinks.Many<RoomView> views = Sinks.many().multicast().directBestEffort();
    private final Scheduler.Worker teller = TELLERS.createWorker();
    private final AtomicBoolean isTelling = new AtomicBoolean();
    private final NowAndThen complaints = new NowAndThen();
    private final NowAndThen steps = new NowAndThen();
    private volatile RedisState redis = RedisState.UP;
    private volatile long toldAt = System.nanoTime();

    /**
     * @param initial what holds before there is a view
     * @param configured whether these are the room's own, or just those of any
     */
    public LatestView(RoomId id, RoomSettings initial, boolean configured, Duration viewLasts) {
        this.id = id;
        this.initial = initial;
        this.configured = configured;
        this.viewLasts = viewLasts;
    }

    /** However old; null before the first. */
    public @Nullable RoomView last() {
        return view.get();
    }

    /** The same for those who know that there is one: where tickets stand is only told by it. */
    public RoomView seen() {
        return Objects.requireNonNull(view.get());
    }

    public Optional<RoomView> fresh() {
        return Optional.ofNullable(view.get()).filter(this::isFresh);
    }

    public boolean isFresh(RoomView current) {
        return !current.isOlderThan(viewLasts);
    }

    public Flux<RoomView> views() {
        return views.asFlux();
    }

    public RoomSettings settings() {
        RoomView last = view.get();
        return last == null ? initial : last.settings();
    }

    /** Whether these are the room's own settings. */
    public boolean isKnown() {
        return configured || view.get() != null;
    }

    public Life life() {
        RoomView last = view.get();
        return last == null ? Life.ANY : last.life();
    }

    public boolean isRestoring() {
        RoomView last = view.get();
        return last != null && last.restoring();
    }

    /** How Redis was at the last tick. */
    public RedisState redis() {
        return redis;
    }

    public void redisIs(RedisState now) {
        // At the brim it changes with every tick.
        if (now == RedisState.FULL && redis != now && complaints.isTime()) {
            LOG.error("{}: Redis is full: nobody can join until people leave", id);
        }
        redis = now;
    }

    public RoomView show(Reply reply) {
        RoomView former;
        RoomView current;
        do {
            former = view.get();
            current = reply.view(former, initial);
            if (former != null && isOvertaken(current, former)) {
                return former;
            }
        } while (!view.compareAndSet(former, current));
        complainOnce(former, current);
        if (former != null) {
            complainOfTheClock(Duration.between(former.now(), current.now()));
        }
        if (former != null && !former.life().equals(current.life())) {
            tellWhatIsNoMore(former, current);
        }
        tell();
        return current;
    }

    /** Replies come by several threads; by more than this it is the clock that went back. */
    private static boolean isOvertaken(RoomView view, RoomView newer) {
        Duration earlier = Duration.between(view.asOf(), newer.asOf());
        return earlier.isPositive()
                && earlier.compareTo(OVERTAKEN_BY_LESS) < 0
                && view.life().equals(newer.life());
    }

    private void complainOnce(@Nullable RoomView former, RoomView current) {
        RoomSettings settings = current.settings();
        if ((former == null || former.settings() != settings) && settings.cutsSessionsShort()) {
            LOG.warn("{}: max-session ends every visit before its session is over", id);
        }
        Optional<String> why = current.slip().map(BadSetting::getMessage);
        if (former == null || !former.slip().map(BadSetting::getMessage).equals(why)) {
            why.ifPresent(slip -> LOG.error("{}: a setting is not used: {}", id, slip));
        }
    }

    private void complainOfTheClock(Duration ahead) {
        if (ahead.abs().compareTo(KnownTickets.A_JUMP) > 0 && steps.isTime()) {
            LOG.warn(
                    "{}: the clock of Redis was put {} by {} s, or this gateway has stood still",
                    id,
                    ahead.isPositive() ? "forward" : "back",
                    ahead.abs().toSeconds());
        }
    }

    /** The server that keeps the room now may have it from an older file. */
    private void tellWhatIsNoMore(RoomView former, RoomView current) {
        Map<String, String> settings = former.settings().toFields();
        settings.entrySet().removeAll(current.settings().toFields().entrySet());
        Set<String> bans = banned(former, current.now());
        bans.removeAll(banned(current, current.now()));
        List<String> lost =
                Stream.concat(
                                settings.entrySet().stream().map(String::valueOf),
                                bans.stream().map(who -> "ban of " + who))
                        .toList();
        if (!lost.isEmpty()) {
            LOG.error(
                    "{}: another server keeps the room; in force no more, changed or lost: {}",
                    id,
                    lost);
        }
    }

    private static Set<String> banned(RoomView view, Instant now) {
        return view.bans().all().stream()
                .filter(ban -> ban.until().isAfter(now))
                .map(Bans.Ban::who)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /**
     * While there are no new views, whoever listens hears of the last one, as those who poll do.
     */
    public void tellAgain() {
        if (System.nanoTime() - toldAt > TOLD_AGAIN_AFTER.toNanos()) {
            tell();
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
                        toldAt = System.nanoTime();
                        fresh().ifPresent(views::tryEmitNext);
                    });
        }
    }

    /**
     * What this gateway knows of one ticket at one moment, and what follows from it: a table.
     *
     * @param seen what the last view tells of it; null as long as there is none
     * @param viewIsFresh whether that view is young enough to be told to anybody
     * @param end why the ticket is over, as far as was heard
     * @param mayBeLost whether Redis may have lost it, and it has not been restored since
     * @param isHeardOf whether more was heard of it than that it waits
     * @param inside the verdict that it is inside, if that lasts
     * @param verdictsHold whether a verdict that was revoked would have been heard of
     */
    public record Knowledge(
            @Nullable Seen seen,
            boolean viewIsFresh,
            @Nullable EndReason end,
            boolean mayBeLost,
            boolean isHeardOf,
            Standing.@Nullable Active inside,
            boolean verdictsHold) {

        /** Before there is a view. */
        public static final Knowledge NOTHING =
                new Knowledge(null, false, null, false, false, null, false);

        /** Where a ticket stands, or who has to be asked. */
        public enum Finding {
            IS_OVER,
            IS_INSIDE,
            WAITS,
            ASK_REDIS,
            RESTORE_FIRST,
            NO_VIEW
        }

        public Finding finding() {
            if (seen == null) {
                return Finding.NO_VIEW;
            }
            if (end != null) {
                return Finding.IS_OVER;
            }
            if (mayBeLost) {
                return Finding.RESTORE_FIRST;
            }
            if (waitsByTheView()) {
                return viewIsFresh ? Finding.WAITS : Finding.NO_VIEW;
            }
            return inside != null && verdictsHold ? Finding.IS_INSIDE : Finding.ASK_REDIS;
        }

        /**
         * Whether the view tells where it stands, and nothing that was heard since says otherwise.
         */
        public boolean waitsByTheView() {
            return seen == Seen.IN_LINE && !isHeardOf;
        }

        /**
         * When Redis was asked and did not answer. Who was let in before it went away stays inside.
         * Who came after the last view, when there was a line or no room, stands behind all that it
         * shows.
         */
        public Finding withoutRedis() {
            if (inside != null) {
                return Finding.IS_INSIDE;
            }
            boolean isLast = seen == Seen.BEHIND_ALL && !mayBeLost && !isHeardOf;
            return isLast && viewIsFresh ? Finding.WAITS : Finding.ASK_REDIS;
        }
    }
}
