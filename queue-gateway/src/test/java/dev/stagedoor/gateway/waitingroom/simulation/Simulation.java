package dev.stagedoor.gateway.waitingroom.simulation;

import dev.stagedoor.common.RoomId;
import dev.stagedoor.common.UserId;
import dev.stagedoor.gateway.waitingroom.Life;
import dev.stagedoor.gateway.waitingroom.Place;
import dev.stagedoor.gateway.waitingroom.RoomSettings;
import dev.stagedoor.gateway.waitingroom.RoomView;
import dev.stagedoor.gateway.waitingroom.Ticket;
import dev.stagedoor.gateway.waitingroom.known.LatestView.Knowledge;

import org.jspecify.annotations.Nullable;

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

    private static final int MOST_IN_ONE_CALL = 500;
    private static final int ENDS_AT_ONCE = 32;
    private static final long NETWORK = 200; // µs, there and back
    private static final long SECOND = 1_000_000;
    private static final long VIEW_LASTS = 30 * SECOND;
    private static final long AFTER_FAILURE = 250_000;
    private static final int RETRY_MILLIS = 2_000;
    private static final int TICKS_PER_FAR_LADDER = 10;
    private static final int NOWHERE = -1;

    private static final byte OUTSIDE = 0;
    private static final byte WAITS = 1;
    private static final byte IS_INSIDE = 2;
    private static final byte IS_OVER = 3;

    private static final RoomId ROOM = new RoomId("simulated");
    private static final UserId USER = UserId.random();

    /** Makes the lines; a test may make crooked ones. */
    interface Lines {
        SimulatedLine of(RoomSettings settings, long epoch, int mostPlaces);
    }

    private final Plan plan;
    private final Costs costs;
    private final Shard shard;
    private final List<SimulatedRoom> rooms = new ArrayList<>();
    private final PriorityQueue<Event> events = new PriorityQueue<>();
    private final int[] wheel;
    private final int[] following;
    private long now;
    private long polls;
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

    private void at(long time, Runnable act) {
        events.add(new Event(time, number++, act));
    }

    private void later(int person, long millis) {
        long slot = now / 1000 + Math.max(1, millis);
        if (slot < wheel.length) {
            following[person] = wheel[(int) slot];
            wheel[(int) slot] = person;
        }
    }

    private static long millis(long micros) {
        return EPOCH + micros / 1000;
    }

    // ── people ──────────────────────────────────────────────────────────────────────────────────

    private final class SimulatedRoom {

        private final int firstPerson;
        private final SimulatedLine line;
        private final Audit audit;
        private final List<Desk> desks = new ArrayList<>();
        private final byte[] standing = new byte[plan.people()];
        private final int[] place = new int[plan.people()];
        private final int[] joinedAt = new int[plan.people()];
        private final byte[] restoredIn = new byte[plan.people()];
        private final long[] until = new long[plan.people()];

        SimulatedRoom(int firstPerson, SimulatedLine line) {
            this.firstPerson = firstPerson;
            this.line = line;
            this.audit = new Audit(line, plan.seconds());
        }

        void begin() {
            for (int i = 0; i < plan.gateways(); i++) {
                desks.add(new Desk(this, i));
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
                case OUTSIDE -> desk.joins.ask(person);
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

    // ── gateways ────────────────────────────────────────────────────────────────────────────────

    /** Asks for many by one call, which is under way or not, as gateways do. */
    private final class Batches {

        private final Ints pending = new Ints();
        private final Desk desk;
        private final Costs.Call cost;
        private final Act act;
        private boolean underWay;

        /** What a call does at once, and what is done when its reply is there. */
        interface Act {
            Runnable on(int person, long millis);
        }

        Batches(Desk desk, Costs.Call cost, Act act) {
            this.desk = desk;
            this.cost = cost;
            this.act = act;
        }

        void ask(int person) {
            pending.add(person);
            next();
        }

        private void next() {
            if (underWay || pending.isEmpty()) {
                return;
            }
            int[] batch = pending.take(MOST_IN_ONE_CALL);
            if (shard.isDown(now)) {
                for (int person : batch) {
                    desk.room.retry(person);
                }
                next();
                return;
            }
            underWay = true;
            long millis = millis(shard.begins(now));
            Runnable[] replies = new Runnable[batch.length];
            for (int i = 0; i < batch.length; i++) {
                replies[i] = act.on(batch[i], millis);
            }
            long done = shard.call(now, cost.of(batch.length));
            at(
                    done + NETWORK,
                    () -> {
                        for (Runnable reply : replies) {
                            reply.run();
                        }
                        underWay = false;
                        next();
                    });
        }
    }

    /** What one gateway knows and does of one room. */
    private final class Desk {

        private final SimulatedRoom room;
        private final SimulatedLine line;
        private final int gateway;
        private final Batches joins;
        private final Batches looks;
        private final Ints waiters = new Ints();
        private final Ints guests = new Ints();
        private final Ints inside = new Ints();
        private final Ints ends = new Ints();
        private final Ints endedAt = new Ints();
        private @Nullable RoomView view;
        private @Nullable Life settled;
        private long viewedAt;
        private long ticks;

        Desk(SimulatedRoom room, int gateway) {
            this.room = room;
            this.line = room.line;
            this.gateway = gateway;
            this.joins = new Batches(this, costs.join(), this::join);
            this.looks = new Batches(this, costs.look(), this::look);
        }

        void begin() {
            at(plan.mixed(gateway, room.firstPerson) % SECOND, this::tick);
            at(plan.mixed(gateway, room.firstPerson + 1L) % SECOND, this::flush);
        }

        // What the timers do.

        private void tick() {
            if (shard.isDown(now)) {
                at(now + AFTER_FAILURE, this::tick);
                return;
            }
            boolean withRungs = ticks++ % TICKS_PER_FAR_LADDER == 0 || view == null;
            if (withRungs) {
                shard.call(now, costs.rungs());
            }
            long asOf = millis(shard.begins(now));
            int[] number = new int[1];
            long before = line.active();
            boolean wasDue =
                    line.admit(
                            gateway,
                            asOf,
                            place -> {
                                number[0]++;
                                room.audit.admits(place, asOf);
                            });
            if (wasDue) {
                room.audit.ticked(asOf);
            }
            RoomView seen = line.view(asOf, withRungs ? null : view.line().ladder());
            long pause = Math.min(Math.max(1, line.nextTick() - asOf) + 1, 1000) * 1000;
            long runOut = before + number[0] - line.active();
            long done =
                    shard.call(
                            now,
                            costs.view() + number[0] * costs.admission() + runOut * costs.runOut());
            at(
                    done + NETWORK,
                    () -> {
                        view = seen;
                        viewedAt = now;
                        if (seen.life().equals(settled)) {
                            at(now + pause, this::tick);
                        } else {
                            settled = seen.restoring() ? settled : seen.life();
                            tellLateEnds(lateEnds(), 0, pause);
                        }
                    });
        }

        /** After a loss, as long as it may help, and once in every life of the room. */
        private int[] lateEnds() {
            int from = ends.size();
            while (from > 0 && endedAt.get(from - 1) > now / SECOND - 60) {
                from--;
            }
            return ends.from(from);
        }

        private void tellLateEnds(int[] late, int from, long pause) {
            if (from >= late.length || shard.isDown(now)) {
                tellWhoIsInside(inside.take(Integer.MAX_VALUE), 0, pause);
                return;
            }
            int to = Math.min(late.length, from + ENDS_AT_ONCE);
            long done = now;
            for (int i = from; i < to; i++) {
                line.end(late[i]);
                done = shard.call(now, costs.end().alone());
            }
            at(done + NETWORK, () -> tellLateEnds(late, to, pause));
        }

        private void tellWhoIsInside(int[] all, int from, long pause) {
            if (from >= all.length || shard.isDown(now)) {
                at(now + pause, this::tick);
                return;
            }
            int to = Math.min(all.length, from + MOST_IN_ONE_CALL);
            long millis = millis(shard.begins(now));
            int told = 0;
            for (int i = from; i < to; i++) {
                if (room.standing[all[i]] == IS_INSIDE && room.until[all[i]] > millis) {
                    line.restore(room.place[all[i]], room.until[all[i]], millis);
                    inside.add(all[i]);
                    told++;
                }
            }
            long done = told == 0 ? now : shard.call(now, costs.restore().of(told));
            at(done + NETWORK, () -> tellWhoIsInside(all, to, pause));
        }

        private void flush() {
            at(now + SECOND, this::flush);
            if (shard.isDown(now)) {
                return;
            }
            tell(waiters, false);
            tell(guests, true);
            shard.call(now, costs.patrol());
            if (gateway == 0) {
                line.patrol(millis(now));
            }
        }

        private void tell(Ints people, boolean inside) {
            while (!people.isEmpty()) {
                int[] some = people.take(MOST_IN_ONE_CALL);
                long millis = millis(shard.begins(now));
                for (int person : some) {
                    long end = line.touch(room.place[person], inside, millis);
                    room.until[person] = Math.max(room.until[person], end);
                }
                shard.call(now, costs.sign().of(some.length));
            }
        }

        // What people ask for.

        private Runnable join(int person, long millis) {
            int place = line.join(gateway, millis);
            room.place[person] = place;
            room.joinedAt[person] = (int) (now / 1000);
            room.standing[person] = WAITS;
            if (line.standing(place) == SimulatedLine.ACTIVE) {
                room.audit.admitsAtOnce(place, millis);
                return () -> goesIn(person);
            }
            return () -> {
                if (room.kind(person) >= Plan.STRANGERS) {
                    Ticket ticket = room.ticket(person);
                    Place first =
                            view.firstPlaceOf(
                                    ticket, view.ahead(ticket.sequence()), plan.pollBudget());
                    later(room.firstPerson + person, first.pollAfter().toMillis());
                }
            };
        }

        void poll(int person) {
            polls++;
            RoomView current = view;
            if (current == null) {
                room.retry(person);
                return;
            }
            Ticket ticket = room.ticket(person);
            boolean isFresh = now - viewedAt < VIEW_LASTS;
            boolean mayBeLost =
                    current.mayHaveLost(ticket) && room.restoredIn[person] != current.life().term();
            Knowledge knowledge =
                    new Knowledge(
                            current.seen(ticket.sequence()),
                            isFresh,
                            null,
                            mayBeLost,
                            false,
                            null,
                            true);
            switch (knowledge.finding()) {
                case WAITS -> waits(person, ticket, current.ahead(ticket.sequence()));
                case ASK_REDIS -> looks.ask(person);
                case RESTORE_FIRST -> restore(person, current.life());
                case NO_VIEW, IS_OVER, IS_INSIDE -> room.retry(person);
            }
        }

        private void waits(int person, Ticket ticket, long ahead) {
            waiters.add(person);
            if (room.kind(person) < Plan.SILENT && plan.mixed(person, now) % 2 == 0) {
                room.standing[person] = IS_OVER; // walks off without a word
                return;
            }
            Place told = view.placeOf(ticket, ahead, plan.pollBudget());
            later(room.firstPerson + person, told.pollAfter().toMillis());
        }

        private void restore(int person, Life life) {
            if (shard.isDown(now) || !life.equals(line.life())) {
                room.retry(person);
                return;
            }
            line.restore(room.place[person], 0, millis(shard.begins(now)));
            room.restoredIn[person] = (byte) life.term();
            long done = shard.call(now, costs.restore().alone());
            at(done + NETWORK, () -> looks.ask(person));
        }

        private Runnable look(int person, long millis) {
            int place = room.place[person];
            byte standing = line.standing(place);
            if (view != null && !view.life().equals(line.life())) {
                return () -> room.retry(person);
            }
            if (standing == SimulatedLine.ACTIVE && line.until(place) > millis) {
                return () -> goesIn(person);
            }
            if (standing == SimulatedLine.WAITING) {
                long ahead = line.rank(place);
                return () -> waits(person, room.ticket(person), ahead);
            }
            return () -> isGone(person);
        }

        private void goesIn(int person) {
            room.standing[person] = IS_INSIDE;
            room.until[person] = line.until(room.place[person]);
            room.audit.tells(now / 1000 - room.joinedAt[person]);
            inside.add(person);
            int kind = room.kind(person);
            if (kind >= Plan.WITHOUT_USE) {
                guests.add(person);
            }
            if (kind >= Plan.WITHOUT_USE && kind < Plan.BUYERS) {
                later(
                        room.firstPerson + person,
                        plan.settings().session().toMillis() / 2 + plan.mixed(person, 3) % 2_000);
            }
        }

        /** Lost a place, or came too late for the turn. */
        private void isGone(int person) {
            room.standing[person] = IS_OVER;
            if (room.isObedient(person)) {
                if (room.audit.wasAdmitted(room.place[person])) {
                    room.audit.missedTurns++;
                } else {
                    room.audit.lostPlaces++;
                }
            }
        }

        void complete(int person) {
            if (shard.isDown(now)) {
                room.retry(person);
                return;
            }
            room.standing[person] = IS_OVER;
            line.end(room.place[person]);
            shard.call(now, costs.end().alone());
            ends.add(room.place[person]);
            endedAt.add((int) (now / SECOND));
        }
    }
}
