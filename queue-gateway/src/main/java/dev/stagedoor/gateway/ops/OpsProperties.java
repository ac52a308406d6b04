package dev.stagedoor.gateway.ops;

import dev.stagedoor.common.operators.Account;
import dev.stagedoor.common.operators.Role;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.Assert;

import java.util.Map;

/**
 * Who may operate this gateway.
 *
 * @param operators by name
 * @param password of the operator {@code ops}; made up and logged if nobody is set at all
 */
@ConfigurationProperties("stagedoor.ops")
record OpsProperties(
        @DefaultValue Map<String, Account> operators, @DefaultValue("") String password) {

    OpsProperties {
        operators.forEach(
                (name, account) ->
                        Assert.isTrue(
                                account.role() != Role.DOOR,
                                () ->
                                        "stagedoor.ops.operators.%s.role must be viewer or operator"
                                                .formatted(name)));
    }

    @Override
    public String toString() {
        return "OpsProperties[operators=%s]".formatted(operators);
    }
}
