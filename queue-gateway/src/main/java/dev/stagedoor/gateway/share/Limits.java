package dev.stagedoor.gateway.share;

import dev.stagedoor.gateway.GatewayProperties;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.Assert;

import java.util.Locale;

/**
 * The share of one client, which is a network of addresses, and of one ticket, at one gateway.
 *
 * @param mode whether what is beyond a limit is refused, or only counted
 * @param places in all lines together, counted up to ten minutes after their last sign of life
 * @param joinsPerMinute how often a client may ask for a place, whatever comes of it
 * @param streams open at once; 0 for a quarter of what the gateway has
 * @param connections open at once; 0 for a quarter of what the gateway has
 * @param openPathsPerSecond requests without a token; 0 for a quarter of what the gateway has
 * @param openWritesPerMinute those of them that make something, such as an account
 * @param signedInPerSecond requests of whoever has signed in without a turn; 0 for a quarter of
 *     what the gateway has
 * @param requestsUnderWay with one ticket at once
 * @param requestsPerSecond with one ticket
 */
@ConfigurationProperties("stagedoor.gateway.limits")
public record Limits(
        @DefaultValue("ENFORCE") Mode mode,
        @DefaultValue("5000") int places,
        @DefaultValue("3000") int joinsPerMinute,
        @DefaultValue("0") int streams,
        @DefaultValue("0") int connections,
        @DefaultValue("0") int openPathsPerSecond,
        @DefaultValue("600") int openWritesPerMinute,
        @DefaultValue("0") int signedInPerSecond,
        @DefaultValue("64") int requestsUnderWay,
        @DefaultValue("200") int requestsPerSecond) {

    static final int PART = 4;

    /** What becomes of what is beyond a limit. */
    public enum Mode {
        OBSERVE,
        ENFORCE
    }

    /** Whatever there is only so much of. */
    public enum Limit {
        PLACES,
        JOINS,
        STREAMS,
        CONNECTIONS,
        /** Larger ones than nearly all are. */
        HEADS,
        /** Of those whose turn has come. */
        BODIES,
        /** Of all others. */
        OPEN_BODIES,
        OPEN_PATHS,
        OPEN_PATHS_UNDER_WAY,
        OPEN_WRITES,
        SIGNED_IN,
        SIGNED_IN_UNDER_WAY,
        REQUESTS_UNDER_WAY,
        REQUESTS;

        /** How meters call it. */
        String meter() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public Limits {
        Assert.isTrue(
                places >= 1
                        && joinsPerMinute >= 1
                        && openWritesPerMinute >= 1
                        && requestsUnderWay >= 1
                        && requestsPerSecond >= 1,
                "stagedoor.gateway.limits must be at least 1");
        Assert.isTrue(
                streams >= 0
                        && connections >= 0
                        && openPathsPerSecond >= 0
                        && signedInPerSecond >= 0,
                "stagedoor.gateway.limits must not be negative");
    }

    /** With every part of what this gateway has worked out. */
    Limits at(GatewayProperties gateway) {
        return new Limits(
                mode,
                places,
                joinsPerMinute,
                orPart(streams, gateway.mostStreams()),
                orPart(connections, gateway.mostConnections()),
                orPart(openPathsPerSecond, gateway.openPathsPerSecond()),
                openWritesPerMinute,
                orPart(signedInPerSecond, gateway.signedInPerSecond()),
                requestsUnderWay,
                requestsPerSecond);
    }

    private static int orPart(int limit, long most) {
        return limit > 0 ? limit : part(most);
    }

    /** Of what there is for all, what one client may have. */
    public static int part(long most) {
        return Math.clamp(most / PART, 1, Integer.MAX_VALUE);
    }
}
