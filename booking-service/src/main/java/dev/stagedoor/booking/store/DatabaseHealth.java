package dev.stagedoor.booking.store;

import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.ReactiveHealthIndicator;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.stereotype.Component;

import reactor.core.publisher.Mono;

import java.time.Duration;

/**
 * Whether the database answers and has our tables, on a connection that no buyer waits for; and
 * what was wrong.
 */
@Component("r2dbcHealthContributor")
record DatabaseHealth(DatabaseClient database, Outages outages) implements ReactiveHealthIndicator {

    private static final Duration PATIENCE = Duration.ofSeconds(3);

    @Override
    public Mono<Health> health() {
        Mono<Health> asked =
                database.sql("SELECT FROM concert LIMIT 0")
                        .then()
                        .then(Mono.fromSupplier(() -> health(Health.up())));
        return Lane.BACKGROUND
                .take(asked)
                .timeout(PATIENCE)
                .doOnError(outages::note)
                .onErrorResume(_ -> Mono.fromSupplier(() -> health(Health.down())));
    }

    private Health health(Health.Builder health) {
        outages.recent()
                .ifPresent(
                        last ->
                                health.withDetail("outage", last.outage())
                                        .withDetail("sqlState", last.sqlState())
                                        .withDetail("at", last.at()));
        return health.build();
    }
}
