package dev.stagedoor.devservices;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.net.spi.InetAddressResolver;
import java.net.spi.InetAddressResolverProvider;
import java.security.Security;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * Who answers the JVM's questions for names: names of tests get another address at any time. For
 * whoever names it in {@code META-INF/services}.
 */
public final class MovingNames extends InetAddressResolverProvider {

    private static final Map<String, String> ADDRESSES = new ConcurrentHashMap<>();

    /** From now on the name stands for that address, {@code 127.0.0.x}. */
    public static void move(String name, String address) {
        ADDRESSES.put(name, address);
    }

    /** It stands again for what everybody else says. */
    public static void moveBack(String name) {
        ADDRESSES.remove(name);
    }

    /** Asked for before the first name: later the JVM would not hear how long it may believe it. */
    @Override
    public InetAddressResolver get(Configuration configuration) {
        Security.setProperty("networkaddress.cache.ttl", "2");
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
