package dev.stagedoor.gateway.waitingroom.simulation;

/** Who waits, who is inside and whose time is over, by place; counted in crowds. */
final class Standings {

    static final int CROWD = 256;

    private final byte[] standings;

    /** How many wait in each. */
    private final int[] crowds;

    private int first;
    private long waiting;
    private long active;

    Standings(int mostPlaces) {
        this(new byte[mostPlaces], new int[mostPlaces / CROWD + 1]);
    }

    private Standings(byte[] standings, int[] crowds) {
        this.standings = standings;
        this.crowds = crowds;
    }

    byte of(int place) {
        return standings[place];
    }

    boolean isWaiting(int place) {
        return standings[place] == SimulatedLine.WAITING;
    }

    long waiting() {
        return waiting;
    }

    long active() {
        return active;
    }

    void come(int place) {
        standings[place] = SimulatedLine.WAITING;
        waiting++;
        crowds[place / CROWD]++;
        first = Math.min(first, place);
    }

    /** In, or away. */
    void go(int place, byte standing) {
        if (isWaiting(place)) {
            waiting--;
            crowds[place / CROWD]--;
        } else if (standings[place] == SimulatedLine.ACTIVE) {
            active--;
        }
        standings[place] = standing;
        active += standing == SimulatedLine.ACTIVE ? 1 : 0;
    }

    /**
     * @param places that were given out; as many if nobody waits
     */
    int firstWaiting(int places) {
        while (first < places && !isWaiting(first)) {
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
            rank += isWaiting(i) ? 1 : 0;
        }
        return rank;
    }

    long[] beforeEachCrowd() {
        long[] before = new long[crowds.length + 1];
        for (int i = 0; i < crowds.length; i++) {
            before[i + 1] = before[i] + crowds[i];
        }
        return before;
    }

    Standings copy() {
        Standings copy = new Standings(standings.clone(), crowds.clone());
        copy.first = first;
        copy.waiting = waiting;
        copy.active = active;
        return copy;
    }
}
