package dev.stagedoor.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.gateway.waitingroom.Timings;

import org.junit.jupiter.api.Test;
import org.springframework.context.ConfigurableApplicationContext;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

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
                nothingThatIsTimedStandsStill();

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

    /** The first connection is not waited for by threads that everything shares. */
    private static void nothingThatIsTimedStandsStill() {
        for (int i = 0; i < 10; i++) {
            Flux.range(0, Schedulers.DEFAULT_POOL_SIZE)
                    .flatMap(_ -> Mono.delay(Duration.ofMillis(50)))
                    .blockLast(Duration.ofSeconds(1));
        }
    }

    private static int join(String room, ConfigurableApplicationContext gateway) {
        return new Visitor(room).asksToJoin(gateway).statusCode();
    }
}
