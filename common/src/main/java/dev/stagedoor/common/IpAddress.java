package dev.stagedoor.common;

import org.jspecify.annotations.Nullable;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;

/** An address as somebody has written it, and whose it is. */
public final class IpAddress {

    /** 64:ff9b::/96, in which a translator writes addresses of IPv4 (RFC 6052). */
    private static final byte[] TRANSLATED = {
        0, 0x64, (byte) 0xff, (byte) 0x9b, 0, 0, 0, 0, 0, 0, 0, 0
    };

    private IpAddress() {}

    /**
     * Four numbers or what has colons. The JDK reads others too, and makes 0.0.0.1 of a 1.
     *
     * @return null for what is none
     */
    public static @Nullable InetAddress read(String text) {
        int dots = text.length() - text.replace(".", "").length();
        if (dots != 3 && text.indexOf(':') < 0) {
            return null;
        }
        try {
            return InetAddress.ofLiteral(text);
        } catch (IllegalArgumentException _) {
            return null;
        }
    }

    /** Of who comes from IPv4 through a translator the address there, of anybody else the same. */
    public static InetAddress untranslated(InetAddress address) {
        if (address instanceof Inet4Address) {
            return address;
        }
        byte[] bytes = address.getAddress();
        int begin = TRANSLATED.length;
        if (!Arrays.equals(bytes, 0, begin, TRANSLATED, 0, begin)) {
            return address;
        }
        try {
            return InetAddress.getByAddress(Arrays.copyOfRange(bytes, begin, bytes.length));
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e); // of four bytes
        }
    }
}
