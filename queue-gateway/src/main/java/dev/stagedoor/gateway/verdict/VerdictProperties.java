package dev.stagedoor.gateway.verdict;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Where proxies ask. It must not be reached by anybody else: who asks is believed.
 *
 * @param port none where nobody asks; 0 for any that is free
 * @param address where it listens
 */
@ConfigurationProperties("stagedoor.verdict")
record VerdictProperties(@Nullable Integer port, @DefaultValue("127.0.0.1") String address) {

    VerdictProperties {
        if (port != null && (port < 0 || port > 65_535)) {
            throw new IllegalArgumentException(
                    "stagedoor.verdict.port must be a port number, but is " + port);
        }
    }
}
