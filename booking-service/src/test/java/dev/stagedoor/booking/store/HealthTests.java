package dev.stagedoor.booking.store;

import static org.awaitility.Awaitility.await;

import dev.stagedoor.booking.stage.Booking;
import dev.stagedoor.booking.stage.OwnServers;
import dev.stagedoor.booking.stage.Visitor;
import dev.stagedoor.devservices.EmbeddedPostgres;
import dev.stagedoor.devservices.EmbeddedRedis;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Being ready means that PostgreSQL answers; Redis may come and go. */
@OwnServers
@Timeout(120)
class HealthTests {

    @Test
    void isReadyWithoutRedisAndNotWithoutPostgres() {
        try (EmbeddedRedis redis = EmbeddedRedis.start();
                EmbeddedPostgres postgres = EmbeddedPostgres.start();
                Booking booking =
                        Booking.start(redis.url(), postgres.database(), Booking.MANAGED)) {
            Visitor management = booking.atManagement();

            redis.kill();
            management.get("/actuator/health/readiness").is(200);
            postgres.kill();
            becomes(management, 503);
            management.get("/actuator/health/liveness").is(200);
            postgres.restart();
            becomes(management, 200);
        }
    }

    private static void becomes(Visitor management, int status) {
        await().until(() -> management.get("/actuator/health/readiness").status() == status);
    }
}
