package dev.stagedoor.gateway.waitingroom;

import java.time.Duration;

/**
 * What stories would otherwise wait for; nobody can set it.
 *
 * @param viewLasts how long the last view answers for Redis
 * @param exchangeEvery how soon a room that was made on one gateway is known to the others
 * @param longestSilence at least this often something is said on a stream, so that a dead one is
 *     noticed
 * @param redisDeadline for every call to Redis: longer than any healthy script, shorter than
 *     anybody's patience
 */
public record Timings(
        Duration viewLasts,
        Duration exchangeEvery,
        Duration longestSilence,
        Duration redisDeadline) {

    public static final Timings USUAL =
            new Timings(
                    Duration.ofSeconds(30),
                    Duration.ofSeconds(2),
                    Duration.ofSeconds(15),
                    Duration.ofMillis(400));
}
