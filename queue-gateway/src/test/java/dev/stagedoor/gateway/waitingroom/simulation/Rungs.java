package dev.stagedoor.gateway.waitingroom.simulation;

import dev.stagedoor.gateway.waitingroom.RoomView.Ladder;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The rungs behind the first thousand, measured as rungs.lua does. */
final class Rungs {

    private final Numbers numbers;
    private final Standings standings;
    private final long waiting;

    /** How many wait before each crowd. */
    private final long[] before;

    Rungs(Numbers numbers, Standings standings) {
        this.numbers = numbers;
        this.standings = standings;
        this.waiting = standings.waiting();
        this.before = waiting > SimulatedLine.DENSE ? standings.beforeEachCrowd() : new long[0];
    }

    /**
     * @param head the sequences in front
     */
    Ladder ladder(long[] head) {
        List<Rung> rungs = new ArrayList<>();
        if (waiting > SimulatedLine.DENSE) {
            Rung high = rung(waiting - 1);
            if (waiting - 1 > SimulatedLine.DENSE) {
                double steps = Math.log((waiting - 1.0) / SimulatedLine.DENSE) / Math.log(1.02);
                climb(rung(SimulatedLine.DENSE), 0, high, (int) Math.ceil(steps), rungs);
            }
            rungs.add(high);
        }
        return new Ladder(
                head,
                rungs.stream().mapToLong(Rung::rank).toArray(),
                rungs.stream().mapToLong(Rung::sequence).toArray());
    }

    private Rung rung(long rank) {
        int found = Arrays.binarySearch(before, rank + 1);
        int crowd = found >= 0 ? found - 1 : -found - 2;
        while (before[crowd] > rank) {
            crowd--;
        }
        int place = crowd * Standings.CROWD - 1;
        for (long still = rank - before[crowd]; still >= 0; ) {
            still -= standings.isWaiting(++place) ? 1 : 0;
        }
        return new Rung(rank, numbers.sequence(place));
    }

    private void climb(Rung low, int from, Rung high, int to, List<Rung> kept) {
        long apart = high.rank() - low.rank();
        long missing = high.sequence() - low.sequence() - apart;
        if (to - from > 1 && Math.min(missing, apart) > low.rank() / 50.0) {
            int middle = (from + to) / 2;
            Rung between = rung((long) Math.floor(SimulatedLine.DENSE * Math.pow(1.02, middle)));
            climb(low, from, between, middle, kept);
            climb(between, middle, high, to, kept);
        } else {
            kept.add(low);
        }
    }

    private record Rung(long rank, long sequence) {}
}
