package dev.stagedoor.quickstart.stage;

import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.http.client.ReactorResourceFactory;

/**
 * All booking services of this JVM share the event loops: the end of one must not end them for the
 * others. A gateway has its own.
 */
final class EternalEventLoops implements ApplicationContextInitializer<GenericApplicationContext> {

    @Override
    public void initialize(GenericApplicationContext context) {
        String name = context.getEnvironment().getProperty("spring.application.name", "");
        if (name.equals("booking-service")) {
            context.registerBean(ReactorResourceFactory.class, Endless::new);
        }
    }

    private static final class Endless extends ReactorResourceFactory {
        @Override
        public void stop() {}

        @Override
        public void destroy() {}
    }
}
