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
record Keys(List<SigningKey> pass, List<SigningKey> access) {

    Keys {
        requireAny(pass, "stagedoor.keys.pass");
        requireAny(access, "stagedoor.keys.access");
    }

    private static void requireAny(@Nullable List<SigningKey> keys, String property) {
        if (keys == null || keys.isEmpty()) {
            throw new IllegalArgumentException(
                    property + " is missing: set it to id:base64url of at least 32 random bytes");
        }
    }
}
