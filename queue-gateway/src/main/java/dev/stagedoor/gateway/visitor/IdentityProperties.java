package dev.stagedoor.gateway.visitor;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.Assert;

import java.net.URI;
import java.time.Duration;
import java.util.Set;

/**
 * The identity provider whose access tokens take the place of our own.
 *
 * @param issuerUri exactly as it stands in its tokens; none for our own tokens
 * @param audience what its tokens must have been made for; {@code any} takes those for others too
 * @param timeout of one question to the provider
 * @param keysLifetime how long its keys are used before they are asked for again
 */
@ConfigurationProperties("stagedoor.identity")
public record IdentityProperties(
        @Nullable URI issuerUri,
        @Nullable String audience,
        @DefaultValue("2s") Duration timeout,
        @DefaultValue("1h") Duration keysLifetime) {

    static final String ANY = "any";

    private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "[::1]");

    public IdentityProperties {
        Assert.isTrue(
                issuerUri == null || isSafe(issuerUri),
                () ->
                        "stagedoor.identity.issuer-uri must be an https address, or one of this"
                                + " machine: "
                                + issuerUri);
        Assert.isTrue(
                issuerUri == null || audience != null && !audience.isBlank(),
                "stagedoor.identity.audience must be set: whoever runs another site could join as"
                        + " its visitors; any waives it");
        Assert.isTrue(timeout.isPositive(), "stagedoor.identity.timeout must be positive");
        Assert.isTrue(
                keysLifetime.isPositive(), "stagedoor.identity.keys-lifetime must be positive");
    }

    /** Whoever stands on the way of plain http could hand out keys. */
    static boolean isSafe(URI uri) {
        return uri.getHost() != null
                && ("https".equals(uri.getScheme())
                        || "http".equals(uri.getScheme()) && LOOPBACK.contains(uri.getHost()));
    }
}
