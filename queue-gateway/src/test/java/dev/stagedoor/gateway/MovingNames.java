package dev.stagedoor.gateway;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.net.spi.InetAddressResolver;
import java.net.spi.InetAddressResolverProvider;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/** Who answers the JVM's questions for names: names of tests get another address at any time. */
public final class MovingNames extends InetAddressResolverProvider {

    private static final Map<String, String> ADDRESSES = new ConcurrentHashMap<>();

    /** From now on the name stands for that address, {@code 127.0.0.x}. */
    public static void move(String name, String address) {
        ADDRESSES.put(name, address);
    }

    @Override
    public InetAddressResolver get(Configuration configuration) {
        return new Asked(configuration.builtinResolver());
    }

    @Override
    public String name() {
        return "names that move";
    }

    private record Asked(InetAddressResolver usual) implements InetAddressResolver {

        @Override
        public Stream<InetAddress> lookupByName(String name, LookupPolicy policy)
                throws UnknownHostException {
            String address = ADDRESSES.get(name);
            return address == null
                    ? usual.lookupByName(name, policy)
                    : Stream.of(InetAddress.ofLiteral(address));
        }

        @Override
        public String lookupByAddress(byte[] address) throws UnknownHostException {
            return usual.lookupByAddress(address);
        }
    }
}
