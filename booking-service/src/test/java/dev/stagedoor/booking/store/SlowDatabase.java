package dev.stagedoor.booking.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.booking.stage.Answered;
import dev.stagedoor.booking.stage.Booking;
import dev.stagedoor.booking.stage.OwnDatabase;
import dev.stagedoor.booking.stage.Visitor;
import dev.stagedoor.devservices.DevServices;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;

/** PostgreSQL is there, but slow. It is these tests' own. */
abstract class SlowDatabase {

    static final String WAITING =
            "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = ?::regclass";

    static Booking booking;

    @BeforeAll
    static void start() {
        booking =
                Booking.start(
                        DevServices.redisUrl(),
                        OwnDatabase.create("slow"),
                        Booking.MANAGED,
                        "--spring.r2dbc.pool.max-size=8");
    }

    @AfterAll
    static void stop() {
        booking.close();
    }

    static Mono<List<Answered>> charging(List<Visitor> visitors) {
        return Flux.fromIterable(visitors)
                .flatMap(
                        it -> it.send("POST", "/api/v1/balance/charges", "{\"amount\":1}"),
                        visitors.size())
                .collectList();
    }

    /**
     * The limits are one second for a connection or a row and two for a statement; a busy machine
     * takes a few more.
     */
    static List<Answered> inTime(Supplier<List<Answered>> requests) {
        long begun = System.nanoTime();
        List<Answered> answers = requests.get();
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(20));
        return answers;
    }
}
