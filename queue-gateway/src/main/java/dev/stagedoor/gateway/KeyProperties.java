package dev.stagedoor.gateway;

import dev.stagedoor.common.SigningKey;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

import java.util.List;

/**
 * The secrets that tokens are signed with, each a list of {@code id:base64url}: the first one
 * signs, all verify. To replace one, put the new one behind it everywhere, or whoever has not been
 * told of it yet refuses its tokens; then in front; and take the old one away when its tokens are
 * gone.
 *
 * @param queue signs queue tokens; the same on every gateway
 * @param pass signs what the gateway tells the upstream; shared with the upstream
 * @param access verifies access tokens; shared with the booking service, which signs them
 */
@ConfigurationProperties("stagedoor.keys")
record KeyProperties(
        @DefaultValue List<String> queue,
        @DefaultValue List<String> pass,
        @DefaultValue List<String> access) {

    KeyProperties {
        SigningKey.listOf("stagedoor.keys.queue", queue);
        SigningKey.listOf("stagedoor.keys.pass", pass);
        if (!access.isEmpty()) { // they may be of an identity provider
            SigningKey.listOf("stagedoor.keys.access", access);
        }
    }

    List<SigningKey> queueKeys() {
        return SigningKey.listOf("stagedoor.keys.queue", queue);
    }

    List<SigningKey> passKeys() {
        return SigningKey.listOf("stagedoor.keys.pass", pass);
    }

    List<SigningKey> accessKeys() {
        return SigningKey.listOf("stagedoor.keys.access", access);
    }

    @Override
    public String toString() {
        return "KeyProperties[queue=%s, pass=%s, access=%s]"
                .formatted(queueKeys(), passKeys(), accessKeys());
    }
}
