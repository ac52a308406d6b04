package dev.stagedoor.gateway.waitingroom.simulation;

import dev.stagedoor.gateway.waitingroom.Bans;
import dev.stagedoor.gateway.waitingroom.Life;
import dev.stagedoor.gateway.waitingroom.PollInterval;
import dev.stagedoor.gateway.waitingroom.RoomSettings;
import dev.stagedoor.gateway.waitingroom.RoomView;
import dev.stagedoor.gateway.waitingroom.RoomView.Ladder;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntConsumer;

/**
 * What the scripts do to a room, with arrays in place of Redis: join, touch, admit, patrol, end,
 * restore, and what a server does that takes the room over. Places are numbered from 0 in the order
 * of their sequences. All times are epoch ms.
 */
class SimulatedLine {

    static final byte ABSENT = 0;
    static final byte WAITING = 1;
    static final byte ACTIVE = 2;
    static final byte ENDED = 3;

    static final int DENSE = 1_000;
    private static final int HANDOVER = 3_000;
    private static final int LOST_FOR = 1_800_000;
    private static final int NEVER_LOST = 1_000_000;
    private static final int GRACE = 60_000;
    private static final int LATE = 10_000;
    private static final long NEVER = Long.MAX_VALUE;

    final RoomSettings settings;
    private final long epoch;

    private Standings standings;
    private long[] until;
    private int[] signs;
    private boolean[] used;
    private long[] quiet;
    private Marks marks = new Marks();
    private LastMinute admitted = new LastMinute();
    private int places;
    private int firstInside;
    private int lastInside = -1;
    private long lastTick = NEVER;
    private long nextTick;
    private long gracefulUntil;
    private long term;
    private Numbers numbers;
    private long newestKnown;
    private long takenOverAt;

    SimulatedLine(RoomSettings settings, long epoch, int mostPlaces) {
        this.settings = settings;
        this.epoch = epoch;
        this.numbers = Numbers.of(epoch);
        this.standings = new Standings(mostPlaces);
        this.until = new long[mostPlaces];
        this.signs = new int[mostPlaces];
        this.used = new boolean[mostPlaces];
        this.quiet = new long[mostPlaces / Numbers.BLOCK + 5];
        Arrays.fill(quiet, NEVER);
    }

    // ── blocks and ranks ────────────────────────────────────────────────────────────────────────

    long sequence(int place) {
        return numbers.sequence(place);
    }

    private void go(int place, byte standing) {
        standings.go(place, standing);
        signs[place] = 0;
    }

    private int firstWaiting() {
        return standings.firstWaiting(places);
    }

    /** How many wait in front of a place. */
    long rank(int place) {
        return standings.rank(place);
    }

    // ── what everybody can see ──────────────────────────────────────────────────────────────────

    byte standing(int place) {
        return standings.of(place);
    }

    long until(int place) {
        return until[place];
    }

    int places() {
        return places;
    }

    long waiting() {
        return standings.waiting();
    }

    long active() {
        return standings.active();
    }

    /** Counted one by one. */
    long countInside() {
        long inside = 0;
        for (int place = firstInside; place <= lastInside; place++) {
            inside += standings.of(place) == ACTIVE ? 1 : 0;
        }
        return inside;
    }

    Life life() {
        return new Life(epoch, term);
    }

    long nextTick() {
        return nextTick;
    }

    /**
     * @param former whose rungs are kept; null to measure new ones
     */
    RoomView view(long now, @Nullable Ladder former) {
        long[] head = new long[(int) Math.min(DENSE, standings.waiting())];
        int place = firstWaiting();
        for (int i = 0; i < head.length; place++) {
            if (standings.isWaiting(place)) {
                head[i++] = sequence(place);
            }
        }
        Ladder ladder =
                former == null ? new Rungs(numbers, standings).ladder(head) : former.withHead(head);
        long newest = sequence(places) - 1;
        RoomView.Line line =
                new RoomView.Line(
                        lastInside < 0 ? 0 : sequence(lastInside),
                        newest,
                        standings.waiting(),
                        Optional.empty(),
                        ladder,
                        RoomView.Before.UNKNOWN);
        boolean isYoung = term > 0 && now < takenOverAt + LOST_FOR;
        RoomView.Lost lost =
                isYoung ? new RoomView.Lost(newestKnown, numbers.jump()) : RoomView.Lost.NOTHING;
        boolean restoring = isHandedOver(now);
        return new RoomView(
                settings,
                Map.of(),
                Optional.empty(),
                life(),
                RoomView.Moment.of(
                        Instant.ofEpochMilli(now), Instant.ofEpochMilli(nextTick), false),
                new RoomView.Loss(restoring, restoring, lost),
                line,
                standings.active(),
                admitted.count(now),
                false,
                Bans.NONE,
                Map.of());
    }

    // ── acts ────────────────────────────────────────────────────────────────────────────────────

    /** Of somebody new: the place, which may be a turn at once. */
    int join(int gateway, long now) {
        boolean goesIn = standings.waiting() == 0 && vacancies(gateway, now) > 0;
        int place = places++;
        marks.joined(place, now);
        if (goesIn) {
            letIn(place, now);
        } else {
            standings.come(place);
            int block = numbers.block(place);
            quiet[block] =
                    quiet[block] == NEVER ? marks.last() + firstSign() - idle() : quiet[block];
        }
        return place;
    }

    /** End of the session, 0 for one who waits, -1 for one who is not there. */
    long touch(int place, boolean inside, long now) {
        if (!inside) {
            if (!standings.isWaiting(place)) {
                return -1;
            }
            signs[place] = seconds(now);
            return 0;
        }
        if (standings.of(place) != ACTIVE || until[place] <= now) {
            return -1;
        }
        if (!used[place] || settings.sessionSliding()) {
            used[place] = true;
            until[place] = Math.max(until[place], now + settings.session().toMillis());
        }
        return until[place];
    }

    /**
     * @return whether it was time for a tick
     */
    boolean admit(int gateway, long now, IntConsumer letIn) {
        if (!isDue(gateway, now)) {
            return false;
        }
        long interval = settings.interval().toMillis();
        if (isTickLate(now)) {
            gracefulUntil = now + GRACE;
            admitted = admitted.later(now - lastTick - interval);
        }
        dropThoseWhoHaveRunOut(now);
        long next = (nextTick == 0 ? now : nextTick) + interval;
        nextTick = Math.min(Math.max(next, now + interval * 9 / 10), now + interval);
        lastTick = now;
        admitFromTheHead(Math.min(settings.batch(), vacancies(gateway, now)), now, letIn);
        marks.forgetBefore(firstWaiting());
        return true;
    }

    boolean isDue(int gateway, long now) {
        long interval = settings.interval().toMillis();
        long since = now - lastTick;
        return lastTick == NEVER
                || since >= interval
                || now >= nextTick && since >= interval * 9 / 10;
    }

    /** How many more may come in now, by capacity and by rate. */
    long vacancies(int gateway, long now) {
        if (isHandedOver(now) || isTickLate(now)) {
            return 0;
        }
        long free = settings.capacity() - standings.active();
        if (settings.perMinute() > 0) {
            free = Math.min(free, settings.perMinute() - admitted.count(now));
        }
        return Math.max(0, free);
    }

    private boolean isTickLate(long now) {
        return lastTick != NEVER && now - lastTick > settings.interval().toMillis() + LATE;
    }

    private boolean isHandedOver(long now) {
        return term > 0 && now < takenOverAt + HANDOVER;
    }

    private void letIn(int place, long now) {
        used[place] = false;
        enter(place, now + settings.claimTimeout().toMillis(), now);
    }

    private void enter(int place, long end, long now) {
        go(place, ACTIVE);
        until[place] = end;
        firstInside = Math.min(firstInside, place);
        lastInside = Math.max(lastInside, place);
        admitted.add(now);
    }

    private void dropThoseWhoHaveRunOut(long now) {
        boolean allOver = true;
        for (int place = firstInside; place <= lastInside; place++) {
            if (standings.of(place) == ACTIVE && until[place] <= now) {
                go(place, ENDED);
            }
            allOver &= standings.of(place) != ACTIVE;
            firstInside = allOver ? place + 1 : firstInside;
        }
    }

    private long idle() {
        return settings.idleTimeout().toMillis();
    }

    /** By a mark, which is up to a second older than the join. */
    private static long firstSign() {
        return PollInterval.FIRST_SIGN_WITHIN.toMillis() + 1_000;
    }

    private static int seconds(long now) {
        return (int) Math.ceilDiv(now, 1000);
    }

    private void admitFromTheHead(long wanted, long now, IntConsumer letIn) {
        long present = 0;
        int from = firstWaiting();
        while (present < wanted && from < places) {
            int block = numbers.block(from);
            present += clearOut(block, now);
            from = numbers.endOf(block, places);
            while (from < places && !standings.isWaiting(from)) {
                from++;
            }
        }
        for (long i = Math.min(present, wanted); i > 0; i--) {
            int place = next();
            letIn(place, now);
            letIn.accept(place);
        }
    }

    /** Whose turn is next. */
    int next() {
        return firstWaiting();
    }

    void patrol(long now) {
        if (!isGraceful(now)) {
            for (int block = 0; block <= numbers.block(Math.max(0, places - 1)); block++) {
                if (quiet[block] <= now - idle()) {
                    clearOut(block, now);
                }
            }
        }
    }

    private boolean isGraceful(long now) {
        return isHandedOver(now) || gracefulUntil > now;
    }

    private int clearOut(int block, long now) {
        int from = numbers.firstOf(block);
        int end = numbers.endOf(block, places);
        int here = 0;
        int seen = 0;
        long oldest = NEVER;
        for (int i = from; i < end; i++) {
            if (standings.isWaiting(i)) {
                here++;
                seen += signs[i] > 0 ? 1 : 0;
                oldest = signs[i] > 0 ? Math.min(oldest, signs[i] * 1000L) : oldest;
            }
        }
        if (here == 0) {
            quiet[block] = NEVER;
            return 0;
        }
        long next = Math.floorDiv(now, 1000) * 1000 + 1000;
        long silentSince = 0;
        int strangersBefore = 0;
        long strangerSince = next - 1000;
        if (!isGraceful(now)) {
            silentSince = now - idle();
            int mark = marks.firstAfter(now - firstSign());
            strangersBefore = marks.place(mark);
            strangerSince = marks.at(mark, now) + firstSign() - idle();
            if (term > 0 && now < takenOverAt + idle() / 2) {
                strangersBefore = 0;
                strangerSince = takenOverAt - idle() / 2;
            }
        }
        if ((seen == 0 || oldest > silentSince) && (seen == here || from >= strangersBefore)) {
            long strangers = seen < here ? strangerSince : NEVER;
            quiet[block] = Math.min(Math.min(oldest, strangers), next);
            return here;
        }
        long bound = next;
        int left = 0;
        for (int i = from; i < end; i++) {
            if (standings.isWaiting(i)) {
                boolean isSilent =
                        signs[i] > 0 ? signs[i] * 1000L <= silentSince : i < strangersBefore;
                if (isSilent) {
                    go(i, ENDED);
                } else {
                    left++;
                    bound = Math.min(bound, signs[i] > 0 ? signs[i] * 1000L : strangerSince);
                }
            }
        }
        quiet[block] = left == 0 ? NEVER : bound;
        return left;
    }

    /** Of those inside, or in line. */
    void end(int place) {
        go(place, ENDED);
    }

    /** What a gateway knows of somebody: until when they are inside, 0 if they wait. */
    void restore(int place, long insideUntil, long now) {
        if (standings.of(place) == ENDED) {
            return;
        }
        if (standings.of(place) == ACTIVE) {
            until[place] = Math.max(until[place], insideUntil);
        } else if (insideUntil > now && standings.active() < settings.capacity()) {
            enter(place, insideUntil, now);
        } else if (insideUntil == 0 || insideUntil > now) {
            if (standings.of(place) == ABSENT) {
                standings.come(place);
                int block = numbers.block(place);
                quiet[block] = quiet[block] == NEVER ? now / 1000 * 1000 : quiet[block];
            }
            signs[place] = seconds(now);
        }
    }

    /** As a replica has it that is not behind. */
    SimulatedLine copy() {
        SimulatedLine copy = new SimulatedLine(settings, epoch, 0);
        copy.take(this);
        return copy;
    }

    private void take(SimulatedLine other) {
        standings = other.standings.copy();
        until = other.until.clone();
        signs = other.signs.clone();
        used = other.used.clone();
        quiet = other.quiet.clone();
        marks = other.marks.copy();
        admitted = other.admitted.copy();
        places = other.places;
        firstInside = other.firstInside;
        lastInside = other.lastInside;
        lastTick = other.lastTick;
        nextTick = other.nextTick;
        gracefulUntil = other.gracefulUntil;
        term = other.term;
        numbers = other.numbers;
        newestKnown = other.newestKnown;
        takenOverAt = other.takenOverAt;
    }

    /**
     * A replica takes over, with what it has; of the places that were given out since then only
     * those know who hold them.
     */
    void isTakenOverBy(SimulatedLine replica, long now) {
        int given = places;
        take(replica);
        long newest = sequence(places) - 1;
        places = given;
        long jump = Math.max(now * 1000, newest + NEVER_LOST);
        numbers = numbers.from(given, jump);
        newestKnown = newest;
        takenOverAt = now;
        for (int place = firstInside; place <= lastInside; place++) {
            until[place] = Math.max(until[place], now + HANDOVER);
        }
        term++;
    }
}
