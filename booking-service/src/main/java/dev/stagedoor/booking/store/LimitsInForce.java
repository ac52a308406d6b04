package dev.stagedoor.booking.store;

import org.springframework.boot.ApplicationArguments;
import org.springframework.boot.ApplicationRunner;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.core.annotation.Order;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.stereotype.Component;

import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;

/**
 * Looks at the start whether the database ends what takes too long. A pooler passes on nothing of
 * what a connection asks for at its begin, and may not even say so.
 */
@Component
@Order(0)
@ConditionalOnBooleanProperty(
        name = "stagedoor.rehearsal.only",
        havingValue = false,
        matchIfMissing = true)
record LimitsInForce(DatabaseClient database, DatabaseLimits limits) implements ApplicationRunner {

    /** A machine that starts everything at once is slow, and the database may come later. */
    private static final Retry LIKE_MIGRATIONS = Retry.fixedDelay(10, Duration.ofSeconds(2));

    @Override
    public void run(ApplicationArguments arguments)
            throws InterruptedException, ExecutionException {
        List<String> missing =
                new ArrayList<>(
                        limits.timeouts().entrySet().stream()
                                .map(limit -> said(limit.getKey(), limit.getValue()))
                                .sorted()
                                .toList());
        missing.removeAll(Lane.PATIENT.take(inForce()).retryWhen(LIKE_MIGRATIONS).toFuture().get());
        if (!missing.isEmpty()) {
            throw new IllegalStateException(
                    "the database does not end what takes too long; behind a pooler the role has to"
                            + " say it: "
                            + String.join("; ", missing));
        }
    }

    private Mono<List<String>> inForce() {
        return database.sql("SELECT name, setting FROM pg_settings WHERE unit = 'ms'")
                .map(row -> said(row.get("name", String.class), row.get("setting", String.class)))
                .all()
                .collectList();
    }

    private static String said(String limit, String millis) {
        return "ALTER ROLE … SET %s = '%sms'".formatted(limit, millis);
    }
}
