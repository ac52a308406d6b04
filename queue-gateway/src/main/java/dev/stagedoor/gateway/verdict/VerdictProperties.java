package dev.stagedoor.gateway.verdict;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.Assert;

/**
 * Where proxies ask. It must not be reached by anybody else: who asks is believed.
 *
 * @param port none where nobody asks; 0 for any that is free
 * @param address where it listens
 */
@ConfigurationProperties("stagedoor.verdict")
record VerdictProperties(@Nullable Integer port, @DefaultValue("127.0.0.1") String address) {

    VerdictProperties {
        Assert.isTrue(
                port == null || 0 <= port && port <= 65_535,
                () -> "stagedoor.verdict.port must be a port number, but is " + port);
    }
}
