package dev.stagedoor.gateway.waitingroom;

import dev.stagedoor.common.IpAddress;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.Optional;

/** The network that an address belongs to: a /24 of IPv4, a /64 of IPv6. */
public record Network(long bits) {

    /** No address of IPv6 that is given to anybody begins with it. */
    private static final long IPV4 = 1L << 32;

    public static Network of(InetAddress address) {
        InetAddress own = IpAddress.untranslated(address);
        ByteBuffer bytes = ByteBuffer.wrap(own.getAddress());
        return new Network(
                own instanceof Inet4Address
                        ? IPV4 | bytes.getInt() & 0xFFFFFF00L
                        : bytes.getLong());
    }

    /** An address stands for its network. */
    public static Optional<Network> parse(String text) {
        String[] parts = text.strip().split("/", 2);
        return Optional.ofNullable(IpAddress.read(parts[0]))
                .map(IpAddress::untranslated)
                .filter(it -> parts.length == 1 || parts[1].equals(lengthFor(it)))
                .map(Network::of);
    }

    private static String lengthFor(InetAddress address) {
        return address instanceof Inet4Address ? "24" : "64";
    }

    @Override
    public String toString() {
        if (bits >>> 32 == 1) {
            return "%d.%d.%d.0/24".formatted(bits >> 24 & 255, bits >> 16 & 255, bits >> 8 & 255);
        }
        return "%x:%x:%x:%x::/64"
                .formatted(bits >>> 48, bits >> 32 & 0xFFFF, bits >> 16 & 0xFFFF, bits & 0xFFFF);
    }
}
