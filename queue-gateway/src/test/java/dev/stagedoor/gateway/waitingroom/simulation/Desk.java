package dev.stagedoor.gateway.waitingroom.simulation;

import dev.stagedoor.gateway.waitingroom.Life;
import dev.stagedoor.gateway.waitingroom.Place;
import dev.stagedoor.gateway.waitingroom.RoomView;
import dev.stagedoor.gateway.waitingroom.Ticket;
import dev.stagedoor.gateway.waitingroom.known.LatestView.Knowledge;

import org.jspecify.annotations.Nullable;

/** What one gateway knows and does of one room. */
final class Desk {

    private static final int ENDS_AT_ONCE = 32;
    private static final long VIEW_LASTS = 30 * Simulation.SECOND;
    private static final long AFTER_FAILURE = 250_000;
    private static final int TICKS_PER_FAR_LADDER = 10;

    private final Simulation world;
    private final Simulation.SimulatedRoom room;
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

    Desk(Simulation world, Simulation.SimulatedRoom room, int gateway) {
        this.world = world;
        this.room = room;
        this.line = room.line;
        this.gateway = gateway;
        this.joins = new Batches(world, this, world.costs.join(), this::join);
        this.looks = new Batches(world, this, world.costs.look(), this::look);
    }

    /** Somebody asks for a place. */
    void join(int person) {
        joins.ask(person);
    }

    void retry(int person) {
        room.retry(person);
    }

    void begin() {
        world.at(world.plan.mixed(gateway, room.firstPerson) % Simulation.SECOND, this::tick);
        world.at(world.plan.mixed(gateway, room.firstPerson + 1L) % Simulation.SECOND, this::flush);
    }

    // What the timers do.

    private void tick() {
        if (world.shard.isDown(world.now)) {
            world.at(world.now + AFTER_FAILURE, this::tick);
            return;
        }
        boolean withRungs = ticks++ % TICKS_PER_FAR_LADDER == 0 || view == null;
        if (withRungs) {
            world.shard.call(world.now, world.costs.rungs());
        }
        long asOf = Simulation.millis(world.shard.begins(world.now));
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
                world.shard.call(
                        world.now,
                        world.costs.view()
                                + number[0] * world.costs.admission()
                                + runOut * world.costs.runOut());
        world.at(
                done + Simulation.NETWORK,
                () -> {
                    view = seen;
                    viewedAt = world.now;
                    if (seen.life().equals(settled)) {
                        world.at(world.now + pause, this::tick);
                    } else {
                        settled = seen.restoring() ? settled : seen.life();
                        tellLateEnds(lateEnds(), 0, pause);
                    }
                });
    }

    /** After a loss, as long as it may help, and once in every life of the room. */
    private int[] lateEnds() {
        int from = ends.size();
        while (from > 0 && endedAt.get(from - 1) > world.now / Simulation.SECOND - 60) {
            from--;
        }
        return ends.from(from);
    }

    private void tellLateEnds(int[] late, int from, long pause) {
        if (from >= late.length || world.shard.isDown(world.now)) {
            tellWhoIsInside(inside.take(Integer.MAX_VALUE), 0, pause);
            return;
        }
        int to = Math.min(late.length, from + ENDS_AT_ONCE);
        long done = world.now;
        for (int i = from; i < to; i++) {
            line.end(late[i]);
            done = world.shard.call(world.now, world.costs.end().alone());
        }
        world.at(done + Simulation.NETWORK, () -> tellLateEnds(late, to, pause));
    }

    private void tellWhoIsInside(int[] all, int from, long pause) {
        if (from >= all.length || world.shard.isDown(world.now)) {
            world.at(world.now + pause, this::tick);
            return;
        }
        int to = Math.min(all.length, from + Simulation.MOST_IN_ONE_CALL);
        long millis = Simulation.millis(world.shard.begins(world.now));
        int told = 0;
        for (int i = from; i < to; i++) {
            if (room.standing[all[i]] == Simulation.IS_INSIDE && room.until[all[i]] > millis) {
                line.restore(room.place[all[i]], room.until[all[i]], millis);
                inside.add(all[i]);
                told++;
            }
        }
        long done =
                told == 0 ? world.now : world.shard.call(world.now, world.costs.restore().of(told));
        world.at(done + Simulation.NETWORK, () -> tellWhoIsInside(all, to, pause));
    }

    private void flush() {
        world.at(world.now + Simulation.SECOND, this::flush);
        if (world.shard.isDown(world.now)) {
            return;
        }
        tell(waiters, false);
        tell(guests, true);
        world.shard.call(world.now, world.costs.patrol());
        if (gateway == 0) {
            line.patrol(Simulation.millis(world.now));
        }
    }

    private void tell(Ints people, boolean inside) {
        while (!people.isEmpty()) {
            int[] some = people.take(Simulation.MOST_IN_ONE_CALL);
            long millis = Simulation.millis(world.shard.begins(world.now));
            for (int person : some) {
                long end = line.touch(room.place[person], inside, millis);
                room.until[person] = Math.max(room.until[person], end);
            }
            world.shard.call(world.now, world.costs.sign().of(some.length));
        }
    }

    // What people ask for.

    private Runnable join(int person, long millis) {
        int place = line.join(gateway, millis);
        room.place[person] = place;
        room.joinedAt[person] = (int) (world.now / 1000);
        room.standing[person] = Simulation.WAITS;
        if (line.standing(place) == SimulatedLine.ACTIVE) {
            room.audit.admitsAtOnce(place, millis);
            return () -> goesIn(person);
        }
        return () -> {
            if (room.kind(person) >= Plan.STRANGERS) {
                Ticket ticket = room.ticket(person);
                Place first =
                        view.firstPlaceOf(
                                ticket, view.ahead(ticket.sequence()), world.plan.pollBudget());
                world.later(room.firstPerson + person, first.pollAfter().toMillis());
            }
        };
    }

    void poll(int person) {
        world.polls++;
        RoomView current = view;
        if (current == null) {
            room.retry(person);
            return;
        }
        Ticket ticket = room.ticket(person);
        boolean isFresh = world.now - viewedAt < VIEW_LASTS;
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
        if (room.kind(person) < Plan.SILENT && world.plan.mixed(person, world.now) % 2 == 0) {
            room.standing[person] = Simulation.IS_OVER; // walks off without a word
            return;
        }
        Place told = view.placeOf(ticket, ahead, world.plan.pollBudget());
        world.later(room.firstPerson + person, told.pollAfter().toMillis());
    }

    private void restore(int person, Life life) {
        if (world.shard.isDown(world.now) || !life.equals(line.life())) {
            room.retry(person);
            return;
        }
        line.restore(room.place[person], 0, Simulation.millis(world.shard.begins(world.now)));
        room.restoredIn[person] = (byte) life.term();
        long done = world.shard.call(world.now, world.costs.restore().alone());
        world.at(done + Simulation.NETWORK, () -> looks.ask(person));
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
        room.standing[person] = Simulation.IS_INSIDE;
        room.until[person] = line.until(room.place[person]);
        room.audit.tells(world.now / 1000 - room.joinedAt[person]);
        inside.add(person);
        int kind = room.kind(person);
        if (kind >= Plan.WITHOUT_USE) {
            guests.add(person);
        }
        if (kind >= Plan.WITHOUT_USE && kind < Plan.BUYERS) {
            world.later(
                    room.firstPerson + person,
                    world.plan.settings().session().toMillis() / 2
                            + world.plan.mixed(person, 3) % 2_000);
        }
    }

    /** Lost a place, or came too late for the turn. */
    private void isGone(int person) {
        room.standing[person] = Simulation.IS_OVER;
        if (room.isObedient(person)) {
            if (room.audit.wasAdmitted(room.place[person])) {
                room.audit.missedTurns++;
            } else {
                room.audit.lostPlaces++;
            }
        }
    }

    void complete(int person) {
        if (world.shard.isDown(world.now)) {
            room.retry(person);
            return;
        }
        room.standing[person] = Simulation.IS_OVER;
        line.end(room.place[person]);
        world.shard.call(world.now, world.costs.end().alone());
        ends.add(room.place[person]);
        endedAt.add((int) (world.now / Simulation.SECOND));
    }
}
