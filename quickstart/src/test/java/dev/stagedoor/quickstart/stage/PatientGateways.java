package dev.stagedoor.quickstart.stage;

import dev.stagedoor.gateway.waitingroom.Timings;

import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.ConfigurableApplicationContext;

import java.time.Duration;

/**
 * Gateways wait longer than usual for a Redis that is there: a busy machine lets it look slow, and
 * nobody who plays in a browser asks again because of that.
 */
final class PatientGateways
        implements ApplicationContextInitializer<ConfigurableApplicationContext>,
                BeanPostProcessor {

    /** For whoever starts one, too. */
    static final String TIMEOUT = "--spring.data.redis.timeout=5s";

    private static final Duration DEADLINE = Duration.ofSeconds(4);

    @Override
    public void initialize(ConfigurableApplicationContext context) {
        context.getBeanFactory().addBeanPostProcessor(this);
    }

    @Override
    public Object postProcessAfterInitialization(Object bean, String name) {
        return bean instanceof Timings usual
                ? new Timings(
                        usual.viewLasts(), usual.exchangeEvery(), usual.longestSilence(), DEADLINE)
                : bean;
    }
}
