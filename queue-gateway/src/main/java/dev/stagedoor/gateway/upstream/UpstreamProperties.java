package dev.stagedoor.gateway.upstream;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.Assert;
import org.springframework.util.unit.DataSize;

import java.net.URI;
import java.time.Duration;
import java.util.Optional;

/**
 * Where admitted traffic goes.
 *
 * @param url scheme, host and port; where rooms have no origin of their own. {@code none}: nothing
 *     is forwarded, because somebody else does it
 * @param trust the bundle that says who may vouch for it, if it is https
 * @param connections most open at once; more requests wait for one to become free
 * @param openConnections the same for requests to open paths, which have connections of their own
 * @param signedInConnections the same for those who have signed in and have no turn
 * @param bodyBuffer how much of a body is waited for before a connection is taken
 * @param maxBodySize the largest body that is forwarded
 * @param pending most that wait; whoever comes then gets 503
 * @param pendingTimeout how long one waits for a connection before 503
 * @param connectTimeout how long opening a connection may take before 502
 * @param responseTimeout how long the upstream may be silent before 504
 * @param idleTimeout how long an unused connection is kept; shorter than the upstream keeps its own
 */
@ConfigurationProperties("stagedoor.upstream")
public record UpstreamProperties(
        @DefaultValue("http://127.0.0.1:8081") URI url,
        @DefaultValue("") String trust,
        @DefaultValue("500") int connections,
        @DefaultValue("100") int openConnections,
        @DefaultValue("100") int signedInConnections,
        @DefaultValue("64KB") DataSize bodyBuffer,
        @DefaultValue("10MB") DataSize maxBodySize,
        @DefaultValue("2000") int pending,
        @DefaultValue("2s") Duration pendingTimeout,
        @DefaultValue("1s") Duration connectTimeout,
        @DefaultValue("10s") Duration responseTimeout,
        @DefaultValue("30s") Duration idleTimeout) {

    private static final String NONE = "none";
    private static final int LAST_PORT = 65_535;
    private static final Duration LONGEST_CONNECT = Duration.ofHours(1);

    public UpstreamProperties {
        boolean isWeb = "http".equals(url.getScheme()) || "https".equals(url.getScheme());
        boolean isThere = url.getHost() != null && url.getPort() <= LAST_PORT;
        boolean isSite = isWeb && isThere && url.getRawPath().length() <= 1;
        must(
                isSite || url.toString().equals(NONE),
                "url must be http(s)://host:port without a path, but is " + url);
        must(
                connections >= 1
                        && openConnections >= 1
                        && signedInConnections >= 1
                        && pending >= 1,
                "connections, .open-connections, .signed-in-connections and .pending must be at"
                        + " least 1");
        must(
                bodyBuffer.toBytes() >= 1 && bodyBuffer.compareTo(maxBodySize) <= 0,
                "body-buffer must be at least 1 byte, and no more than .max-body-size");
        must(pendingTimeout.isPositive(), "pending-timeout must be longer than nothing");
        must(
                connectTimeout.isPositive() && connectTimeout.compareTo(LONGEST_CONNECT) <= 0,
                "connect-timeout must be longer than nothing and at most 1h");
        must(responseTimeout.isPositive(), "response-timeout must be longer than nothing");
        must(idleTimeout.isPositive(), "idle-timeout must be longer than nothing");
    }

    private static void must(boolean holds, String rule) {
        Assert.isTrue(holds, () -> "stagedoor.upstream." + rule);
    }

    /** Empty where nothing is forwarded. */
    public Optional<Origin> origin() {
        return url.toString().equals(NONE) ? Optional.empty() : Optional.of(new Origin(url, trust));
    }
}
