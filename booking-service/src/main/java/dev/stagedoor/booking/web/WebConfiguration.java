package dev.stagedoor.booking.web;

import static io.r2dbc.postgresql.PostgresqlConnectionFactoryProvider.LOOP_RESOURCES;

import dev.stagedoor.common.AccessTokens;
import dev.stagedoor.common.Passes;
import dev.stagedoor.common.ProblemDocuments;

import org.springframework.boot.jackson.autoconfigure.JsonMapperBuilderCustomizer;
import org.springframework.boot.r2dbc.autoconfigure.ConnectionFactoryOptionsBuilderCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.client.ReactorResourceFactory;

import tools.jackson.databind.cfg.CoercionAction;
import tools.jackson.databind.cfg.CoercionInputShape;
import tools.jackson.databind.type.LogicalType;

import java.time.InstantSource;

@Configuration(proxyBeanMethods = false)
class WebConfiguration {

    @Bean
    Passes passes(Keys keys) {
        return new Passes(keys.passKeys(), InstantSource.system());
    }

    @Bean
    AccessTokens accessTokens(Keys keys) {
        return new AccessTokens(keys.accessKeys(), InstantSource.system());
    }

    /** A number is no text; the settings of the mapper say the rest. */
    @Bean
    JsonMapperBuilderCustomizer noTextFromNumbers() {
        return builder ->
                builder.withCoercionConfig(
                        LogicalType.Textual,
                        text ->
                                text.setCoercion(CoercionInputShape.Integer, CoercionAction.Fail)
                                        .setCoercion(CoercionInputShape.Float, CoercionAction.Fail)
                                        .setCoercion(
                                                CoercionInputShape.Boolean, CoercionAction.Fail));
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
    ConnectionFactoryOptionsBuilderCustomizer sameThreads(ReactorResourceFactory threads) {
        return options -> options.option(LOOP_RESOURCES, threads.getLoopResources());
    }
}
