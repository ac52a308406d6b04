package dev.stagedoor.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.gateway.waitingroom.Timings;

import org.junit.jupiter.api.Test;
import org.springframework.context.ConfigurableApplicationContext;

import java.time.Duration;
import java.util.List;

/**
 * A gateway that is started while Redis does not answer. Its first connection is waited for by
 * threads that all gateways of this JVM share: beside others it would make outages of theirs.
 */
@Alone
class LateRedisTests {

    private static final List<String> ROOMS = List.of("main", "opera", "cinema", "circus");
    private static final Duration RECOVERY = Duration.ofSeconds(5);

    @Test
    void opensEveryRoomAsSoonAsRedisAnswers() {
        try (EmbeddedRedis redis = EmbeddedRedis.start()) {
            redis.freeze();
            try (ConfigurableApplicationContext gateway =
                    Gateways.startOn(
                            Timings.USUAL,
                            redis.url(),
                            "http://127.0.0.1:1",
                            "stagedoor.rooms.main.paths=/**",
                            "stagedoor.rooms.opera.paths=/opera/**",
                            "stagedoor.rooms.cinema.paths=/cinema/**",
                            "stagedoor.rooms.circus.paths=/circus/**")) {
                assertThat(ROOMS).allMatch(room -> join(room, gateway) == 503);

                redis.thaw();

                for (String room : ROOMS) {
                    assertThat(
                                    await().atMost(RECOVERY.multipliedBy(2))
                                            .until(
                                                    () -> join(room, gateway),
                                                    status -> status != 503))
                            .as(room)
                            .isEqualTo(201);
                }
            }
        }
    }

    private static int join(String room, ConfigurableApplicationContext gateway) {
        return new Visitor(room).asksToJoin(gateway).statusCode();
    }
}
