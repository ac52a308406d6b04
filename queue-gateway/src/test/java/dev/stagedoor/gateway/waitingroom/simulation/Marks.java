package dev.stagedoor.gateway.waitingroom.simulation;

/** Of every second in which somebody joined the moment, and the first place that was given out. */
final class Marks {

    private static final int MOST = 1 << 13;

    private final long[] moments;
    private final int[] places;
    private int count;
    private int first;

    Marks() {
        this(new long[MOST], new int[MOST]);
    }

    private Marks(long[] moments, int[] places) {
        this.moments = moments;
        this.places = places;
    }

    void joined(int place, long now) {
        if (count == 0 || last() / 1000 < now / 1000) {
            places[count] = place;
            moments[count++] = now;
        }
    }

    long last() {
        return moments[count - 1];
    }

    /** Nobody asks for what lies before the one that this place has. */
    void forgetBefore(int place) {
        while (first + 1 < count && places[first + 1] <= place) {
            first++;
        }
    }

    int firstAfter(long moment) {
        int mark = first;
        while (mark < count && moments[mark] <= moment) {
            mark++;
        }
        return mark;
    }

    /** Behind the last one lies everybody. */
    int place(int mark) {
        return mark < count ? places[mark] : Integer.MAX_VALUE;
    }

    long at(int mark, long behindTheLast) {
        return mark < count ? moments[mark] : behindTheLast;
    }

    Marks copy() {
        Marks copy = new Marks(moments.clone(), places.clone());
        copy.count = count;
        copy.first = first;
        return copy;
    }
}
