package dev.stagedoor.booking.web;

import dev.stagedoor.common.AccessTokens;
import dev.stagedoor.common.Passes;
import dev.stagedoor.common.ProblemDocuments;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import java.time.InstantSource;

@Configuration(proxyBeanMethods = false)
class WebConfiguration {

    @Bean
    Passes passes(Keys keys) {
        return new Passes(keys.pass(), InstantSource.system());
    }

    @Bean
    AccessTokens accessTokens(Keys keys) {
        return new AccessTokens(keys.access(), InstantSource.system());
    }

    @Bean
    ProblemDocuments problemDocuments() {
        return new ProblemDocuments();
    }
}
