package dev.stagedoor.gateway.forward;

import io.netty.handler.ipfilter.IpFilterRuleType;
import io.netty.handler.ipfilter.IpSubnetFilterRule;

import org.jspecify.annotations.Nullable;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;

/** Whose word on where a request came from is believed: load balancers in front of the gateway. */
public final class TrustedProxies {

    static final String PROTO = "X-Forwarded-Proto";

    private final List<IpSubnetFilterRule> networks;

    /**
     * @param networks as {@code address/bits}, or an address alone
     */
    public TrustedProxies(List<String> networks) {
        this.networks = networks.stream().map(TrustedProxies::rule).toList();
    }

    boolean includes(@Nullable InetSocketAddress peer) {
        return peer != null && networks.stream().anyMatch(network -> network.matches(peer));
    }

    /** Whether the visitor speaks https, with us or with a proxy that we believe. */
    public boolean isSecure(
            String scheme, @Nullable InetSocketAddress peer, @Nullable String forwardedProto) {
        return scheme.equals("https") || "https".equalsIgnoreCase(forwardedProto) && includes(peer);
    }

    private static IpSubnetFilterRule rule(String network) {
        String[] parts = network.strip().split("/", 2);
        int all = parts[0].contains(":") ? 128 : 32;
        try {
            return new IpSubnetFilterRule(
                    InetAddress.ofLiteral(parts[0]),
                    parts.length == 1 ? all : Integer.parseInt(parts[1]),
                    IpFilterRuleType.ACCEPT);
        } catch (IllegalArgumentException _) {
            throw new IllegalArgumentException(
                    "stagedoor.gateway.trusted-proxies must each be an address or a network, but"
                            + " one is "
                            + network);
        }
    }
}
