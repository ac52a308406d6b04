package dev.stagedoor.gateway.waitingroom.known;

import dev.stagedoor.common.UserId;
import dev.stagedoor.gateway.waitingroom.Ticket;
import dev.stagedoor.gateway.waitingroom.redis.LineStore.Sign;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;
import java.util.function.LongSupplier;

/**
 * Signs of life, of which Redis is told later: of whoever is inside each time, as sessions slide;
 * of whoever waits the first at once, and others so often that nobody can count as silent who is
 * not. Redis drops nobody for whom less than {@code idle-timeout} has passed, and hears of each
 * sign within a quarter of that.
 */
public final class Signs {

    private static final int PART_OF_IDLE_TIMEOUT = 4;

    private final LongSupplier clock;
    private final Map<UserId, Newest> newest = new ConcurrentHashMap<>();
    private volatile long most;
    private volatile long pause;

    /** Of Redis before that of this machine, in ns. */
    private volatile long ahead;

    Signs(LongSupplier clock) {
        this.clock = clock;
    }

    /** When somebody was heard of last, and which sign of theirs Redis knows. */
    private static final class Newest {

        static final long NONE = Long.MIN_VALUE;
        static final AtomicLongFieldUpdater<Newest> AT =
                AtomicLongFieldUpdater.newUpdater(Newest.class, "at");

        final Ticket ticket;
        final boolean inside;
        volatile long at;
        volatile long told = NONE;
        volatile long toldAt = NONE;

        Newest(Ticket ticket, boolean inside, long at) {
            this.at = at;
            this.ticket = ticket;
            this.inside = inside;
        }

        boolean isOf(Ticket other, boolean otherInside) {
            return inside == otherInside && ticket.sequence() == other.sequence();
        }

        boolean isDue(long now, long pause) {
            return inside || toldAt == NONE || Math.abs(now - toldAt) >= pause;
        }
    }

    void isBounded(long number) {
        most = number;
    }

    /**
     * @param now by the clock of Redis, by which silence is measured
     */
    void isAsOf(Instant now, Duration idleTimeout) {
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

    /** Of more people than that the newest news is not worth the memory. */
    private void seen(Ticket ticket, boolean inside) {
        long now = now();
        Newest last = newest.get(ticket.user());
        boolean isNoted =
                last != null
                        && last.isOf(ticket, inside)
                        && Newest.AT.getAndSet(last, now) != Newest.NONE;
        if (!isNoted && (last != null || newest.size() < most)) {
            newest.put(ticket.user(), new Newest(ticket, inside, now));
        }
    }

    /** In the order of the line, so that Redis finds those together whom it keeps together. */
    public List<Sign> take() {
        long now = now();
        boolean isCrowded = newest.size() > most / 2;
        List<Sign> taken = new ArrayList<>();
        for (Newest each : newest.values()) {
            long at = each.at;
            boolean isDue = each.isDue(now, pause);
            if (at != each.told && isDue) {
                each.told = at;
                each.toldAt = now;
                taken.add(new Sign(each.ticket, each.inside, secondsAgo(at, now)));
            } else if (at == each.told && (isDue || isCrowded)) {
                forget(each, at);
            }
        }
        taken.sort(Comparator.comparingLong(sign -> sign.ticket().sequence()));
        return taken;
    }

    /** Unless another one comes meanwhile. */
    private void forget(Newest told, long at) {
        if (Newest.AT.compareAndSet(told, at, Newest.NONE)) {
            newest.remove(told.ticket.user(), told);
        }
    }

    /** Whoever could not be told of for longer is not silent for that. */
    private long secondsAgo(long at, long now) {
        return TimeUnit.NANOSECONDS.toSeconds(Math.clamp(now - at, 0, pause));
    }

    /** They could not be told. */
    public void keep(List<Sign> untold) {
        long now = now();
        for (Sign sign : untold) {
            Ticket ticket = sign.ticket();
            long at = now - TimeUnit.SECONDS.toNanos(sign.secondsAgo());
            Newest kept =
                    newest.computeIfAbsent(
                            ticket.user(), _ -> new Newest(ticket, sign.active(), at));
            kept.told = Newest.NONE;
            kept.toldAt = Newest.NONE;
        }
    }

    /** What Redis was told it may have lost, or told us nothing of what it knew better. */
    void tellNextOnesAtOnce() {
        newest.values().forEach(each -> each.toldAt = Newest.NONE);
    }
}
