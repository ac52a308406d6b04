package dev.stagedoor.gateway.waitingroom.known;

import dev.stagedoor.common.RoomId;
import dev.stagedoor.common.UserId;
import dev.stagedoor.gateway.waitingroom.EndReason;
import dev.stagedoor.gateway.waitingroom.Joined;
import dev.stagedoor.gateway.waitingroom.Life;
import dev.stagedoor.gateway.waitingroom.RoomView;
import dev.stagedoor.gateway.waitingroom.Standing;
import dev.stagedoor.gateway.waitingroom.Ticket;
import dev.stagedoor.gateway.waitingroom.known.LatestView.Knowledge;
import dev.stagedoor.gateway.waitingroom.known.Memory.Position;
import dev.stagedoor.gateway.waitingroom.redis.LineStore.Restorable;
import dev.stagedoor.gateway.waitingroom.redis.LineStore.Sign;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;

/**
 * What this gateway knows of the single tickets of a room without asking Redis: verdicts on those
 * inside, who is over, who was heard of since Redis was last told, and who was restored after a
 * loss. A write-behind cache: signs of life and ends are written to Redis later, or again.
 *
 * <p>It hears on the room's channel what makes a verdict void (cache invalidation), and knows
 * whether it has missed anything: every tick tells how many ends have been announced so far.
 *
 * <p>All rooms have one {@link Memory} together: where that is small less is remembered, and Redis
 * is asked more often.
 */
public final class KnownTickets {

    /** By more than this the clock of Redis is put; by less it may be that we were slow. */
    static final Duration A_JUMP = Duration.ofSeconds(10);

    /** Without one that was heard, no verdict is trusted. */
    private static final int SILENT_TICKS = 3;

    /**
     * On each user inside. Where the mode is OPEN they may be any number: there is room for those
     * whom the capacity allows, and for more as long as all rooms have some left.
     */
    private final Map<UserId, Verdict> verdicts = new ConcurrentHashMap<>();

    private volatile long capacity;

    /** Decided here, and Redis does not know. */
    private final Map<Ticket, EndReason> untold = new ConcurrentHashMap<>();

    private final RoomId room;
    private final Memory memory;
    private final BooleanSupplier redisAnswers;
    private final Signs signs;

    private volatile Heard heard = new Heard(0);
    private volatile long bytesOfHeard;

    private volatile long tickHeardAt = System.nanoTime() - Duration.ofDays(1).toNanos();
    private final AtomicReference<@Nullable RoomView> seenLast = new AtomicReference<>();
    private final AtomicReference<@Nullable String> lifeOnAir = new AtomicReference<>();
    private final AtomicLong endsOnAir = new AtomicLong();

    /**
     * @param redisAnswers whether it has when it was asked last
     */
    public KnownTickets(RoomId room, Memory memory, BooleanSupplier redisAnswers) {
        this.room = room;
        this.memory = memory;
        this.redisAnswers = redisAnswers;
        this.signs = new Signs(System::nanoTime, memory.signs);
        sharesMemoryAmong(1);
    }

    /** Who was heard of here. */
    public Signs signs() {
        return signs;
    }

    /** Who waits, by what Redis has said of them in this epoch. */
    public Heard heard() {
        return heard;
    }

    /** What was heard is told; in another epoch others wait. */
    public void hearAnew() {
        heard = new Heard(bytesOfHeard);
    }

    /** What is not noted of who waits costs nobody the place: of that each has its share. */
    public void sharesMemoryAmong(int rooms) {
        bytesOfHeard = Runtime.getRuntime().maxMemory() / 64 / rooms;
        heard.bindTo(bytesOfHeard);
    }

    private record Verdict(Ticket ticket, Standing.Active standing) {

        Standing.@Nullable Active lastingAt(Instant now) {
            return standing.until().isAfter(now) ? standing : null;
        }

        Verdict earlierBy(Duration time) {
            return new Verdict(ticket, new Standing.Active(standing.until().minus(time)));
        }
    }

    private Position position(Ticket ticket) {
        return new Position(room, ticket.user(), ticket.sequence());
    }

    // ── what Redis says ─────────────────────────────────────────────────────────────────────────

    public void remember(Ticket ticket, Standing standing) {
        switch (standing) {
            case Standing.Active active -> {
                foundAgain(ticket);
                letIn(ticket, active);
            }
            case Standing.Waiting _ -> {
                foundAgain(ticket);
                forgetVerdict(ticket.user(), ticket.sequence());
                heard.of(ticket.sequence());
                signs.ofWaiting(ticket);
            }
            case Standing.Ended(EndReason reason) ->
                    ended(ticket.user(), ticket.sequence(), reason);
        }
    }

    /**
     * Of a place in the line the view tells; one that has just been taken is no sign of life yet.
     */
    public void remember(Joined joined) {
        if (joined instanceof Joined.Placed(Ticket ticket, Standing.Active inside, _)) {
            letIn(ticket, inside);
        } else if (joined instanceof Joined.Placed(Ticket ticket, _, boolean fresh) && !fresh) {
            signs.ofWaiting(ticket);
        }
    }

    /**
     * An answer of Redis may come later than the news that the ticket is over. Ends are written
     * down before verdicts are forgotten, and looked for after they are put: one of both sees it.
     */
    private void letIn(Ticket ticket, Standing.Active standing) {
        Verdict verdict = new Verdict(ticket, standing);
        if (verdicts.size() >= capacity && memory.verdicts.isReached()) {
            verdicts.replace(ticket.user(), verdict);
        } else if (verdicts.put(ticket.user(), verdict) == null) {
            memory.verdicts.holds(1);
        }
        if (end(ticket) != null) {
            forgetVerdict(ticket.user(), ticket.sequence());
        }
    }

    public void ended(UserId user, long sequence, EndReason reason) {
        memory.ends.put(new Position(room, user, sequence), Optional.of(reason));
        forgetVerdict(user, sequence);
    }

    /** As the room was seen last: sessions are over, or there is room for more. */
    public void goesBy(RoomView view) {
        RoomView before = seenLast.getAndSet(view);
        if (before != null) {
            putBack(Duration.between(view.now(), before.now()), before.life().equals(view.life()));
        }
        capacity = view.settings().capacity();
        signs.goesBy(view.now(), view.settings().idleTimeout());
        forgetVerdictsIf(verdict -> verdict.lastingAt(view.now()) == null);
    }

    /**
     * Where the clock of Redis is put back, sessions end as much earlier, as they do there. Where a
     * server takes over whose clock is ahead, as much later: so it is told when they are restored.
     */
    private void putBack(Duration by, boolean isSameLife) {
        if (by.abs().compareTo(A_JUMP) > 0 && (by.isPositive() || !isSameLife)) {
            verdicts.replaceAll((_, verdict) -> verdict.earlierBy(by));
        }
    }

    // ── what the channel says ───────────────────────────────────────────────────────────────────

    /** Whether a verdict that was revoked would have been heard of. */
    boolean hearsEnds(Duration interval) {
        return redisAnswers.getAsBoolean()
                && System.nanoTime() - tickHeardAt < SILENT_TICKS * interval.toNanos();
    }

    /** Another number after every tick that was heard. */
    public long lastTick() {
        return tickHeardAt;
    }

    /**
     * {@code tick <life> <ends>}, {@code ended <user> <sequence> <reason>}, or {@code cleared},
     * when many who waited are over.
     */
    public void hear(String message) {
        String[] words = message.split(" ");
        if (words.length == 3 && words[0].equals("tick")) {
            ticked(words[1], Long.parseLong(words[2]));
        } else if (message.equals("cleared")) {
            signs.tellNextOnesAtOnce();
        } else if (words.length == 4 && words[0].equals("ended")) {
            endsOnAir.incrementAndGet();
            EndReason reason = EndReason.of(words[3]);
            UserId.parse(words[1]).ifPresent(user -> ended(user, Long.parseLong(words[2]), reason));
        }
    }

    /**
     * Whoever has missed an end cannot tell which: no verdict of before is trusted any more. In a
     * new life of the room the count begins anew; then what is known here is just what has to be
     * restored.
     */
    private void ticked(String life, long announced) {
        String formerLife = lifeOnAir.getAndSet(life);
        boolean asCounted = endsOnAir.getAndSet(announced) == announced;
        if (formerLife == null || formerLife.equals(life) && !asCounted) {
            forgetVerdictsIf(_ -> true);
            signs.tellNextOnesAtOnce();
        }
        tickHeardAt = System.nanoTime();
    }

    // ── what is known ───────────────────────────────────────────────────────────────────────────

    /**
     * @param viewIsFresh whether it may be told to anybody
     */
    public Knowledge of(Ticket ticket, RoomView view, boolean viewIsFresh) {
        Optional<EndReason> end = memory.ends.getIfPresent(position(ticket));
        Verdict verdict = verdict(ticket);
        return new Knowledge(
                view.seen(ticket.sequence()),
                viewIsFresh,
                end == null ? null : end.orElse(null),
                mayBeLost(ticket, view),
                end != null || verdict != null,
                verdict == null ? null : verdict.lastingAt(view.now()),
                verdict != null && (view.restoring() || hearsEnds(view.settings().interval())));
    }

    /** Whether a ticket dates from before a loss, and has not been restored since. */
    public boolean mayBeLost(Ticket ticket, RoomView current) {
        return current.mayHaveLost(ticket)
                && !current.life().equals(memory.restored.getIfPresent(ticket));
    }

    /** Whether a ticket is over, and Redis has been told so. */
    public boolean isToldOver(Ticket ticket) {
        return end(ticket) != null && !untold.containsKey(ticket);
    }

    public @Nullable EndReason end(Ticket ticket) {
        Optional<EndReason> heard = memory.ends.getIfPresent(position(ticket));
        return heard == null ? null : heard.orElse(null);
    }

    /** The verdict on somebody inside, while it lasts. */
    public Standing.@Nullable Active inside(Ticket ticket, Instant now) {
        Verdict verdict = verdict(ticket);
        return verdict == null ? null : verdict.lastingAt(now);
    }

    // ── what Redis is told later ────────────────────────────────────────────────────────────────

    /**
     * What became of signs of life: the end of the session, 0 for one who waits, -1 for one who is
     * gone: if it was of one who waited, perhaps inside.
     *
     * @param restoring whether somebody inside may be gone only because it was lost
     */
    public void learn(List<Sign> batch, List<Long> until, boolean restoring) {
        for (int i = 0; i < batch.size(); i++) {
            Ticket ticket = batch.get(i).ticket();
            boolean mayBeInside = restoring || !batch.get(i).active();
            long end = until.get(i);
            if (end == 0) {
                heard.of(ticket.sequence());
            } else if (end > 0) {
                letIn(ticket, new Standing.Active(Instant.ofEpochMilli(end)));
            } else if (end < 0 && !(mayBeInside && verdict(ticket) != null)) {
                gone(ticket);
            }
        }
    }

    /** From where it was known to be: what became of it, only Redis knows. */
    public void gone(Ticket ticket) {
        forgetVerdict(ticket.user(), ticket.sequence());
        memory.ends.asMap().putIfAbsent(position(ticket), Optional.empty());
    }

    /** Ends a ticket here. Why it is over: the first reason stays, and is the one to be told. */
    public EndReason endHere(Ticket ticket, EndReason reason) {
        EndReason first =
                memory.ends
                        .asMap()
                        .merge(
                                position(ticket),
                                Optional.of(reason),
                                (known, now) -> known.isPresent() ? known : now)
                        .orElse(reason);
        tellLater(ticket, first);
        forgetVerdict(ticket.user(), ticket.sequence());
        return first;
    }

    /** Where there is no room for it, it is not over here: it would be taken for told. */
    private void tellLater(Ticket ticket, EndReason reason) {
        if (memory.untold.isReached() && !untold.containsKey(ticket)) {
            memory.ends.invalidate(position(ticket));
        } else if (untold.put(ticket, reason) == null) {
            memory.untold.holds(1);
        }
    }

    public List<Map.Entry<Ticket, EndReason>> untoldEnds() {
        return List.copyOf(untold.entrySet());
    }

    public void told(Ticket ticket, EndReason reason) {
        if (untold.remove(ticket) != null) {
            memory.untold.holds(-1);
        }
        memory.toldLately.put(ticket, reason);
    }

    /** After a loss. */
    public void forgetWhatWasToldLately() {
        memory.toldLately.asMap().entrySet().stream()
                .filter(told -> told.getKey().room().equals(room))
                .forEach(told -> tellLater(told.getKey(), told.getValue()));
        signs.tellNextOnesAtOnce();
    }

    // ── what is restored ────────────────────────────────────────────────────────────────────────

    public Restorable restorable(Ticket ticket, Instant now) {
        Standing.Active inside = inside(ticket, now);
        return new Restorable(ticket, Optional.ofNullable(inside).map(Standing.Active::until));
    }

    public List<Restorable> allInside() {
        return verdicts.values().stream()
                .map(
                        verdict ->
                                new Restorable(
                                        verdict.ticket(), Optional.of(verdict.standing().until())))
                .toList();
    }

    public void restored(Ticket ticket, Life life) {
        memory.restored.put(ticket, life);
    }

    // ── steps ───────────────────────────────────────────────────────────────────────────────────

    private @Nullable Verdict verdict(Ticket ticket) {
        Verdict verdict = verdicts.get(ticket.user());
        return verdict != null && verdict.ticket().sequence() == ticket.sequence() ? verdict : null;
    }

    private void forgetVerdict(UserId user, long sequence) {
        forgetVerdictIf(user, verdict -> verdict.ticket().sequence() == sequence);
    }

    private void forgetVerdictsIf(Predicate<Verdict> isVoid) {
        verdicts.forEach(
                (user, verdict) -> {
                    if (isVoid.test(verdict)) {
                        forgetVerdictIf(user, isVoid);
                    }
                });
    }

    private void forgetVerdictIf(UserId user, Predicate<Verdict> isVoid) {
        verdicts.computeIfPresent(
                user,
                (_, verdict) -> {
                    if (!isVoid.test(verdict)) {
                        return verdict;
                    }
                    memory.verdicts.holds(-1);
                    return null;
                });
    }

    private void foundAgain(Ticket ticket) {
        memory.ends.asMap().remove(position(ticket), Optional.empty());
    }
}
