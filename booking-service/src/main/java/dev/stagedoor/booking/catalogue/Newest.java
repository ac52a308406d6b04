package dev.stagedoor.booking.catalogue;

import org.springframework.r2dbc.core.DatabaseClient;

import reactor.core.publisher.Mono;

import java.time.Duration;

/**
 * The last of the numbers that a table gives out in turn. What is beyond it is not there and not
 * looked up, so that nobody outside chooses what is; of those before it a few are missing.
 */
final class Newest {

    private final Mono<Long> lookUp;
    private volatile Remembered<Long> newest;

    Newest(DatabaseClient database, String table) {
        this.lookUp =
                database.sql("SELECT max(id) FROM " + table + " HAVING max(id) IS NOT NULL")
                        .map(row -> row.get(0, Long.class))
                        .one();
        this.newest = new Remembered<>(Duration.ZERO, lookUp);
    }

    /** That number; empty if it has not been given out. */
    Mono<Long> reaches(long number) {
        return Mono.defer(
                () -> {
                    Remembered<Long> remembered = newest;
                    Long last = remembered.last();
                    Mono<Long> now =
                            last == null || last < number ? remembered.again() : Mono.just(last);
                    return now.filter(it -> it >= number).map(_ -> number);
                });
    }

    /** One more has been given out. */
    void forget() {
        newest = new Remembered<>(Duration.ZERO, lookUp);
    }
}
