package dev.stagedoor.gateway.waitingroom.simulation;

import dev.stagedoor.gateway.waitingroom.RoomSettings;

/**
 * What is simulated of one shard, and what its people are like.
 *
 * @param people of each room
 * @param openingSeconds in which all of them come, most of them at the beginning
 * @param pollBudget of each gateway for a room
 * @param lagMillis by which the replica is behind that takes over
 */
record Plan(
        int rooms,
        int people,
        int gateways,
        int openingSeconds,
        int seconds,
        long pollBudget,
        RoomSettings settings,
        int downFromSecond,
        int downUntilSecond,
        int lagMillis,
        long seed) {

    static final int NEVER = Integer.MAX_VALUE / 2;

    /** Of a thousand, in this order. */
    static final int STRANGERS = 30;

    static final int SILENT = 50;
    static final int WITHOUT_USE = 60;
    static final int BUYERS = 100;

    Plan withSeed(long other) {
        return new Plan(
                rooms,
                people,
                gateways,
                openingSeconds,
                seconds,
                pollBudget,
                settings,
                downFromSecond,
                downUntilSecond,
                lagMillis,
                other);
    }

    /** With a server that dies, and a replica that takes over. */
    Plan losing(int fromSecond, int untilSecond, int lag) {
        return new Plan(
                rooms,
                people,
                gateways,
                openingSeconds,
                seconds,
                pollBudget,
                settings,
                fromSecond,
                untilSecond,
                lag,
                seed);
    }

    /** The first come twice as densely as the mean, the last not at all. */
    int comesAfterMillis(double chance) {
        return (int) (openingSeconds * 1000 * (1 - Math.sqrt(1 - chance)));
    }

    long mixed(long one, long other) {
        long z = seed + one * 0x9E3779B97F4A7C15L + other * 0xC2B2AE3D27D4EB4FL;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return (z ^ (z >>> 31)) >>> 1;
    }
}
