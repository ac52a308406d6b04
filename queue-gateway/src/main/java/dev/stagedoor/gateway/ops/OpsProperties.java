package dev.stagedoor.gateway.ops;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

import java.time.Duration;

/**
 * Who may operate this gateway.
 *
 * @param password of all operators, the same on every gateway; one is made up and logged if none is
 *     set
 * @param session how long a browser stays signed in
 */
@ConfigurationProperties("stagedoor.ops")
record OpsProperties(@DefaultValue("") String password, @DefaultValue("12h") Duration session) {

    OpsProperties {
        if (session.compareTo(Duration.ofMinutes(1)) < 0
                || session.compareTo(Duration.ofDays(30)) > 0) {
            throw new IllegalArgumentException("stagedoor.ops.session must be 1m to 30d");
        }
    }

    @Override
    public String toString() {
        return "OpsProperties[session=" + session + "]";
    }
}
