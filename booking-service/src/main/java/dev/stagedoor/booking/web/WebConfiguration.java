package dev.stagedoor.booking.web;

import dev.stagedoor.booking.sale.TicketCodes;
import dev.stagedoor.booking.store.Refusal;
import dev.stagedoor.boot.WebFluxRefusal;
import dev.stagedoor.common.AccessTokens;
import dev.stagedoor.common.ProblemDocuments;
import dev.stagedoor.common.connection.IdleConnections;
import dev.stagedoor.common.connection.LastAnswers;
import dev.stagedoor.common.settings.UnreadSettings;
import dev.stagedoor.common.tracing.OtlpTracing;
import dev.stagedoor.common.tracing.Tracing;
import dev.stagedoor.common.tracing.TracingProperties;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.jackson.autoconfigure.JsonMapperBuilderCustomizer;
import org.springframework.boot.reactor.netty.NettyServerCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.client.ReactorResourceFactory;
import org.springframework.util.Assert;

import reactor.netty.resources.LoopResources;

import tools.jackson.databind.cfg.CoercionAction;
import tools.jackson.databind.cfg.CoercionInputShape;
import tools.jackson.databind.type.LogicalType;

import java.time.Duration;
import java.time.InstantSource;

@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(TracingProperties.class)
class WebConfiguration {

    /** Keys are often told to both services in one place. */
    @Bean
    static UnreadSettings unreadSettings() {
        return new UnreadSettings(
                "stagedoor.rehearsal",
                "stagedoor.rehearsal.only",
                "stagedoor.booking.password-cost",
                "stagedoor.keys.queue");
    }

    /** In the words of every other refusal, and counted like them. */
    @Bean
    WebFluxRefusal refusal() {
        return (exchange, code) -> {
            exchange.getResponse().getHeaders().set("X-Content-Type-Options", "nosniff");
            return Refusal.because(code);
        };
    }

    @Bean
    AccessTokens accessTokens(Keys keys) {
        return new AccessTokens(keys.accessKeys(), InstantSource.system());
    }

    @Bean
    TicketCodes ticketCodes(Keys keys) {
        return new TicketCodes(keys.ticketKeys());
    }

    /** A number is no text, and no time. The settings of the mapper say the rest. */
    @Bean
    JsonMapperBuilderCustomizer nothingIsMadeToFit() {
        return builder ->
                builder.withCoercionConfig(
                                LogicalType.Textual,
                                text ->
                                        text.setCoercion(
                                                        CoercionInputShape.Integer,
                                                        CoercionAction.Fail)
                                                .setCoercion(
                                                        CoercionInputShape.Float,
                                                        CoercionAction.Fail)
                                                .setCoercion(
                                                        CoercionInputShape.Boolean,
                                                        CoercionAction.Fail))
                        .addModule(new TimesAsText());
    }

    @Bean
    @ConditionalOnBooleanProperty("stagedoor.tracing.enabled")
    Tracing tracing(TracingProperties tracing) {
        return new OtlpTracing("booking-service", tracing.endpoint(), tracing.sampling(), false);
    }

    /** Before the pass is asked for: who is turned away is told of as well. */
    @Bean
    @Order(Ordered.HIGHEST_PRECEDENCE)
    @ConditionalOnBooleanProperty("stagedoor.tracing.enabled")
    TraceFilter traceFilter(Tracing tracing) {
        return new TraceFilter(tracing);
    }

    @Bean
    NettyServerCustomizer connections(
            @Value("${stagedoor.booking.idle-timeout}") Duration idleTimeout) {
        Assert.isTrue(
                idleTimeout.isPositive(),
                "stagedoor.booking.idle-timeout must be longer than nothing");
        return server -> LastAnswers.said(IdleConnections.closed(server, idleTimeout));
    }

    @Bean
    NettyServerCustomizer expressLane(Losers losers) {
        return losers::told;
    }

    @Bean
    ProblemDocuments problemDocuments() {
        return new ProblemDocuments();
    }

    /**
     * The connections of the database share the threads of the web server: with threads of their
     * own, every statement would wake one up to send it and another to go on.
     */
    @Bean
    LoopResources databaseThreads(ReactorResourceFactory threads) {
        return threads.getLoopResources();
    }
}
