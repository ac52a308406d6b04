package dev.stagedoor.gateway;

import com.sun.management.UnixOperatingSystemMXBean;

import dev.stagedoor.gateway.connection.Addresses;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.Assert;
import org.springframework.util.unit.DataSize;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;

/**
 * How one gateway behaves, whatever its rooms are.
 *
 * @param port where the public comes in
 * @param prefix before the public addresses of the queue's own
 * @param pollBudget polls a second that one room may cost this gateway; the poll interval stretches
 *     to keep to it
 * @param openPathsPerSecond requests a second that may pass without a token, all together
 * @param signedInPerSecond requests a second that may pass with an access token and no turn, all
 *     together
 * @param recoveryWindow how long a room that was lost admits nobody and takes back who was there
 * @param recoverAtStart whether a room that is missing when the gateway starts may have been lost;
 *     if not, it is new and opens at once
 * @param readTimeout how long a body may pause, and how long a head may take altogether
 * @param requestTimeout how long a whole request may take to arrive
 * @param minBodyRate what of a body must come in a second, over some read timeout
 * @param idleTimeout how long a connection is kept without a request
 * @param writeTimeout how long a client may take nothing of its answer before its connection is
 *     closed
 * @param maxStreams most event streams at once; 0 for as many as an eighth of the heap holds
 * @param maxConnections most connections at once; 0 for as many as a quarter of the heap, and three
 *     quarters of the files that the process may open, hold
 * @param unknownHosts what becomes of hosts that no room names, where rooms name theirs
 * @param allowedHosts names that the public may ask for, without a port; any if none is listed
 * @param closedPaths what no room guards, whatever it says, and what is below: the consoles of who
 *     runs the site are not for the public
 * @param unlimitedAddresses addresses or networks whose clients have no limits of their own
 */
@ConfigurationProperties("stagedoor.gateway")
public record GatewayProperties(
        @DefaultValue("8080") int port,
        @DefaultValue("/api/v1/queue") String prefix,
        @DefaultValue("2000") long pollBudget,
        @DefaultValue("1000") long openPathsPerSecond,
        @DefaultValue("500") long signedInPerSecond,
        @DefaultValue("60s") Duration recoveryWindow,
        @DefaultValue("true") boolean recoverAtStart,
        @DefaultValue("10s") Duration readTimeout,
        @DefaultValue("5m") Duration requestTimeout,
        @DefaultValue("240B") DataSize minBodyRate,
        @DefaultValue("60s") Duration idleTimeout,
        @DefaultValue("60s") Duration writeTimeout,
        @DefaultValue("0") int maxStreams,
        @DefaultValue("0") int maxConnections,
        @DefaultValue List<String> corsOrigins,
        @DefaultValue List<String> trustedProxies,
        @DefaultValue("DEFAULT") UnknownHosts unknownHosts,
        @DefaultValue List<String> allowedHosts,
        @DefaultValue({"/actuator", "/ops", "/admin"}) List<String> closedPaths,
        @DefaultValue List<String> unlimitedAddresses) {

    /** They belong to the rooms that name no host, or to nobody. */
    public enum UnknownHosts {
        DEFAULT,
        REFUSED
    }

    private static final int STREAM_BYTES = 16 * 1024;
    private static final int CONNECTION_BYTES = 8 * 1024;

    private static final Pattern PATH = Pattern.compile("(?:/\\.?[A-Za-z0-9_-][A-Za-z0-9._-]*)+");
    private static final Pattern ORIGIN =
            Pattern.compile("[a-z][a-z0-9+.-]*://(?:[\\w.-]+|\\[[\\p{XDigit}:.]+])(?::\\d{1,5})?");

    public GatewayProperties {
        must(
                PATH.matcher(prefix).matches(),
                "prefix must be a path such as /.stagedoor, but is " + prefix);
        must(
                closedPaths.stream().allMatch(path -> PATH.matcher(path).matches()),
                "closed-paths must each be a path such as /admin: " + closedPaths);
        must(
                allowedHosts.stream().allMatch(Addresses::isName),
                "allowed-hosts must each be a host without a port: " + allowedHosts);
        for (String origin : corsOrigins) {
            must(
                    ORIGIN.matcher(origin).matches(),
                    "cors-origins must each be scheme://host, optionally with a port, but one is "
                            + origin);
        }
        must(!recoveryWindow.isNegative(), "recovery-window must not be negative");
        must(readTimeout.isPositive(), "read-timeout must be longer than nothing");
        must(requestTimeout.isPositive(), "request-timeout must be longer than nothing");
        must(idleTimeout.isPositive(), "idle-timeout must be longer than nothing");
        must(writeTimeout.isPositive(), "write-timeout must be longer than nothing");
        must(!minBodyRate.isNegative(), "min-body-rate must not be negative");
        must(
                maxStreams >= 0 && maxConnections >= 0,
                "max-streams and .max-connections must not be negative");
        must(pollBudget >= 1, "poll-budget must be at least 1");
        must(
                openPathsPerSecond >= 1 && signedInPerSecond >= 1,
                "open-paths-per-second and .signed-in-per-second must be at least 1");
    }

    private static void must(boolean holds, String rule) {
        Assert.isTrue(holds, () -> "stagedoor.gateway." + rule);
    }

    public int mostStreams() {
        return maxStreams > 0 ? maxStreams : shareOfTheHeap(8, STREAM_BYTES);
    }

    public int mostConnections() {
        int asTheHeapHolds = shareOfTheHeap(4, CONNECTION_BYTES);
        return maxConnections > 0 ? maxConnections : within(mostFiles(), asTheHeapHolds);
    }

    /**
     * Each is a file: a quarter is left for the site, Redis and operators. Where there are none
     * left nobody is told so, and nobody is counted.
     *
     * @param files not positive where there is no limit
     */
    static int within(long files, int connections) {
        return files > 0 ? Math.toIntExact(Math.min(files / 4 * 3, connections)) : connections;
    }

    private static long mostFiles() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean it
                ? it.getMaxFileDescriptorCount()
                : 0;
    }

    private static int shareOfTheHeap(int part, int bytes) {
        return Math.toIntExact(
                Math.min(Runtime.getRuntime().maxMemory() / part / bytes, Short.MAX_VALUE));
    }
}
