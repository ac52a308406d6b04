package dev.stagedoor.booking.store;

import static io.r2dbc.postgresql.PostgresqlConnectionFactoryProvider.OPTIONS;
import static io.r2dbc.postgresql.PostgresqlConnectionFactoryProvider.PREPARED_STATEMENT_CACHE_QUERIES;
import static io.r2dbc.spi.ConnectionFactoryOptions.CONNECT_TIMEOUT;

import io.r2dbc.spi.ConnectionFactory;

import org.springframework.boot.r2dbc.autoconfigure.ConnectionFactoryOptionsBuilderCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.r2dbc.core.DatabaseClient;

import java.time.Duration;
import java.util.Map;

@Configuration(proxyBeanMethods = false)
class StoreConfiguration {

    private static final Duration CONNECT = Duration.ofSeconds(1);

    @Bean
    ConnectionFactoryOptionsBuilderCustomizer limits(DatabaseLimits limits) {
        Map<String, String> settings =
                Map.of(
                        "statement_timeout", millis(limits.statementTimeout()),
                        "lock_timeout", millis(limits.lockTimeout()),
                        "idle_in_transaction_session_timeout", millis(limits.idleInTransaction()));
        return options ->
                options.option(OPTIONS, settings)
                        .option(CONNECT_TIMEOUT, CONNECT)
                        .option(PREPARED_STATEMENT_CACHE_QUERIES, limits.statementCache());
    }

    @Bean
    DatabaseClient databaseClient(ConnectionFactory connections) {
        return DatabaseClient.create(connections);
    }

    private static String millis(Duration duration) {
        return Long.toString(duration.toMillis());
    }
}
