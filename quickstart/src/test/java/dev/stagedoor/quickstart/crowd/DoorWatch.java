package dev.stagedoor.quickstart.crowd;

import io.lettuce.core.RedisClient;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.api.StatefulRedisConnection;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Looks into the room's keys a hundred times a second, each time at one instant: how many are
 * inside, and whether anybody inside came later than anybody who still waits.
 */
final class DoorWatch implements AutoCloseable {

    private static final String LOOK =
            """
            local newest = 0
            for _, sequence in ipairs(redis.call('HVALS', KEYS[2])) do
              newest = math.max(newest, tonumber(sequence))
            end
            local first = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
            local oldest = tonumber(first[2] or '0')
            return {redis.call('ZCARD', KEYS[3]), string.format('%.0f', newest), string.format('%.0f', oldest)}
            """;
    private static final String[] KEYS = {
        "wr:{main}:waiting", "wr:{main}:passes", "wr:{main}:active"
    };

    private final RedisClient client;
    private final StatefulRedisConnection<String, String> redis;
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
    private final List<Look> looks = new ArrayList<>();

    private DoorWatch(String redisUrl) {
        this.client = RedisClient.create(redisUrl);
        this.redis = client.connect();
    }

    static DoorWatch over(String redisUrl) {
        DoorWatch watch = new DoorWatch(redisUrl);
        watch.clock.scheduleWithFixedDelay(watch::keepLooking, 0, 10, TimeUnit.MILLISECONDS);
        return watch;
    }

    /** All that has been seen until now. */
    List<Look> looks() {
        synchronized (looks) {
            return List.copyOf(looks);
        }
    }

    static Look lookInto(String redisUrl) {
        try (DoorWatch watch = new DoorWatch(redisUrl)) {
            return watch.look();
        }
    }

    @Override
    public void close() {
        clock.close();
        redis.close();
        client.shutdown();
    }

    private void keepLooking() {
        Look look = look();
        synchronized (looks) {
            looks.add(look);
        }
    }

    private Look look() {
        List<Object> seen = redis.sync().eval(LOOK, ScriptOutputType.MULTI, KEYS);
        return new Look(number(seen.get(0)), number(seen.get(1)), number(seen.get(2)));
    }

    private static long number(Object value) {
        return Long.parseLong(value.toString());
    }

    /**
     * @param inside how many hold a session
     * @param newestInside the largest sequence among them, 0 for nobody
     * @param oldestWaiting the smallest sequence in the line, 0 for nobody
     */
    record Look(long inside, long newestInside, long oldestWaiting) {

        boolean isInOrder() {
            return oldestWaiting == 0 || newestInside < oldestWaiting;
        }
    }
}
