package dev.stagedoor.gateway.ops;

import dev.stagedoor.common.operators.Account;
import dev.stagedoor.common.operators.Role;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

import java.time.Duration;
import java.util.Map;

/**
 * Who may operate this gateway.
 *
 * @param operators by name
 * @param password of the operator {@code ops}; made up and logged if nobody is set at all
 * @param session how long a browser stays signed in
 */
@ConfigurationProperties("stagedoor.ops")
record OpsProperties(
        @DefaultValue Map<String, Account> operators,
        @DefaultValue("") String password,
        @DefaultValue("12h") Duration session) {

    OpsProperties {
        if (session.compareTo(Duration.ofMinutes(1)) < 0
                || session.compareTo(Duration.ofDays(30)) > 0) {
            throw new IllegalArgumentException("stagedoor.ops.session must be 1m to 30d");
        }
        operators.forEach(
                (name, account) -> {
                    if (account.role() == Role.DOOR) {
                        throw new IllegalArgumentException(
                                "stagedoor.ops.operators.%s.role must be viewer or operator"
                                        .formatted(name));
                    }
                });
    }

    boolean isNobodySet() {
        return password.isBlank() && operators.isEmpty();
    }

    @Override
    public String toString() {
        return "OpsProperties[operators=%s, session=%s]".formatted(operators, session);
    }
}
