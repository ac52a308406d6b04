package dev.stagedoor.gateway.waitingroom.simulation;

import dev.stagedoor.gateway.waitingroom.RoomSettings;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * Watches one room from outside, and believes nobody: who went in before whom, how many at once, in
 * a tick and in a minute, and how long those waited who did as they were told.
 */
final class Audit {

    private static final int TICKS_PER_COUNT = 10;

    private final SimulatedLine line;
    private final BitSet admitted = new BitSet();
    private final int[] admittedAt;
    private int last = -1;
    private int low;
    private long inTick;
    private long ticks;
    private long lastTick = Long.MIN_VALUE / 2;

    long overtaken;
    long admittedTwice;
    long lostPlaces;
    long missedTurns;
    long told;
    long longestWaitMillis;
    long mostInside;
    long mostInATick;
    long shortestBetweenTicks = Long.MAX_VALUE;

    Audit(SimulatedLine line, int seconds) {
        this.line = line;
        this.admittedAt = new int[(seconds + 60) * 1000];
    }

    void admits(int place, long millis) {
        admitsAtOnce(place, millis);
        inTick++;
    }

    /** With the join, where nobody waits and there is room. */
    void admitsAtOnce(int place, long millis) {
        if (admitted.get(place)) {
            admittedTwice++;
        } else if (place < last) {
            overtaken++;
        }
        admitted.set(place);
        last = Math.max(last, place);
        admittedAt[(int) (millis - Simulation.EPOCH)]++;
    }

    /** Whoever is in front of the last one who went in has gone in as well, or has left. */
    void ticked(long millis) {
        for (; low < last; low++) {
            if (line.standing(low) == SimulatedLine.WAITING) {
                overtaken++;
            }
        }
        shortestBetweenTicks = Math.min(shortestBetweenTicks, millis - lastTick);
        lastTick = millis;
        mostInATick = Math.max(mostInATick, inTick);
        inTick = 0;
        if (ticks++ % TICKS_PER_COUNT == 0) {
            mostInside = Math.max(mostInside, line.countInside());
        }
    }

    void tells(long waitedMillis) {
        told++;
        longestWaitMillis = Math.max(longestWaitMillis, waitedMillis);
    }

    boolean wasAdmitted(int place) {
        return admitted.get(place);
    }

    long admitted() {
        return admitted.cardinality();
    }

    /**
     * All that must not be.
     *
     * @param forgotten how many may have gone in by what a server forgot that died
     */
    List<String> faults(long forgotten) {
        RoomSettings settings = line.settings;
        List<String> faults = new ArrayList<>();
        finds(faults, "overtaken", overtaken, 0);
        finds(faults, "lost their places", lostPlaces, 0);
        finds(faults, "admitted twice", admittedTwice, forgotten);
        finds(faults, "inside", mostInside, settings.capacity());
        finds(faults, "in a tick", mostInATick, settings.batch());
        finds(faults, "in a minute", mostInAMinute(), settings.perMinute() + forgotten);
        finds(
                faults,
                "ms too early",
                settings.interval().toMillis() * 9 / 10 - shortestBetweenTicks,
                0);
        return faults;
    }

    private static void finds(List<String> faults, String what, long number, long most) {
        if (number > most) {
            faults.add(number + " " + what + ", and not " + most);
        }
    }

    /** The most that any sixty seconds have let in. */
    long mostInAMinute() {
        long most = 0;
        long sum = 0;
        for (int i = 0; i < admittedAt.length; i++) {
            sum += admittedAt[i] - (i < 60_000 ? 0 : admittedAt[i - 60_000]);
            most = Math.max(most, sum);
        }
        return most;
    }
}
