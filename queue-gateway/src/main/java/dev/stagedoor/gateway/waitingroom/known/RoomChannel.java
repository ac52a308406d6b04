package dev.stagedoor.gateway.waitingroom.known;

import dev.stagedoor.common.UserId;
import dev.stagedoor.gateway.waitingroom.EndReason;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Listens to the channel of a room, and knows whether it has missed anything: every tick tells how
 * many ends have been announced so far.
 */
public final class RoomChannel {

    private static final int SILENT_TICKS = 3;

    private final KnownTickets known;
    private final AtomicLong heardAt =
            new AtomicLong(System.nanoTime() - Duration.ofDays(1).toNanos());
    private final AtomicReference<@Nullable String> life = new AtomicReference<>();
    private final AtomicLong ends = new AtomicLong();

    public RoomChannel(KnownTickets known) {
        this.known = known;
    }

    /** Whether a verdict that was revoked would have been heard of. */
    public boolean isGood(Duration interval) {
        return System.nanoTime() - heardAt.get() < SILENT_TICKS * interval.toNanos();
    }

    /** Another number after every tick that was heard. */
    public long lastTick() {
        return heardAt.get();
    }

    /**
     * {@code tick <life> <ends>}, {@code settings}, or {@code ended <user> <sequence> <reason>}.
     */
    public void hear(String message) {
        String[] words = message.split(" ");
        if (words.length == 3 && words[0].equals("tick")) {
            tick(words[1], Long.parseLong(words[2]));
        } else if (words.length == 4 && words[0].equals("ended")) {
            ends.incrementAndGet();
            EndReason reason = EndReason.of(words[3]);
            UserId.parse(words[1])
                    .ifPresent(user -> known.ended(user, Long.parseLong(words[2]), reason));
        }
    }

    /**
     * Whoever has missed an end cannot tell which: no verdict of before is trusted any more. In a
     * new life of the room the count begins anew; then what is known here is just what has to be
     * restored.
     */
    private void tick(String tickedLife, long announced) {
        String formerLife = life.getAndSet(tickedLife);
        boolean asCounted = ends.getAndSet(announced) == announced;
        if (formerLife == null || formerLife.equals(tickedLife) && !asCounted) {
            known.forgetVerdicts();
        }
        heardAt.set(System.nanoTime());
    }
}
