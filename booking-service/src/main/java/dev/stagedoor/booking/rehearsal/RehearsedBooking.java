package dev.stagedoor.booking.rehearsal;

import dev.stagedoor.booking.seat.LockSettings;
import dev.stagedoor.booking.seat.RedisServers;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.pool.ConnectionPoolConfiguration;
import io.r2dbc.spi.ConnectionFactory;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.r2dbc.ConnectionFactoryBuilder;
import org.springframework.boot.r2dbc.autoconfigure.ConnectionFactoryOptionsBuilderCustomizer;
import org.springframework.boot.r2dbc.autoconfigure.R2dbcProperties;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.ComponentScan;
import org.springframework.context.annotation.ComponentScan.Filter;
import org.springframework.context.annotation.FilterType;
import org.springframework.context.annotation.Primary;
import org.springframework.http.server.reactive.HttpHandler;
import org.springframework.web.reactive.config.EnableWebFlux;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.adapter.WebHttpHandlerBuilder;

/**
 * The booking service that is rehearsed with, below the real one: the database it asks and all that
 * it counts are its own, under the same names.
 */
@EnableWebFlux
@EnableConfigurationProperties(LockSettings.class)
@ComponentScan(
        basePackages = "dev.stagedoor.booking",
        excludeFilters =
                @Filter(
                        type = FilterType.REGEX,
                        pattern =
                                "dev\\.stagedoor\\.booking\\.((admin|audit|rehearsal)\\..*"
                                        + "|sale\\.Sweeping|[A-Z].*)"))
class RehearsedBooking {

    static final String DATABASE_PORT = "stagedoor.rehearsal.database";
    static final String REDIS_PORT = "stagedoor.rehearsal.redis";

    @Bean(destroyMethod = "dispose")
    ConnectionPool connectionFactory(
            ConnectionFactoryOptionsBuilderCustomizer settings,
            R2dbcProperties properties,
            @Value("${" + DATABASE_PORT + "}") int port) {
        String url = "r2dbc:postgresql://rehearsal:rehearsal@127.0.0.1:" + port + "/rehearsal";
        ConnectionFactory database =
                ConnectionFactoryBuilder.withUrl(url).configure(settings::customize).build();
        return new ConnectionPool(
                ConnectionPoolConfiguration.builder(database)
                        .initialSize(0)
                        .maxSize(properties.getPool().getMaxSize())
                        .build());
    }

    @Bean
    @Primary
    RedisServers redisServers(@Value("${" + REDIS_PORT + "}") int port) {
        return RedisServers.at("redis://127.0.0.1:" + port);
    }

    @Bean
    @Primary
    MeterRegistry prometheusMeterRegistry() {
        return new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    }

    @Bean
    ObservationRegistry observationRegistry() {
        return ObservationRegistry.NOOP;
    }

    /** In the place of what would be told of as a trace. */
    @Bean
    WebFilter traceFilter() {
        return (exchange, chain) -> chain.filter(exchange);
    }

    @Bean
    HttpHandler httpHandler(ApplicationContext context) {
        return WebHttpHandlerBuilder.applicationContext(context).build();
    }
}
