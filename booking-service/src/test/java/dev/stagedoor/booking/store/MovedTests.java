package dev.stagedoor.booking.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.booking.catalogue.ScheduleId;
import dev.stagedoor.booking.stage.Booking;
import dev.stagedoor.booking.stage.OwnServers;
import dev.stagedoor.booking.stage.Visitor;
import dev.stagedoor.devservices.Database;
import dev.stagedoor.devservices.DevServices;
import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.devservices.MovingNames;
import dev.stagedoor.devservices.Way;

import io.micrometer.core.instrument.MeterRegistry;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.time.Duration;

/** Servers that come back at another address, as containers do, are found there. */
@OwnServers
@Timeout(60)
class MovedTests {

    private static final Duration SOON = Duration.ofSeconds(10);
    private static final String BEFORE = "127.0.0.1";
    private static final String AFTER = "127.0.0.2";

    /** The only name that Netty's resolver knows without asking anybody. */
    private static final String KNOWN = "localhost";

    @AfterEach
    void moveBack() {
        MovingNames.moveBack(KNOWN);
    }

    @Test
    void postgresIsFoundAtItsNextAddress() {
        Database database = DevServices.database();
        try (Way before = new Way(BEFORE, 0, database.port());
                Booking booking =
                        Booking.start(DevServices.redisUrl(), at(KNOWN, before.port(), database))) {
            ScheduleId schedule = booking.schedule();
            Visitor visitor = booking.visitor();
            visitor.reserve(schedule, 1).is(201);

            try (Way after = new Way(AFTER, before.port(), database.port())) {
                MovingNames.move(KNOWN, AFTER);
                before.end();

                await().atMost(SOON)
                        .until(() -> visitor.reserve(schedule, 2).status(), is -> is == 201);
                assertThat(after.isUsed()).isTrue();
            }
        }
    }

    private static Database at(String host, int port, Database like) {
        return new Database(host, port, like.name(), like.user(), like.password());
    }

    @Test
    void theRedisOfTheLocksIsFoundAtItsNextAddress() {
        MovingNames.move("redis.moving.test", BEFORE);
        try (EmbeddedRedis redis = EmbeddedRedis.start();
                Way before = new Way(BEFORE, 0, redis.port());
                Booking booking =
                        Booking.start(
                                "redis://redis.moving.test:" + before.port(),
                                DevServices.database())) {
            Visitor visitor = booking.visitor();
            ScheduleId schedule = booking.schedule(500, 500);
            await().atMost(SOON).until(() -> locks(booking, visitor, schedule));

            try (Way after = new Way(AFTER, before.port(), redis.port())) {
                MovingNames.move("redis.moving.test", AFTER);
                before.end();

                await().atMost(SOON).until(() -> locks(booking, visitor, schedule));
                assertThat(after.isUsed()).isTrue();
            }
        }
    }

    private int seat;

    /** Whether a hold has had its locks. */
    private boolean locks(Booking booking, Visitor visitor, ScheduleId schedule) {
        double before = taken(booking);
        visitor.reserve(schedule, ++seat).is(201);
        return taken(booking) > before;
    }

    private static double taken(Booking booking) {
        return booking.bean(MeterRegistry.class)
                .get("stagedoor.booking.seat.lock")
                .tag("outcome", "taken")
                .counter()
                .count();
    }
}
