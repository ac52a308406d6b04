package dev.stagedoor.booking.admin;

import dev.stagedoor.common.operators.Account;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

import java.util.Map;

/**
 * Who may run the sale; nobody unless somebody is set.
 *
 * @param operators by name
 * @param password of the operator {@code admin}
 */
@ConfigurationProperties("stagedoor.admin")
record AdminProperties(
        @DefaultValue Map<String, Account> operators, @DefaultValue("") String password) {

    @Override
    public String toString() {
        return "AdminProperties[operators=" + operators + "]";
    }
}
