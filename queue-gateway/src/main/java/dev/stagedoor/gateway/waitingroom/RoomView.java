package dev.stagedoor.gateway.waitingroom;

import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/**
 * A room as it was at one tick: all that a gateway needs to answer those who wait.
 *
 * @param settings the very same object as in the view before, if nothing has changed
 * @param said what the room's hash says of settings: only what is new is read, not every tick
 * @param slip why the settings that stand in Redis are not these: somebody has mistyped them
 * @param taken when
 * @param line those who wait
 * @param admittedLastMinute how many went in during the last 60 s
 * @param full whether Redis has no memory for anybody new
 * @param bans who may not join
 * @param totals counters since the epoch began: joined, admitted, completed, left, …
 */
public record RoomView(
        RoomSettings settings,
        Map<String, String> said,
        Optional<BadSetting> slip,
        Life life,
        Moment taken,
        Loss loss,
        Line line,
        long active,
        long admittedLastMinute,
        boolean full,
        Bans bans,
        Map<String, Long> totals) {

    private static final Duration FORMER_TICKETS_LAST = Duration.ofMinutes(30);

    private static final Duration RATE_WINDOW = Duration.ofSeconds(60);

    /**
     * @param asOf by the clock of Redis
     * @param nextTick when somebody is to tick again, by the same clock
     * @param isTicking whether the last tick is not over yet
     * @param text the same as asOf in ISO 8601: it is written into every answer
     * @param receivedNanos by the gateway's own clock, {@link System#nanoTime}
     */
    public record Moment(
            Instant asOf, Instant nextTick, boolean isTicking, String text, long receivedNanos) {

        /** Just told by Redis. */
        public static Moment of(Instant asOf, Instant nextTick, boolean isTicking) {
            return new Moment(asOf, nextTick, isTicking, asOf.toString(), System.nanoTime());
        }
    }

    /**
     * @param recovering whether only those who had a place before a loss are let back in line
     * @param restoring whether gateways are still restoring what was lost
     * @param tickets those that nobody has seen since a server died
     */
    public record Loss(boolean recovering, boolean restoring, Lost tickets) {}

    /**
     * The sequences that may have been given out by a server that died before it could tell
     * anybody.
     *
     * @param after the last one that is known to the server that took over
     * @param before the one before the first that it gives out itself
     */
    public record Lost(long after, long before) {

        public static final Lost NOTHING = new Lost(0, 0);

        boolean contains(long sequence) {
            return after < sequence && sequence <= before;
        }
    }

    /**
     * @param cursor the highest sequence that was ever admitted in this epoch
     * @param newest the last sequence that had been given out
     * @param firstWaitsSince since when the head of the line has been waiting
     * @param before up to where all had gone some seconds ago
     */
    public record Line(
            long cursor,
            long newest,
            long waiting,
            Optional<Instant> firstWaitsSince,
            Ladder ladder,
            Before before) {

        /**
         * Up to where all had gone some seconds ago, up to where all have gone now, up to where
         * just those named waited, and these.
         */
        String named() {
            String those = ladder.head().mapToObj(Long::toString).collect(Collectors.joining(" "));
            return "%d %d %d %s ".formatted(before.gone(), gone(), dense(), those);
        }

        /** Whether nobody waits behind those whom it names. */
        public boolean namesAll() {
            return waiting <= ladder.head().count();
        }

        /** Up to where it names all who waited. */
        public long dense() {
            long last = ladder.head().max().orElse(newest);
            return namesAll() ? Math.max(last, cursor) : last;
        }

        /**
         * @param former the view before, if there is one of the same epoch
         */
        public Line after(Optional<Line> former, Instant now) {
            Before then =
                    former.map(line -> line.before().then(gone(), now))
                            .orElseGet(() -> Before.first(gone(), now));
            return new Line(cursor, newest, waiting, firstWaitsSince, ladder, then);
        }

        private long gone() {
            return ladder.head().min().orElse(newest + 1) - 1;
        }
    }

    /**
     * Tells how many wait in front of a sequence without asking Redis: every sequence of the head
     * of the line, and rungs of (rank, sequence) behind it. Between two rungs the sequences
     * themselves bound the rank: no more can stand between them than there are numbers.
     */
    public static final class Ladder {

        public static final Ladder EMPTY = new Ladder(new long[0], new long[0], new long[0]);

        private final long[] head;
        private final long[] ranks;
        private final long[] sequences;

        /**
         * @param head the sequences of the first who wait, ascending
         * @param ranks ranks of the rungs behind, ascending
         * @param sequences their sequences
         */
        public Ladder(long[] head, long[] ranks, long[] sequences) {
            this.head = head;
            this.ranks = ranks;
            this.sequences = sequences;
        }

        /** Of the first who wait, ascending. */
        LongStream head() {
            return LongStream.of(head);
        }

        /**
         * Whether that place may be held: of the first ones it is certain, and those who go past
         * max-wait are the first ones.
         *
         * @param waiting how many do
         */
        boolean mayHold(long sequence, long waiting) {
            boolean isAmongTheFirst = head.length > 0 && sequence <= head[head.length - 1];
            return isAmongTheFirst
                    ? Arrays.binarySearch(head, sequence) >= 0
                    : waiting > head.length;
        }

        long ahead(long sequence) {
            if (head.length == 0 || sequence <= head[head.length - 1]) {
                return rankIn(head, sequence);
            }
            if (ranks.length == 0) {
                return head.length;
            }
            return Math.max(head.length, between(sequence));
        }

        /**
         * The rungs are some ticks old: those who have gone in since then no longer stand in front.
         */
        private long between(long sequence) {
            long gone = rankAmongRungs(head[head.length - 1]) - (head.length - 1);
            return rankAmongRungs(sequence) - gone;
        }

        private long rankAmongRungs(long sequence) {
            int upper = Arrays.binarySearch(sequences, sequence);
            if (upper >= 0) {
                return ranks[upper];
            }
            upper = -upper - 1;
            if (upper == 0) {
                return Math.max(head.length - 1, ranks[0] - (sequences[0] - sequence));
            }
            long most = ranks[upper - 1] + (sequence - sequences[upper - 1]);
            if (upper == ranks.length) {
                return most; // came after the rungs were measured, when hardly anybody can have
                // left
            }
            long least =
                    Math.max(ranks[upper - 1] + 1, ranks[upper] - (sequences[upper] - sequence));
            return (least + Math.min(most, ranks[upper] - 1)) / 2;
        }

        private static long rankIn(long[] sorted, long sequence) {
            int found = Arrays.binarySearch(sorted, sequence);
            return found >= 0 ? found : -found - 1;
        }

        public Ladder withHead(long[] newHead) {
            return new Ladder(newHead, ranks, sequences);
        }
    }

    /**
     * Up to where all had gone, five to ten seconds before a view. Who went in since then may not
     * have heard of it yet, and nobody could vouch for them.
     *
     * @param gone then
     * @param later up to where all had gone at {@code since}
     */
    public record Before(long gone, long later, Instant since) {

        public static final Before UNKNOWN = new Before(0, 0, Instant.EPOCH);

        private static final Duration LATELY = Duration.ofSeconds(5);

        static Before first(long gone, Instant now) {
            return new Before(gone, gone, now);
        }

        Before then(long goneNow, Instant now) {
            boolean isLately = Duration.between(since, now).abs().compareTo(LATELY) < 0;
            return isLately ? this : new Before(later, goneNow, now);
        }
    }

    public long epoch() {
        return life.epoch();
    }

    /** Larger than all of the epochs before. */
    public long firstSequence() {
        return epoch() * 1000;
    }

    public Instant asOf() {
        return taken.asOf();
    }

    public String asOfText() {
        return taken.text();
    }

    public boolean recovering() {
        return loss.recovering();
    }

    public boolean restoring() {
        return loss.restoring();
    }

    public long waiting() {
        return line.waiting();
    }

    /** What is told to the next epoch: when this was seen, and who waited. */
    public String forNextEpoch() {
        return asOf().toEpochMilli() + " " + line.named();
    }

    public boolean mayHaveLost(Ticket ticket) {
        return ticket.epoch() < epoch() && isYoung() || loss.tickets().contains(ticket.sequence());
    }

    private boolean isYoung() {
        return asOf().toEpochMilli() - epoch() < FORMER_TICKETS_LAST.toMillis();
    }

    /** Now, by the clock of Redis. */
    public Instant now() {
        return asOf().plusNanos(System.nanoTime() - taken.receivedNanos());
    }

    /**
     * How long to wait until the next tick: ticks keep to a beat, however long each of them takes.
     */
    public Duration untilNextTick() {
        Duration left = Duration.between(now(), taken.nextTick());
        return left.isPositive() ? left : settings.interval();
    }

    public long ahead(long sequence) {
        return Math.min(line.ladder().ahead(sequence), waiting());
    }

    /** What a view tells of where a ticket stands. */
    public enum Seen {
        /** Its ladder tells how many are ahead. */
        IN_LINE,
        /** Came later, and can only have found a place in the line. */
        BEHIND_ALL,
        /** May have gone in, or been given up. */
        UNCERTAIN
    }

    public Seen seen(long sequence) {
        if (sequence > line.newest()) {
            return hasNoRoom() ? Seen.BEHIND_ALL : Seen.UNCERTAIN;
        }
        return sequence > line.cursor() && line.ladder().mayHold(sequence, waiting())
                ? Seen.IN_LINE
                : Seen.UNCERTAIN;
    }

    private boolean hasNoRoom() {
        return settings.mode() != Mode.OPEN && (waiting() > 0 || active >= settings.capacity());
    }

    /**
     * Whether it may be the turn of somebody with so many ahead since the tick of this view. A tick
     * passes over the silent, however many they are.
     */
    public boolean mayHaveCalled(long ahead) {
        return ahead < settings.batch() || taken.isTicking() || !now().isBefore(taken.nextTick());
    }

    /** Whether another gateway may be about to say that somebody who waits is inside. */
    public boolean isUncertainWhoWaits() {
        return restoring() && settings.mode() != Mode.OPEN;
    }

    public boolean isOlderThan(Duration age) {
        return System.nanoTime() - taken.receivedNanos() >= age.toNanos();
    }

    /**
     * How long somebody with so many ahead will wait, at the rate of the last minute; empty while
     * unknown.
     */
    public Optional<Duration> estimatedWait(long ahead) {
        if (admittedLastMinute == 0) {
            return Optional.empty();
        }
        long alive = Math.abs(asOf().toEpochMilli() - epoch()); // the clock may have been put back
        long window = Math.max(1000, Math.min(RATE_WINDOW.toMillis(), alive));
        return Optional.of(Duration.ofMillis((ahead + 1) * window / admittedLastMinute));
    }

    /** The same for somebody who would join now: nobody waits where there is room. */
    public Optional<Duration> estimateForNewcomer() {
        boolean wouldPass = waiting() == 0 && !recovering() && active < settings.capacity();
        return wouldPass && settings.mode() == Mode.AUTO || settings.mode() == Mode.OPEN
                ? Optional.of(Duration.ZERO)
                : estimatedWait(waiting());
    }

    /**
     * What somebody is told who waits with so many ahead.
     *
     * @param pollBudget polls a second that the gateway grants the room
     */
    public Place placeOf(Ticket ticket, long ahead, long pollBudget) {
        Optional<Duration> estimate = estimatedWait(ahead);
        long inAll = Math.max(waiting(), ahead + 1);
        Duration pollAfter =
                PollInterval.of(
                        ahead,
                        inAll,
                        estimate,
                        settings.idleTimeout(),
                        pollBudget,
                        ticket.sequence());
        return new Place(ahead, inAll, estimate, pollAfter, notice());
    }

    /** The same for somebody who has just joined. */
    public Place firstPlaceOf(Ticket ticket, long ahead, long pollBudget) {
        Place place = placeOf(ticket, ahead, pollBudget);
        return place.pollingAfter(PollInterval.first(place.pollAfter(), ticket.sequence()));
    }

    /** Why nobody goes in at the moment, if nobody does. */
    public Optional<Place.Notice> notice() {
        return switch (settings.mode()) {
            case HOLD -> Optional.of(Place.Notice.HOLD);
            case CLOSED -> Optional.of(Place.Notice.CLOSED);
            default -> recovering() ? Optional.of(Place.Notice.RECOVERING) : Optional.empty();
        };
    }
}
