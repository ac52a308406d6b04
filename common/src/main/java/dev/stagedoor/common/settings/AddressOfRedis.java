package dev.stagedoor.common.settings;

import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.ConfigurableApplicationContext;

import java.net.URI;

/**
 * The address of Redis may hold its password. Whoever else finds it to be none tells it whole, in
 * the log: so it is looked at before.
 */
public final class AddressOfRedis
        implements ApplicationContextInitializer<ConfigurableApplicationContext> {

    private static final String NAME = "spring.data.redis.url";

    @Override
    public void initialize(ConfigurableApplicationContext context) {
        String said = context.getEnvironment().getProperty(NAME, "");
        if (!said.isBlank() && !isSound(said)) {
            throw new IllegalArgumentException(
                    NAME
                            + " must be redis://user:password@host:port, or rediss://…; what is"
                            + " neither a letter nor a digit in a password is written as in"
                            + " addresses, like %23 for #");
        }
    }

    private static boolean isSound(String said) {
        try {
            URI uri = URI.create(said);
            return uri.getHost() != null && String.valueOf(uri.getScheme()).matches("rediss?");
        } catch (IllegalArgumentException _) {
            return false;
        }
    }
}
