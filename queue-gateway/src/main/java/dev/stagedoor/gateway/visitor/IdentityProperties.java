package dev.stagedoor.gateway.visitor;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

import java.net.URI;
import java.time.Duration;

/**
 * The identity provider whose access tokens take the place of our own.
 *
 * @param issuerUri exactly as it stands in its tokens; none for our own tokens
 * @param audience what its tokens must have been made for; anything if not set
 * @param timeout of one question to the provider
 * @param keysLifetime how long its keys are used before they are asked for again
 */
@ConfigurationProperties("stagedoor.identity")
public record IdentityProperties(
        @Nullable URI issuerUri,
        @Nullable String audience,
        @DefaultValue("2s") Duration timeout,
        @DefaultValue("1h") Duration keysLifetime) {

    public IdentityProperties {
        if (issuerUri != null && (issuerUri.getHost() == null || !isWeb(issuerUri))) {
            throw new IllegalArgumentException(
                    "stagedoor.identity.issuer-uri must be an http or https address: " + issuerUri);
        }
        if (timeout.isNegative() || timeout.isZero()) {
            throw new IllegalArgumentException("stagedoor.identity.timeout must be positive");
        }
        if (keysLifetime.isNegative() || keysLifetime.isZero()) {
            throw new IllegalArgumentException("stagedoor.identity.keys-lifetime must be positive");
        }
    }

    private static boolean isWeb(URI uri) {
        return "https".equals(uri.getScheme()) || "http".equals(uri.getScheme());
    }
}
