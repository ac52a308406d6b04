package dev.stagedoor.gateway.waitingroom.simulation;

/** Asks for many by one call, which is under way or not, as gateways do. */
final class Batches {

    private final Ints pending = new Ints();
    private final Simulation world;
    private final Desk desk;
    private final Costs.Call cost;
    private final Act act;
    private boolean underWay;

    /** What a call does at once, and what is done when its reply is there. */
    interface Act {
        Runnable on(int person, long millis);
    }

    Batches(Simulation world, Desk desk, Costs.Call cost, Act act) {
        this.world = world;
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
        int[] batch = pending.take(Simulation.MOST_IN_ONE_CALL);
        if (world.shard.isDown(world.now)) {
            for (int person : batch) {
                desk.retry(person);
            }
            next();
            return;
        }
        underWay = true;
        long millis = Simulation.millis(world.shard.begins(world.now));
        Runnable[] replies = new Runnable[batch.length];
        for (int i = 0; i < batch.length; i++) {
            replies[i] = act.on(batch[i], millis);
        }
        long done = world.shard.call(world.now, cost.of(batch.length));
        world.at(
                done + Simulation.NETWORK,
                () -> {
                    for (Runnable reply : replies) {
                        reply.run();
                    }
                    underWay = false;
                    next();
                });
    }
}
