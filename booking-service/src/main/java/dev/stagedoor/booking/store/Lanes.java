package dev.stagedoor.booking.store;

import static io.r2dbc.postgresql.PostgresqlConnectionFactoryProvider.LOOP_RESOURCES;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.pool.ConnectionPoolConfiguration;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactories;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.ConnectionFactoryOptions;
import io.r2dbc.spi.R2dbcNonTransientResourceException;

import org.springframework.beans.factory.DisposableBean;
import org.springframework.boot.r2dbc.OptionsCapableConnectionFactory;
import org.springframework.boot.r2dbc.autoconfigure.R2dbcProperties;
import org.springframework.boot.r2dbc.metrics.ConnectionPoolMetrics;
import org.springframework.r2dbc.connection.lookup.AbstractRoutingConnectionFactory;
import org.springframework.stereotype.Component;

import reactor.core.publisher.Mono;
import reactor.netty.resources.LoopResources;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * The connections of every {@link Lane}; those of the buyers are Boot's own pool, beside which it
 * wants no other bean of the kind.
 */
@Component
final class Lanes implements DisposableBean {

    private static final Duration A_MINUTE = Duration.ofMinutes(1);
    private static final int PATIENT_CONNECTIONS = 2;

    private final R2dbcProperties.Pool like;
    private final MeterRegistry meters;
    private final List<ConnectionPool> ours;
    private final ConnectionFactory connections;

    Lanes(
            ConnectionPool buyers,
            R2dbcProperties properties,
            DatabaseLimits limits,
            LoopResources threads,
            MeterRegistry meters) {
        this.like = properties.getPool();
        this.meters = meters;
        ConnectionFactory database = buyers.unwrap();
        Duration soon = like.getMaxAcquireTime();
        var open = pool("open", database, limits.openConnections(), soon);
        var background = pool("background", database, limits.backgroundConnections(), soon);
        var patient =
                pool("patient", patient(buyers, limits, threads), PATIENT_CONNECTIONS, A_MINUTE);
        this.ours = List.of(open, background, patient);
        this.connections =
                new Routed(
                        Map.of(
                                Lane.BUYERS, buyers,
                                Lane.OPEN, open,
                                Lane.BACKGROUND, background,
                                Lane.PATIENT, patient));
    }

    ConnectionFactory connections() {
        return connections;
    }

    /** Before that of the buyers, which was there first. */
    @Override
    public void destroy() {
        ours.forEach(ConnectionPool::dispose);
    }

    private ConnectionPool pool(String name, ConnectionFactory database, int size, Duration wait) {
        ConnectionPool pool =
                new ConnectionPool(
                        ConnectionPoolConfiguration.builder(database)
                                .name(name)
                                .initialSize(0)
                                .minIdle(0)
                                .maxSize(size)
                                .maxAcquireTime(wait)
                                .maxCreateConnectionTime(like.getMaxCreateConnectionTime())
                                .maxValidationTime(like.getMaxValidationTime())
                                .maxIdleTime(like.getMaxIdleTime())
                                .maxLifeTime(like.getMaxLifeTime())
                                .acquireRetry(like.getAcquireRetry())
                                .build());
        new ConnectionPoolMetrics(pool, name, Tags.empty()).bindTo(meters);
        return pool;
    }

    /** The same database; what it may take there, {@link Transactions#patiently} tells it. */
    private static ConnectionFactory patient(
            ConnectionPool buyers, DatabaseLimits limits, LoopResources threads) {
        ConnectionFactoryOptions options =
                OptionsCapableConnectionFactory.unwrapFrom(buyers).getOptions();
        return ConnectionFactories.get(
                options.mutate()
                        .option(
                                LOOP_RESOURCES,
                                new WatchedConnections(threads, limits.patience(A_MINUTE)))
                        .build());
    }

    /** What is asked for a connection on behalf of work looks in which lane that is. */
    private static final class Routed extends AbstractRoutingConnectionFactory {

        Routed(Map<Lane, ConnectionFactory> lanes) {
            setTargetConnectionFactories(lanes);
            setDefaultTargetConnectionFactory(lanes.get(Lane.BUYERS));
            afterPropertiesSet();
        }

        /** Another one as often as one is found dead: after a restart of PostgreSQL all are. */
        @Override
        public Mono<Connection> create() {
            return super.create().onErrorResume(Routed::isFoundDead, _ -> create());
        }

        /** By the pool, which says no more of it; what the driver fails by are others. */
        private static boolean isFoundDead(Throwable error) {
            return error.getClass() == R2dbcNonTransientResourceException.class;
        }

        @Override
        protected Mono<Object> determineCurrentLookupKey() {
            return Mono.deferContextual(
                    context -> Mono.just(context.getOrDefault(Lane.class, Lane.BUYERS)));
        }
    }
}
