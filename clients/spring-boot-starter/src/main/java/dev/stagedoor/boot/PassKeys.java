package dev.stagedoor.boot;

import dev.stagedoor.common.SigningKey;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

import java.util.List;

/**
 * Secrets shared with the gateway.
 *
 * @param pass under which the gateway signs passes: each {@code id:base64url}, 32 random bytes or
 *     more. While a key is replaced, the old and the new one
 */
@ConfigurationProperties("stagedoor.keys")
public record PassKeys(@DefaultValue List<String> pass) {

    public PassKeys {
        SigningKey.listOf("stagedoor.keys.pass", pass);
    }

    List<SigningKey> signingKeys() {
        return SigningKey.listOf("stagedoor.keys.pass", pass);
    }

    @Override
    public String toString() {
        return "PassKeys[pass=" + signingKeys() + "]";
    }
}
