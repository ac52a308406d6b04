package dev.stagedoor.gateway.request;

import io.netty.handler.ipfilter.IpFilterRuleType;
import io.netty.handler.ipfilter.IpSubnetFilterRule;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;

/** Addresses as they are listed in a setting, {@code address/bits} or an address alone. */
public final class Networks {

    private final List<IpSubnetFilterRule> networks;

    public Networks(String setting, List<String> networks) {
        this.networks = networks.stream().map(network -> rule(setting, network)).toList();
    }

    public boolean include(InetAddress address) {
        return !networks.isEmpty() && include(new InetSocketAddress(address, 0));
    }

    boolean include(InetSocketAddress address) {
        for (IpSubnetFilterRule network : networks) {
            if (network.matches(address)) {
                return true;
            }
        }
        return false;
    }

    private static IpSubnetFilterRule rule(String setting, String network) {
        String[] parts = network.strip().split("/", 2);
        int all = parts[0].contains(":") ? 128 : 32;
        try {
            return new IpSubnetFilterRule(
                    InetAddress.ofLiteral(parts[0]),
                    parts.length == 1 ? all : Integer.parseInt(parts[1]),
                    IpFilterRuleType.ACCEPT);
        } catch (IllegalArgumentException _) {
            throw new IllegalArgumentException(
                    setting + " must each be an address or a network, but one is " + network);
        }
    }
}
