package dev.stagedoor.booking.store;

import static io.r2dbc.postgresql.PostgresqlConnectionFactoryProvider.LOOP_RESOURCES;
import static io.r2dbc.postgresql.PostgresqlConnectionFactoryProvider.OPTIONS;
import static io.r2dbc.postgresql.PostgresqlConnectionFactoryProvider.PREPARED_STATEMENT_CACHE_QUERIES;
import static io.r2dbc.postgresql.PostgresqlConnectionFactoryProvider.TCP_KEEPALIVE;
import static io.r2dbc.spi.ConnectionFactoryOptions.CONNECT_TIMEOUT;

import org.flywaydb.core.api.MigrationState;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.flyway.autoconfigure.FlywayMigrationStrategy;
import org.springframework.boot.r2dbc.autoconfigure.ConnectionFactoryOptionsBuilderCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.r2dbc.connection.R2dbcTransactionManager;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.transaction.ReactiveTransactionManager;

import reactor.netty.resources.LoopResources;

import java.time.Duration;
import java.util.Arrays;

@Configuration(proxyBeanMethods = false)
class StoreConfiguration {

    private static final Logger log = LoggerFactory.getLogger(StoreConfiguration.class);
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

    /**
     * Migrations that this version does not know are those of a later one, whose functions must
     * stay: Flyway itself would put ours back, as their text differs.
     */
    @Bean
    FlywayMigrationStrategy unlessALaterVersionWasHere() {
        return flyway -> {
            if (Arrays.stream(flyway.info().all())
                    .noneMatch(it -> it.getState() == MigrationState.FUTURE_SUCCESS)) {
                flyway.migrate();
            } else {
                log.warn("the database was migrated by a later version, and is left as it is");
            }
        };
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
