package dev.stagedoor.booking.store;

import static io.r2dbc.postgresql.PostgresqlConnectionFactoryProvider.LOOP_RESOURCES;
import static io.r2dbc.postgresql.PostgresqlConnectionFactoryProvider.OPTIONS;
import static io.r2dbc.postgresql.PostgresqlConnectionFactoryProvider.PREPARED_STATEMENT_CACHE_QUERIES;
import static io.r2dbc.postgresql.PostgresqlConnectionFactoryProvider.TCP_KEEPALIVE;
import static io.r2dbc.spi.ConnectionFactoryOptions.CONNECT_TIMEOUT;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.r2dbc.autoconfigure.ConnectionFactoryOptionsBuilderCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.r2dbc.connection.R2dbcTransactionManager;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.transaction.ReactiveTransactionManager;

import reactor.netty.resources.LoopResources;

import java.time.Duration;

@Configuration(proxyBeanMethods = false)
class StoreConfiguration {

    private static final Duration CONNECT = Duration.ofSeconds(1);

    /** Without an address Boot leaves the migrations out, and says nothing. */
    @ConfigurationProperties("spring.flyway")
    record Migrations(@DefaultValue("true") boolean enabled, @Nullable String url) {

        Migrations {
            if (enabled && url == null) {
                throw new IllegalArgumentException(
                        "spring.flyway.url is missing: set it to jdbc:postgresql://… of the"
                                + " database of spring.r2dbc.url, or spring.flyway.enabled=false if"
                                + " it is migrated by somebody else");
            }
        }
    }

    @Bean
    ConnectionFactoryOptionsBuilderCustomizer settings(
            DatabaseLimits limits, LoopResources threads) {
        Duration statement = limits.statementTimeout();
        return options ->
                options.option(OPTIONS, limits.settings())
                        .option(CONNECT_TIMEOUT, CONNECT)
                        .option(TCP_KEEPALIVE, true)
                        .option(
                                LOOP_RESOURCES,
                                new WatchedConnections(threads, limits.patience(statement)))
                        .option(PREPARED_STATEMENT_CACHE_QUERIES, limits.preparedStatements());
    }

    @Bean
    DatabaseClient databaseClient(Lanes lanes) {
        return DatabaseClient.create(lanes.connections());
    }

    @Bean
    ReactiveTransactionManager transactionManager(Lanes lanes) {
        return new R2dbcTransactionManager(lanes.connections());
    }
}
