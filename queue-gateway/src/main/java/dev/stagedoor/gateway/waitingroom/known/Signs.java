package dev.stagedoor.gateway.waitingroom.known;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;

import dev.stagedoor.common.UserId;
import dev.stagedoor.gateway.waitingroom.Standing;
import dev.stagedoor.gateway.waitingroom.Ticket;
import dev.stagedoor.gateway.waitingroom.known.Memory.Bound;
import dev.stagedoor.gateway.waitingroom.redis.LineStore.Sign;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;
import java.util.function.LongSupplier;

/**
 * Signs of life, of which Redis is told later: of whoever is inside each time, as sessions slide;
 * of whoever waits the first at once, and others so often that nobody can count as silent who is
 * not. Redis drops nobody for whom less than {@code idle-timeout} has passed, and hears of each
 * sign within a quarter of that.
 *
 * <p>Telling takes as long as there is to tell, however many are known. Of a session that ends
 * before that Redis hears at once, and again when a part of what was left is over: however often
 * somebody asks, that is a few times.
 */
public final class Signs {

    private static final int PART_OF_IDLE_TIMEOUT = 4;

    /** Longer than signs of life wait until they are told. */
    public static final Duration SOON = Duration.ofSeconds(2);

    private static final int PART_OF_WHAT_IS_LEFT = 4;

    /** Of sessions in their last seconds. */
    private final Cache<Ticket, ToldAtOnce> toldAtOnce =
            Caffeine.newBuilder().maximumSize(10_000).expireAfterWrite(SOON).build();

    private record ToldAtOnce(Instant until, Instant again) {}

    private final LongSupplier clock;
    private final Bound bound;
    private final Map<UserId, Newest> newest = new ConcurrentHashMap<>();
    private final AtomicInteger refused = new AtomicInteger();
    private volatile long pause;

    /** Of Redis before that of this machine, in ns. */
    private volatile long ahead;

    /** Of whom nothing has been told. */
    private final Queue<Newest> first = new ConcurrentLinkedQueue<>();

    /** Those who wait, in the order in which they were told of; only within {@link #take}. */
    private final Deque<Newest> told = new ArrayDeque<>();

    private volatile boolean allAreDue;

    /** How many came by in the time between two flushes, noted or refused. */
    private int cameLately;

    Signs(LongSupplier clock, Bound bound) {
        this.clock = clock;
        this.bound = bound;
    }

    /** When somebody was heard of last, and which sign of theirs Redis knows. */
    private static final class Newest {

        static final long NONE = Long.MIN_VALUE;
        static final AtomicLongFieldUpdater<Newest> AT =
                AtomicLongFieldUpdater.newUpdater(Newest.class, "at");

        final Ticket ticket;
        final boolean inside;

        /** None from the moment in which this is forgotten. */
        volatile long at;

        long told = NONE;
        long toldAt;

        Newest(Ticket ticket, boolean inside, long at) {
            this.at = at;
            this.ticket = ticket;
            this.inside = inside;
        }

        boolean isOf(Ticket other, boolean otherInside) {
            return inside == otherInside && ticket.sequence() == other.sequence();
        }
    }

    /**
     * @param now by the clock of Redis, by which silence is measured
     */
    void goesBy(Instant now, Duration idleTimeout) {
        ahead = TimeUnit.MILLISECONDS.toNanos(now.toEpochMilli()) - clock.getAsLong();
        pause = idleTimeout.toNanos() / PART_OF_IDLE_TIMEOUT;
    }

    private long now() {
        return clock.getAsLong() + ahead;
    }

    public void ofWaiting(Ticket ticket) {
        seen(ticket, false);
    }

    public void ofInside(Ticket ticket) {
        seen(ticket, true);
    }

    /** Whether Redis has to hear of a use before it is answered. */
    public boolean isUrgent(Ticket ticket, Standing.Active active, Instant now) {
        if (!now.plus(SOON).isAfter(active.until())) {
            return false;
        }
        ToldAtOnce last = toldAtOnce.getIfPresent(ticket);
        return last == null || !last.until().equals(active.until()) || !now.isBefore(last.again());
    }

    public void noteToldAtOnce(Ticket ticket, Instant until, Instant now) {
        Duration left = Duration.between(now, until);
        Instant again = now.plus(left.dividedBy(PART_OF_WHAT_IS_LEFT));
        toldAtOnce.put(ticket, new ToldAtOnce(until, again));
    }

    private void seen(Ticket ticket, boolean inside) {
        long now = now();
        Newest last = newest.get(ticket.user());
        boolean isNoted =
                last != null
                        && last.isOf(ticket, inside)
                        && Newest.AT.getAndSet(last, now) != Newest.NONE;
        if (!isNoted) {
            noteIfThereIsRoom(new Newest(ticket, inside, now));
        }
    }

    /** Next time there is: whoever is refused is counted among those who came. */
    private void noteIfThereIsRoom(Newest one) {
        if (bound.isReached()) {
            refused.incrementAndGet();
        } else {
            note(one);
        }
    }

    private void note(Newest one) {
        bound.holds(1);
        newest.put(one.ticket.user(), one);
        first.add(one);
    }

    /**
     * In the order of the line, so that Redis finds those together whom it keeps together. Where
     * there is no room for twice as many as came lately, some are told early and forgotten: those
     * of now too, as others may come before the next time.
     */
    public synchronized List<Sign> take() {
        List<Sign> taken = new ArrayList<>();
        long now = now();
        int toldBefore = told.size();
        takeFirst(now, taken);
        takeAgain(toldBefore, now, taken);
        taken.sort(Comparator.comparingLong(sign -> sign.ticket().sequence()));
        return taken;
    }

    private void takeAgain(int toldBefore, long now, List<Sign> taken) {
        long early = Math.max(bound.excess(), allAreDue ? toldBefore : 0);
        allAreDue = false;
        for (int left = told.size(); left > 0; left--, early--) {
            Newest each = told.element();
            if (early <= 0 && Math.abs(now - each.toldAt) < pause) {
                return;
            }
            told.remove();
            if (!isForgotten(each)) {
                taken.add(tell(each, now));
                told.add(each);
            }
        }
    }

    private void takeFirst(long now, List<Sign> taken) {
        List<Newest> again = new ArrayList<>();
        int came = refused.getAndSet(0);
        for (Newest each = first.poll(); each != null; each = first.poll()) {
            if (isForgotten(each)) {
                continue;
            }
            came++;
            taken.add(tell(each, now));
            if (!each.inside) {
                told.add(each);
            } else if (!isForgotten(each)) {
                again.add(each);
            }
        }
        first.addAll(again);
        bound.cameLately(came, cameLately);
        cameLately = came;
    }

    private Sign tell(Newest one, long now) {
        one.told = one.at;
        one.toldAt = now;
        return new Sign(one.ticket, one.inside, secondsAgo(one.told, now));
    }

    /** Unless another one has come since. */
    private boolean isForgotten(Newest one) {
        if (!Newest.AT.compareAndSet(one, one.told, Newest.NONE) && one.at != Newest.NONE) {
            return false;
        }
        newest.remove(one.ticket.user(), one);
        bound.holds(-1);
        return true;
    }

    /** Whoever could not be told of for longer is not silent for that. */
    private long secondsAgo(long at, long now) {
        return TimeUnit.NANOSECONDS.toSeconds(Math.clamp(now - at, 0, pause));
    }

    /** They could not be told. */
    public synchronized void keep(List<Sign> untold) {
        long now = now();
        for (Sign sign : untold) {
            Ticket ticket = sign.ticket();
            Newest last = newest.get(ticket.user());
            if (last == null) {
                long at = now - TimeUnit.SECONDS.toNanos(sign.secondsAgo());
                noteIfThereIsRoom(new Newest(ticket, sign.active(), at));
            } else if (last.isOf(ticket, sign.active())) {
                long lastAt = Newest.AT.getAndSet(last, Newest.NONE);
                note(new Newest(ticket, sign.active(), lastAt));
            }
        }
        int before = told.size();
        told.removeIf(each -> each.at == Newest.NONE);
        bound.holds(told.size() - before);
    }

    /**
     * What Redis was told it may have lost, or told us nothing of what it knew better; or there
     * will be no later.
     */
    public void tellNextOnesAtOnce() {
        allAreDue = true;
    }
}
