package dev.stagedoor.booking.store;

import static io.r2dbc.postgresql.PostgresqlConnectionFactoryProvider.LOOP_RESOURCES;
import static io.r2dbc.postgresql.PostgresqlConnectionFactoryProvider.OPTIONS;
import static io.r2dbc.postgresql.PostgresqlConnectionFactoryProvider.PREPARED_STATEMENT_CACHE_QUERIES;
import static io.r2dbc.postgresql.PostgresqlConnectionFactoryProvider.TCP_KEEPALIVE;
import static io.r2dbc.spi.ConnectionFactoryOptions.CONNECT_TIMEOUT;

import io.r2dbc.spi.ConnectionFactory;

import org.springframework.boot.r2dbc.autoconfigure.ConnectionFactoryOptionsBuilderCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.r2dbc.core.DatabaseClient;

import reactor.netty.resources.LoopResources;

import java.time.Duration;
import java.util.Map;

@Configuration(proxyBeanMethods = false)
class StoreConfiguration {

    private static final Duration CONNECT = Duration.ofSeconds(1);

    /**
     * Every statement looks rows up by keys, so one plan fits all parameters. Left to itself,
     * PostgreSQL plans the claim of a seat anew each time, for longer than it takes to run it: of
     * how many seats an array names it knows nothing.
     */
    private static final Map.Entry<String, String> ONE_PLAN =
            Map.entry("plan_cache_mode", "force_generic_plan");

    @Bean
    ConnectionFactoryOptionsBuilderCustomizer settings(
            DatabaseLimits limits, LoopResources threads) {
        Map<String, String> settings =
                Map.ofEntries(
                        ONE_PLAN,
                        limit("statement_timeout", limits.statementTimeout()),
                        limit("lock_timeout", limits.lockTimeout()),
                        limit("idle_in_transaction_session_timeout", limits.idleInTransaction()));
        return options ->
                options.option(OPTIONS, settings)
                        .option(CONNECT_TIMEOUT, CONNECT)
                        .option(TCP_KEEPALIVE, true)
                        .option(LOOP_RESOURCES, new WatchedConnections(threads, limits.patience()))
                        .option(PREPARED_STATEMENT_CACHE_QUERIES, limits.statementCache());
    }

    @Bean
    DatabaseClient databaseClient(ConnectionFactory connections) {
        return DatabaseClient.create(connections);
    }

    private static Map.Entry<String, String> limit(String setting, Duration duration) {
        return Map.entry(setting, Long.toString(duration.toMillis()));
    }
}
