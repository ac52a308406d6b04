package dev.stagedoor.gateway.rehearsal;

import dev.stagedoor.common.AccessTokens;
import dev.stagedoor.common.Passes;
import dev.stagedoor.common.RoomId;
import dev.stagedoor.common.SigningKey;
import dev.stagedoor.common.tracing.Tracing;
import dev.stagedoor.gateway.GatewayApplication;
import dev.stagedoor.gateway.GatewayProperties;
import dev.stagedoor.gateway.meters.GatewayMeters;
import dev.stagedoor.gateway.request.TrustedProxies;
import dev.stagedoor.gateway.share.Limits;
import dev.stagedoor.gateway.token.QueueTokens;
import dev.stagedoor.gateway.upstream.UpstreamProperties;
import dev.stagedoor.gateway.visitor.Identities;
import dev.stagedoor.gateway.waitingroom.RoomSettings;
import dev.stagedoor.gateway.waitingroom.Timings;
import dev.stagedoor.gateway.waitingroom.redis.Lines;
import dev.stagedoor.gateway.waitingroom.room.Rooms;
import dev.stagedoor.gateway.waitingroom.room.Rooms.Recovery;

import io.micrometer.observation.ObservationRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;

import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.ComponentScan;
import org.springframework.context.annotation.ComponentScan.Filter;
import org.springframework.context.annotation.FilterType;
import org.springframework.http.server.reactive.HttpHandler;
import org.springframework.web.reactive.config.EnableWebFlux;
import org.springframework.web.server.adapter.WebHttpHandlerBuilder;

import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;

/**
 * The gateway that is rehearsed with, below the real one: all that it would count, sign with, ask
 * or keep is its own, under the same names.
 */
@EnableWebFlux
@EnableConfigurationProperties({GatewayProperties.class, Limits.class, UpstreamProperties.class})
@ComponentScan(
        basePackageClasses = GatewayApplication.class,
        excludeFilters =
                @Filter(
                        type = FilterType.REGEX,
                        pattern =
                                "dev\\.stagedoor\\.gateway\\.((ops|rehearsal|verdict)\\..*|[A-Z].*)"))
class RehearsedGateway {

    static final RoomId ROOM = new RoomId("rehearsal");

    /**
     * Whatever the machine is busy with at the start, no call to a Redis that is not there fails.
     */
    private static final Duration PATIENT = Duration.ofMinutes(1);

    private static final SigningKey KEY = SigningKey.random(ROOM.name());

    @Bean
    QueueTokens queueTokens(InstantSource clock) {
        return new QueueTokens(List.of(KEY), clock);
    }

    @Bean
    Passes passes(InstantSource clock) {
        return new Passes(List.of(KEY), clock);
    }

    @Bean
    Identities identities(InstantSource clock) {
        return new Identities.OwnTokens(new AccessTokens(List.of(KEY), clock));
    }

    @Bean
    Rooms rooms(Timings timings, GatewayProperties gateway) {
        return new Rooms(
                Lines.rehearsed(ROOM, PATIENT),
                Map.of(ROOM, RoomSettings.DEFAULTS),
                RoomSettings.DEFAULTS,
                new Recovery(Duration.ZERO, false),
                timings,
                gateway.pollBudget());
    }

    @Bean
    TrustedProxies trustedProxies() {
        return new TrustedProxies(List.of());
    }

    @Bean
    Tracing tracing() {
        return Tracing.OFF;
    }

    @Bean
    GatewayMeters gatewayMeters() {
        return new GatewayMeters(new PrometheusMeterRegistry(PrometheusConfig.DEFAULT));
    }

    @Bean
    ObservationRegistry observationRegistry() {
        return ObservationRegistry.NOOP;
    }

    @Bean
    HttpHandler httpHandler(ApplicationContext context) {
        return WebHttpHandlerBuilder.applicationContext(context).build();
    }
}
