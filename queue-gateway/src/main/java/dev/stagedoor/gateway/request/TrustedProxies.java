package dev.stagedoor.gateway.request;

import dev.stagedoor.common.IpAddress;

import io.netty.handler.ipfilter.IpFilterRuleType;
import io.netty.handler.ipfilter.IpSubnetFilterRule;

import org.jspecify.annotations.Nullable;
import org.springframework.util.Assert;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;

/** Whose word on where a request came from is believed: load balancers in front of the gateway. */
public final class TrustedProxies {

    public static final String PROTO = "X-Forwarded-Proto";

    /** More than anybody has. Each costs some microseconds, and thousands fit into a head. */
    private static final int MOST_IN_A_CHAIN = 20;

    private final Networks networks;

    public TrustedProxies(List<String> networks) {
        this.networks = new Networks("stagedoor.gateway.trusted-proxies", networks);
    }

    public boolean includes(@Nullable InetSocketAddress peer) {
        return peer != null && networks.include(peer);
    }

    /** Whether the visitor speaks https, with us or with a proxy that we believe. */
    public boolean isSecure(
            String scheme, @Nullable InetSocketAddress peer, @Nullable String forwardedProto) {
        return scheme.equals("https") || isHttps(forwardedProto) && includes(peer);
    }

    /** Of a WebSocket some proxies say {@code wss}. */
    public static boolean isHttps(@Nullable String forwardedProto) {
        return "https".equalsIgnoreCase(forwardedProto) || "wss".equalsIgnoreCase(forwardedProto);
    }

    /** From where somebody comes, as far as the peer or a proxy of ours tells. */
    public Optional<InetAddress> client(Caller caller) {
        InetSocketAddress peer = caller.peer();
        if (peer == null || peer.isUnresolved()) {
            return Optional.empty();
        }
        return Optional.of(
                includes(peer)
                        ? client(peer.getAddress(), caller.forwardedFor())
                        : peer.getAddress());
    }

    /**
     * Whom proxies come for. Each names the one before it, so the last one named that is no proxy
     * of ours is it; what is written before that, anybody may have written. A chain that has no end
     * is nobody's: then it is the peer, whose address no one has written.
     *
     * @param named the lines of {@code X-Forwarded-For}
     */
    public InetAddress client(InetAddress peer, List<String> named) {
        InetAddress client = peer;
        int passed = 0;
        for (String line : named.reversed()) {
            // From its end: how long it is, whoever comes through a proxy decides.
            for (int end = lengthOf(line); end >= 0; ) {
                int comma = line.lastIndexOf(',', end - 1);
                InetAddress before = address(line.substring(comma + 1, end).strip());
                if (before == null) {
                    return client;
                }
                client = before;
                if (!networks.include(client)) {
                    return client;
                }
                if (++passed > MOST_IN_A_CHAIN) {
                    return peer;
                }
                end = comma;
            }
        }
        return client;
    }

    /** Commas behind the last one name nobody. */
    private static int lengthOf(String line) {
        int end = line.length();
        while (end > 0 && line.charAt(end - 1) == ',') {
            end--;
        }
        return end;
    }

    /** Some write the port behind it. */
    private static @Nullable InetAddress address(String hop) {
        int bracket = hop.indexOf(']');
        int colon = hop.indexOf(':');
        String plain = hop;
        if (hop.startsWith("[") && bracket > 0) {
            plain = hop.substring(1, bracket);
        } else if (colon >= 0 && colon == hop.lastIndexOf(':')) {
            plain = hop.substring(0, colon);
        }
        return IpAddress.read(plain);
    }

    /** Addresses as they are listed in a setting, {@code address/bits} or an address alone. */
    public static final class Networks {

        private final List<IpSubnetFilterRule> networks;

        public Networks(String setting, List<String> networks) {
            this.networks = networks.stream().map(network -> rule(setting, network)).toList();
        }

        public boolean include(InetAddress address) {
            return include(new InetSocketAddress(address, 0));
        }

        /** As it is, or where it comes from through a translator. */
        boolean include(InetSocketAddress address) {
            if (networks.isEmpty() || address.isUnresolved()) {
                return false;
            }
            InetAddress own = IpAddress.untranslated(address.getAddress());
            return has(address)
                    || own != address.getAddress() && has(new InetSocketAddress(own, 0));
        }

        private boolean has(InetSocketAddress address) {
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
            InetAddress address = IpAddress.read(parts[0]);
            try {
                Assert.notNull(address, "not an address");
                return new IpSubnetFilterRule(
                        address,
                        parts.length == 1 ? all : Integer.parseInt(parts[1]),
                        IpFilterRuleType.ACCEPT);
            } catch (IllegalArgumentException _) {
                throw new IllegalArgumentException(
                        setting + " must each be an address or a network, but one is " + network);
            }
        }
    }
}
