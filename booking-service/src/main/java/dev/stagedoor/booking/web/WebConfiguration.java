package dev.stagedoor.booking.web;

import dev.stagedoor.common.AccessTokens;
import dev.stagedoor.common.Passes;
import dev.stagedoor.common.ProblemDocuments;

import org.springframework.boot.jackson.autoconfigure.JsonMapperBuilderCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

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
}
