package dev.stagedoor.booking.web;

import dev.stagedoor.common.SigningKey;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;

import java.util.List;

/**
 * Secrets shared with the gateway: {@code stagedoor.keys.*}, each a comma list of {@code
 * id:base64url}. The first key signs, all verify.
 *
 * @param pass under which the gateway signs passes
 * @param access under which this service signs access tokens
 */
@ConfigurationProperties("stagedoor.keys")
record Keys(List<String> pass, List<String> access) {

    Keys {
        pass = required(pass, "stagedoor.keys.pass");
        access = required(access, "stagedoor.keys.access");
    }

    List<SigningKey> passKeys() {
        return pass.stream().map(SigningKey::valueOf).toList();
    }

    List<SigningKey> accessKeys() {
        return access.stream().map(SigningKey::valueOf).toList();
    }

    /** Read here, and not by Boot's conversion: that one prints what it cannot convert. */
    private static List<String> required(@Nullable List<String> keys, String property) {
        if (keys == null || keys.stream().allMatch(String::isBlank)) {
            throw new IllegalArgumentException(
                    property + " is missing: set it to id:base64url of at least 32 random bytes");
        }
        keys.forEach(SigningKey::valueOf);
        return keys;
    }

    @Override
    public String toString() {
        return "Keys[pass=" + passKeys() + ", access=" + accessKeys() + "]";
    }
}
