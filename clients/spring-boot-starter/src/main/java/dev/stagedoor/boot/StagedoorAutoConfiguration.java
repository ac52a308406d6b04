package dev.stagedoor.boot;

import dev.stagedoor.common.Passes;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;

import java.time.InstantSource;

/** Guards a web application. Without a key it does not start: an open door would look the same. */
@AutoConfiguration
@ConditionalOnWebApplication
@EnableConfigurationProperties({PassKeys.class, PassProperties.class})
@Import({ServletGuard.class, WebFluxGuard.class})
public class StagedoorAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean
    PassGuard passGuard(PassKeys keys, PassProperties properties) {
        return new PassGuard(new Passes(keys.signingKeys(), InstantSource.system()), properties);
    }
}
