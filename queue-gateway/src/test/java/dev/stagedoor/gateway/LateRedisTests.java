package dev.stagedoor.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.devservices.EmbeddedRedis;

import org.junit.jupiter.api.Test;
import org.springframework.context.ConfigurableApplicationContext;

import java.time.Duration;
import java.util.List;

/** A gateway that is started while Redis does not answer. */
class LateRedisTests {

    private static final List<String> ROOMS = List.of("main", "opera", "cinema", "circus");
    private static final Duration RECOVERY = Duration.ofSeconds(5);

    @Test
    void opensEveryRoomAsSoonAsRedisAnswers() {
        try (EmbeddedRedis redis = EmbeddedRedis.start()) {
            redis.freeze();
            Thread.startVirtualThread(
                    () -> {
                        await().pollDelay(Duration.ofSeconds(4)).until(() -> true);
                        redis.thaw();
                    });
            try (ConfigurableApplicationContext gateway =
                    Gateways.startOn(
                            redis.url(),
                            "http://127.0.0.1:1",
                            "stagedoor.rooms.main.paths=/**",
                            "stagedoor.rooms.opera.paths=/opera/**",
                            "stagedoor.rooms.cinema.paths=/cinema/**",
                            "stagedoor.rooms.circus.paths=/circus/**")) {
                for (String room : ROOMS) {
                    assertThat(
                                    await().atMost(RECOVERY.multipliedBy(2))
                                            .until(
                                                    () ->
                                                            new Visitor(room)
                                                                    .asksToJoin(gateway)
                                                                    .statusCode(),
                                                    status -> status != 503))
                            .as(room)
                            .isEqualTo(201);
                }
            }
        }
    }
}
