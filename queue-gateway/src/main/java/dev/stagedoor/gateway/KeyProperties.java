package dev.stagedoor.gateway;

import dev.stagedoor.common.SigningKey;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;

import java.util.List;

/**
 * The secrets that tokens are signed with, each a list of {@code id:base64url}: the first one
 * signs, all verify. To replace one, put the new one in front and take the old one away when its
 * tokens are gone.
 *
 * @param queue signs queue tokens; the same on every gateway
 * @param pass signs what the gateway tells the upstream; shared with the upstream
 * @param access verifies access tokens; shared with the booking service, which signs them
 */
@ConfigurationProperties("stagedoor.keys")
record KeyProperties(List<SigningKey> queue, List<SigningKey> pass, List<SigningKey> access) {

    KeyProperties {
        queue = needed("queue", queue);
        pass = needed("pass", pass);
        access = needed("access", access);
    }

    private static List<SigningKey> needed(String kind, @Nullable List<SigningKey> keys) {
        if (keys == null || keys.isEmpty()) {
            throw new IllegalArgumentException(
                    "stagedoor.keys.%s is not set: it takes id:secret, the secret 32 random bytes or more in base64url"
                            .formatted(kind));
        }
        return List.copyOf(keys);
    }
}
