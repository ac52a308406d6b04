package dev.stagedoor.gateway.waitingroom.known;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;

import dev.stagedoor.common.RoomId;
import dev.stagedoor.common.UserId;
import dev.stagedoor.gateway.waitingroom.EndReason;
import dev.stagedoor.gateway.waitingroom.Life;
import dev.stagedoor.gateway.waitingroom.Ticket;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What all rooms of a gateway have together to remember tickets in: a room in which nothing happens
 * takes nothing from the others. Each part is bounded in number and as a share of the heap; all of
 * them are a quarter of it, unless more are let in than that.
 */
public final class Memory {

    /** Of a ticket in a map or a cache, with everything that it alone refers to; rounded up. */
    private static final int BYTES_EACH = 160;

    /** As long as Redis remembers who is over. */
    private static final Duration ENDS_LAST = Duration.ofHours(1);

    /** Longer than the newest writes that a server loses which dies. */
    private static final Duration TOLD_LATELY = Duration.ofMinutes(1);

    final Bound verdicts;
    final Bound signs;
    final Bound untold;

    /** Who is over, as far as was heard; empty where only Redis knows what became of a ticket. */
    final Cache<Position, Optional<EndReason>> ends;

    /** What Redis loses with its newest writes is told again. */
    final Cache<Ticket, EndReason> toldLately =
            Caffeine.newBuilder()
                    .maximumSize(most(100_000, 64))
                    .expireAfterWrite(TOLD_LATELY)
                    .build();

    /** Tickets that may have been lost, and the life of the room they have been restored in. */
    final Cache<Ticket, Life> restored =
            Caffeine.newBuilder()
                    .maximumSize(most(1_000_000, 16))
                    .expireAfterAccess(Duration.ofMinutes(10))
                    .build();

    public Memory() {
        this(most(1_000_000, 16), most(1_000_000, 16), most(100_000, 64));
    }

    Memory(long verdicts, long signs, long ends) {
        this.verdicts = new Bound(verdicts);
        this.signs = new Bound(signs);
        this.untold = new Bound(ends);
        this.ends = Caffeine.newBuilder().maximumSize(ends).expireAfterWrite(ENDS_LAST).build();
    }

    record Position(RoomId room, UserId user, long sequence) {}

    /**
     * @param part one part of the heap in so many
     */
    static long most(long number, int part) {
        return Math.min(number, Runtime.getRuntime().maxMemory() / part / BYTES_EACH);
    }

    /** How many of one kind all rooms hold. */
    static final class Bound {

        private final long most;
        private final AtomicLong held = new AtomicLong();
        private final AtomicLong cameLately = new AtomicLong();

        Bound(long most) {
            this.most = most;
        }

        boolean isReached() {
            return held.get() >= most;
        }

        void holds(long more) {
            held.addAndGet(more);
        }

        /** Of one room, whose own number of before is taken back. */
        void cameLately(long number, long before) {
            cameLately.addAndGet(number - before);
        }

        /** How many are too many, for a quarter and for twice as many as came lately to fit in. */
        long excess() {
            return held.get() + Math.max(2 * cameLately.get(), most / 4) - most;
        }
    }
}
