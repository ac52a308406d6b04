package dev.stagedoor.gateway.waitingroom.simulation;

import dev.stagedoor.gateway.waitingroom.Bans;
import dev.stagedoor.gateway.waitingroom.Life;
import dev.stagedoor.gateway.waitingroom.PollInterval;
import dev.stagedoor.gateway.waitingroom.RoomSettings;
import dev.stagedoor.gateway.waitingroom.RoomView;
import dev.stagedoor.gateway.waitingroom.RoomView.Ladder;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
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

    private static final int BLOCK = 100;
    private static final int CROWD = 256;
    private static final int DENSE = 1_000;
    private static final int HANDOVER = 3_000;
    private static final int LOST_FOR = 1_800_000;
    private static final int NEVER_LOST = 1_000_000;
    private static final int GRACE = 60_000;
    private static final int LATE = 10_000;
    private static final int WINDOW = 60;
    private static final long NEVER = Long.MAX_VALUE;

    final RoomSettings settings;
    private final long epoch;

    private byte[] standings;
    private long[] until;
    private int[] signs;
    private boolean[] used;
    private long[] quiet;
    private int[] crowds;
    private long[] marks = new long[1 << 13];
    private int[] marked = new int[1 << 13];
    private int markCount;
    private int firstMark;
    private long[] admittedIn = new long[2 * WINDOW];
    private long[] secondOf = new long[2 * WINDOW];
    private int places;
    private int first;
    private int firstInside;
    private int lastInside = -1;
    private long waiting;
    private long active;
    private long lastTick = NEVER;
    private long nextTick;
    private long gracefulUntil;
    private long term;
    private Takeover takeover = new Takeover(Integer.MAX_VALUE, 0, 0, 0);

    /**
     * Another server took over: from this place on sequences go on behind a jump.
     *
     * @param lostAfter the last sequence that it knew of
     */
    private record Takeover(int from, long jump, long lostAfter, long at) {}

    SimulatedLine(RoomSettings settings, long epoch, int mostPlaces) {
        this.settings = settings;
        this.epoch = epoch;
        this.standings = new byte[mostPlaces];
        this.until = new long[mostPlaces];
        this.signs = new int[mostPlaces];
        this.used = new boolean[mostPlaces];
        this.quiet = new long[mostPlaces / BLOCK + 5];
        this.crowds = new int[mostPlaces / CROWD + 1];
        Arrays.fill(quiet, NEVER);
    }

    // ── sequences, blocks, ranks ────────────────────────────────────────────────────────────────

    long sequence(int place) {
        return place < takeover.from()
                ? epoch * 1000 + 1 + place
                : takeover.jump() + 1 + place - takeover.from();
    }

    private int block(int place) {
        return place < takeover.from()
                ? (int) (sequence(place) / BLOCK - sequence(0) / BLOCK)
                : blocksBefore() + (int) (sequence(place) / BLOCK - (takeover.jump() + 1) / BLOCK);
    }

    private int blocksBefore() {
        return takeover.from() / BLOCK + 2;
    }

    private int firstOf(int block) {
        boolean isOld = takeover.from() == Integer.MAX_VALUE || block < blocksBefore();
        return isOld
                ? Math.max(0, block * BLOCK - (int) (sequence(0) % BLOCK))
                : takeover.from()
                        + Math.max(
                                0,
                                (block - blocksBefore()) * BLOCK
                                        - (int) ((takeover.jump() + 1) % BLOCK));
    }

    private int endOf(int block) {
        int place = firstOf(block);
        while (place < places && block(place) == block) {
            place++;
        }
        return place;
    }

    private void come(int place) {
        standings[place] = WAITING;
        waiting++;
        crowds[place / CROWD]++;
        first = Math.min(first, place);
    }

    private void go(int place, byte standing) {
        if (standings[place] == WAITING) {
            waiting--;
            crowds[place / CROWD]--;
        } else if (standings[place] == ACTIVE) {
            active--;
        }
        standings[place] = standing;
        signs[place] = 0;
    }

    private int firstWaiting() {
        while (first < places && standings[first] != WAITING) {
            first += crowds[first / CROWD] == 0 ? CROWD - first % CROWD : 1;
        }
        first = Math.min(first, places);
        return first;
    }

    /** How many wait in front of a place. */
    long rank(int place) {
        long rank = 0;
        for (int crowd = 0; crowd < place / CROWD; crowd++) {
            rank += crowds[crowd];
        }
        for (int i = place / CROWD * CROWD; i < place; i++) {
            rank += standings[i] == WAITING ? 1 : 0;
        }
        return rank;
    }

    // ── what everybody can see ──────────────────────────────────────────────────────────────────

    byte standing(int place) {
        return standings[place];
    }

    long until(int place) {
        return until[place];
    }

    int places() {
        return places;
    }

    long waiting() {
        return waiting;
    }

    long active() {
        return active;
    }

    /** Counted one by one. */
    long countInside() {
        long inside = 0;
        for (int place = firstInside; place <= lastInside; place++) {
            inside += standings[place] == ACTIVE ? 1 : 0;
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
        long[] head = new long[(int) Math.min(DENSE, waiting)];
        int place = firstWaiting();
        for (int i = 0; i < head.length; place++) {
            if (standings[place] == WAITING) {
                head[i++] = sequence(place);
            }
        }
        Ladder ladder = former == null ? rungs(head) : former.withHead(head);
        long newest = sequence(places) - 1;
        RoomView.Line line =
                new RoomView.Line(
                        lastInside < 0 ? 0 : sequence(lastInside),
                        newest,
                        waiting,
                        Optional.empty(),
                        ladder,
                        RoomView.Before.UNKNOWN);
        boolean isYoung = term > 0 && now < takeover.at() + LOST_FOR;
        RoomView.Lost lost =
                isYoung
                        ? new RoomView.Lost(takeover.lostAfter(), takeover.jump())
                        : RoomView.Lost.NOTHING;
        boolean restoring = isHandedOver(now);
        return new RoomView(
                settings,
                Optional.empty(),
                life(),
                RoomView.Moment.of(
                        Instant.ofEpochMilli(now), Instant.ofEpochMilli(nextTick), false),
                new RoomView.Loss(restoring, restoring, lost),
                line,
                active,
                admittedInWindow(now),
                false,
                Bans.NONE,
                Map.of());
    }

    private record Rung(long rank, long sequence) {}

    private Ladder rungs(long[] head) {
        List<Rung> rungs = new ArrayList<>();
        if (waiting > DENSE) {
            long[] before = new long[crowds.length + 1];
            for (int i = 0; i < crowds.length; i++) {
                before[i + 1] = before[i] + crowds[i];
            }
            Rung high = rung(waiting - 1, before);
            if (waiting - 1 > DENSE) {
                double steps = Math.log((waiting - 1.0) / DENSE) / Math.log(1.02);
                climb(rung(DENSE, before), 0, high, (int) Math.ceil(steps), before, rungs);
            }
            rungs.add(high);
        }
        return new Ladder(
                head,
                rungs.stream().mapToLong(Rung::rank).toArray(),
                rungs.stream().mapToLong(Rung::sequence).toArray());
    }

    private Rung rung(long rank, long[] before) {
        int found = Arrays.binarySearch(before, rank + 1);
        int crowd = found >= 0 ? found - 1 : -found - 2;
        while (before[crowd] > rank) {
            crowd--;
        }
        int place = crowd * CROWD - 1;
        for (long still = rank - before[crowd]; still >= 0; ) {
            still -= standings[++place] == WAITING ? 1 : 0;
        }
        return new Rung(rank, sequence(place));
    }

    private void climb(Rung low, int from, Rung high, int to, long[] before, List<Rung> kept) {
        long apart = high.rank() - low.rank();
        long missing = high.sequence() - low.sequence() - apart;
        if (to - from > 1 && Math.min(missing, apart) > low.rank() / 50.0) {
            int middle = (from + to) / 2;
            Rung between = rung((long) Math.floor(DENSE * Math.pow(1.02, middle)), before);
            climb(low, from, between, middle, before, kept);
            climb(between, middle, high, to, before, kept);
        } else {
            kept.add(low);
        }
    }

    // ── acts ────────────────────────────────────────────────────────────────────────────────────

    /** Of somebody new: the place, which may be a turn at once. */
    int join(int gateway, long now) {
        boolean goesIn = waiting == 0 && vacancies(gateway, now) > 0;
        int place = places++;
        if (markCount == 0 || marks[markCount - 1] / 1000 < now / 1000) {
            marked[markCount] = place;
            marks[markCount++] = now;
        }
        if (goesIn) {
            letIn(place, now);
        } else {
            come(place);
            int block = block(place);
            quiet[block] =
                    quiet[block] == NEVER
                            ? marks[markCount - 1] + firstSign() - idle()
                            : quiet[block];
        }
        return place;
    }

    /** End of the session, 0 for one who waits, -1 for one who is not there. */
    long touch(int place, boolean inside, long now) {
        if (!inside) {
            if (standings[place] != WAITING) {
                return -1;
            }
            signs[place] = seconds(now);
            return 0;
        }
        if (standings[place] != ACTIVE || until[place] <= now) {
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
    boolean admit(int gateway, long now, IntConsumer admitted) {
        if (!isDue(gateway, now)) {
            return false;
        }
        long interval = settings.interval().toMillis();
        if (lastTick != NEVER && now - lastTick > interval + LATE) {
            gracefulUntil = now + GRACE;
        }
        dropThoseWhoHaveRunOut(now);
        long next = (nextTick == 0 ? now : nextTick) + interval;
        nextTick = Math.min(Math.max(next, now + interval * 9 / 10), now + interval);
        lastTick = now;
        admitFromTheHead(Math.min(settings.batch(), vacancies(gateway, now)), now, admitted);
        while (firstMark + 1 < markCount && marked[firstMark + 1] <= firstWaiting()) {
            firstMark++;
        }
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
        if (isHandedOver(now)) {
            return 0;
        }
        long free = settings.capacity() - active;
        if (settings.perMinute() > 0) {
            free = Math.min(free, settings.perMinute() - admittedInWindow(now));
        }
        return Math.max(0, free);
    }

    private boolean isHandedOver(long now) {
        return term > 0 && now < takeover.at() + HANDOVER;
    }

    private long admittedInWindow(long now) {
        long sum = 0;
        for (int i = 0; i < secondOf.length; i++) {
            sum += now / 1000 - secondOf[i] <= WINDOW ? admittedIn[i] : 0;
        }
        return sum;
    }

    private void letIn(int place, long now) {
        used[place] = false;
        enter(place, now + settings.claimTimeout().toMillis(), now);
    }

    private void enter(int place, long end, long now) {
        go(place, ACTIVE);
        active++;
        until[place] = end;
        firstInside = Math.min(firstInside, place);
        lastInside = Math.max(lastInside, place);
        int slot = (int) (now / 1000 % secondOf.length);
        admittedIn[slot] = secondOf[slot] == now / 1000 ? admittedIn[slot] + 1 : 1;
        secondOf[slot] = now / 1000;
    }

    private void dropThoseWhoHaveRunOut(long now) {
        boolean allOver = true;
        for (int place = firstInside; place <= lastInside; place++) {
            if (standings[place] == ACTIVE && until[place] <= now) {
                go(place, ENDED);
            }
            allOver &= standings[place] != ACTIVE;
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

    private void admitFromTheHead(long wanted, long now, IntConsumer admitted) {
        long present = 0;
        int from = firstWaiting();
        while (present < wanted && from < places) {
            int block = block(from);
            present += clearOut(block, now);
            from = endOf(block);
            while (from < places && standings[from] != WAITING) {
                from++;
            }
        }
        for (long i = Math.min(present, wanted); i > 0; i--) {
            int place = next();
            letIn(place, now);
            admitted.accept(place);
        }
    }

    /** Whose turn is next. */
    int next() {
        return firstWaiting();
    }

    void patrol(long now) {
        if (!isGraceful(now)) {
            for (int block = 0; block <= block(Math.max(0, places - 1)); block++) {
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
        int from = firstOf(block);
        int end = endOf(block);
        int here = 0;
        int seen = 0;
        long oldest = NEVER;
        for (int i = from; i < end; i++) {
            if (standings[i] == WAITING) {
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
            int mark = firstMark;
            while (mark < markCount && marks[mark] <= now - firstSign()) {
                mark++;
            }
            strangersBefore = mark < markCount ? marked[mark] : Integer.MAX_VALUE;
            long at = mark < markCount ? marks[mark] : now;
            strangerSince = at + firstSign() - idle();
            if (term > 0 && now < takeover.at() + idle() / 2) {
                strangersBefore = 0;
                strangerSince = takeover.at() - idle() / 2;
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
            if (standings[i] == WAITING) {
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
        if (standings[place] == ENDED) {
            return;
        }
        if (standings[place] == ACTIVE) {
            until[place] = Math.max(until[place], insideUntil);
        } else if (insideUntil > now && active < settings.capacity()) {
            enter(place, insideUntil, now);
        } else if (insideUntil == 0 || insideUntil > now) {
            if (standings[place] == ABSENT) {
                come(place);
                int block = block(place);
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
        standings = other.standings.clone();
        until = other.until.clone();
        signs = other.signs.clone();
        used = other.used.clone();
        quiet = other.quiet.clone();
        crowds = other.crowds.clone();
        marks = other.marks.clone();
        marked = other.marked.clone();
        markCount = other.markCount;
        firstMark = other.firstMark;
        admittedIn = other.admittedIn.clone();
        secondOf = other.secondOf.clone();
        places = other.places;
        first = other.first;
        firstInside = other.firstInside;
        lastInside = other.lastInside;
        waiting = other.waiting;
        active = other.active;
        lastTick = other.lastTick;
        nextTick = other.nextTick;
        gracefulUntil = other.gracefulUntil;
        term = other.term;
        takeover = other.takeover;
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
        takeover = new Takeover(given, jump, newest, now);
        term++;
    }
}
