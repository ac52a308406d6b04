package dev.stagedoor.gateway;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

import java.time.Duration;
import java.util.List;

/**
 * How one gateway behaves, whatever its rooms are.
 *
 * @param port where the public comes in
 * @param pollBudget polls a second that one room may cost this gateway; the poll interval stretches
 *     to keep to it
 * @param openPathsPerSecond requests a second that may pass without a token, all together
 * @param recoveryWindow how long a room that was lost admits nobody and takes back who was there
 * @param recoverAtStart whether a room that is missing when the gateway starts may have been lost;
 *     if not, it is new and opens at once
 * @param readTimeout how long a body may pause, and how long a head may take altogether
 * @param requestTimeout how long a whole request may take to arrive
 * @param writeTimeout how long a client may take nothing of its answer before its connection is
 *     closed
 */
@ConfigurationProperties("stagedoor.gateway")
public record GatewayProperties(
        @DefaultValue("8080") int port,
        @DefaultValue("2000") long pollBudget,
        @DefaultValue("1000") long openPathsPerSecond,
        @DefaultValue("60s") Duration recoveryWindow,
        @DefaultValue("true") boolean recoverAtStart,
        @DefaultValue("10s") Duration readTimeout,
        @DefaultValue("5m") Duration requestTimeout,
        @DefaultValue("60s") Duration writeTimeout,
        @DefaultValue List<String> corsOrigins,
        @DefaultValue List<String> trustedProxies) {

    public GatewayProperties {
        if (pollBudget < 1) {
            throw new IllegalArgumentException("stagedoor.gateway.poll-budget must be at least 1");
        }
        if (!writeTimeout.isPositive()) {
            throw new IllegalArgumentException(
                    "stagedoor.gateway.write-timeout must be longer than nothing");
        }
        if (openPathsPerSecond < 1) {
            throw new IllegalArgumentException(
                    "stagedoor.gateway.open-paths-per-second must be at least 1");
        }
    }
}
