package dev.stagedoor.gateway.waitingroom.simulation;

import dev.stagedoor.common.RoomId;
import dev.stagedoor.common.UserId;
import dev.stagedoor.gateway.waitingroom.RoomSettings;
import dev.stagedoor.gateway.waitingroom.Ticket;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.PriorityQueue;

/**
 * One shard, its rooms, all gateways and everybody who comes, until time is over. Shards share
 * nothing: each is simulated by itself.
 */
final class Simulation {

    static final long EPOCH = 1_800_000_000_000L;

    static final int MOST_IN_ONE_CALL = 500;
    static final long NETWORK = 200; // µs, there and back
    static final long SECOND = 1_000_000;
    private static final int RETRY_MILLIS = 2_000;
    private static final int NOWHERE = -1;

    private static final byte OUTSIDE = 0;
    static final byte WAITS = 1;
    static final byte IS_INSIDE = 2;
    static final byte IS_OVER = 3;

    private static final RoomId ROOM = new RoomId("simulated");
    private static final UserId USER = UserId.random();

    /** Makes the lines; a test may make crooked ones. */
    interface Lines {
        SimulatedLine of(RoomSettings settings, long epoch, int mostPlaces);
    }

    final Plan plan;
    final Costs costs;
    final Shard shard;
    private final List<SimulatedRoom> rooms = new ArrayList<>();
    private final PriorityQueue<Event> events = new PriorityQueue<>();
    private final int[] wheel;
    private final int[] following;
    long now;
    long polls;
    private long number;

    private record Event(long at, long number, Runnable act) implements Comparable<Event> {
        @Override
        public int compareTo(Event other) {
            return at != other.at ? Long.compare(at, other.at) : Long.compare(number, other.number);
        }
    }

    Simulation(Plan plan, Costs costs, Lines lines) {
        this.plan = plan;
        this.costs = costs;
        this.shard =
                new Shard(
                        plan.downFromSecond() * SECOND,
                        plan.downUntilSecond() * SECOND,
                        plan.seconds());
        this.wheel = new int[plan.seconds() * 1000];
        this.following = new int[plan.rooms() * plan.people()];
        Arrays.fill(wheel, NOWHERE);
        for (int i = 0; i < plan.rooms(); i++) {
            SimulatedLine line = lines.of(plan.settings(), EPOCH, plan.people() + 1);
            rooms.add(new SimulatedRoom(i * plan.people(), line));
        }
    }

    Simulation run() {
        rooms.forEach(SimulatedRoom::begin);
        for (int slot = 0; slot < wheel.length; slot++) {
            while (!events.isEmpty() && events.peek().at() <= slot * 1000L) {
                Event event = events.poll();
                now = event.at();
                event.act().run();
            }
            now = slot * 1000L;
            int person = wheel[slot];
            while (person != NOWHERE) {
                int next = following[person];
                rooms.get(person / plan.people()).goesOn(person, slot);
                person = next;
            }
        }
        return this;
    }

    Shard shard() {
        return shard;
    }

    List<Audit> audits() {
        return rooms.stream().map(room -> room.audit).toList();
    }

    long polls() {
        return polls;
    }

    void at(long time, Runnable act) {
        events.add(new Event(time, number++, act));
    }

    void later(int person, long millis) {
        long slot = now / 1000 + Math.max(1, millis);
        if (slot < wheel.length) {
            following[person] = wheel[(int) slot];
            wheel[(int) slot] = person;
        }
    }

    static long millis(long micros) {
        return EPOCH + micros / 1000;
    }

    // ── people ──────────────────────────────────────────────────────────────────────────────────

    final class SimulatedRoom {

        final int firstPerson;
        final SimulatedLine line;
        final Audit audit;
        private final List<Desk> desks = new ArrayList<>();
        final byte[] standing = new byte[plan.people()];
        final int[] place = new int[plan.people()];
        final int[] joinedAt = new int[plan.people()];
        final byte[] restoredIn = new byte[plan.people()];
        final long[] until = new long[plan.people()];

        SimulatedRoom(int firstPerson, SimulatedLine line) {
            this.firstPerson = firstPerson;
            this.line = line;
            this.audit = new Audit(line, plan.seconds());
        }

        void begin() {
            for (int i = 0; i < plan.gateways(); i++) {
                desks.add(new Desk(Simulation.this, this, i));
            }
            desks.forEach(Desk::begin);
            for (int i = 0; i < plan.people(); i++) {
                double chance = plan.mixed(firstPerson + i, 1) / (double) Long.MAX_VALUE;
                later(firstPerson + i, SECOND / 1000 + plan.comesAfterMillis(chance));
            }
            if (plan.downFromSecond() < Plan.NEVER) {
                SimulatedLine[] replica = new SimulatedLine[1];
                at(
                        plan.downFromSecond() * SECOND - plan.lagMillis() * 1000L,
                        () -> replica[0] = line.copy());
                at(
                        plan.downUntilSecond() * SECOND,
                        () -> line.isTakenOverBy(replica[0], millis(now)));
            }
        }

        /** Whose time has come: to join, to poll, or to have bought. */
        void goesOn(int id, int slot) {
            int person = id - firstPerson;
            Desk desk = desks.get((int) (plan.mixed(id, slot) % plan.gateways()));
            switch (standing[person]) {
                case OUTSIDE -> desk.join(person);
                case WAITS -> desk.poll(person);
                case IS_INSIDE -> desk.complete(person);
                default -> {}
            }
        }

        int kind(int person) {
            return (int) (plan.mixed(firstPerson + person, 2) % 1000);
        }

        boolean isObedient(int person) {
            return kind(person) >= Plan.SILENT;
        }

        Ticket ticket(int person) {
            return new Ticket(ROOM, USER, line.sequence(place[person]), EPOCH);
        }

        void retry(int person) {
            later(firstPerson + person, RETRY_MILLIS / 2 + plan.mixed(person, now) % RETRY_MILLIS);
        }
    }
}
