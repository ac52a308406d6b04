package dev.stagedoor.gateway.upstream;

import java.net.InetSocketAddress;
import java.net.URI;

/**
 * A site that requests are carried to.
 *
 * @param url scheme, host and port
 * @param trust the bundle that says who may vouch for it, if it is https; empty for whom the JVM
 *     trusts
 */
public record Origin(URI url, String trust) {

    boolean isSecure() {
        return "https".equals(url.getScheme());
    }

    /** As an address once and for all: a base URL would be put in front and parsed each time. */
    InetSocketAddress address() {
        int standard = isSecure() ? 443 : 80;
        int port = url.getPort() < 0 ? standard : url.getPort();
        return InetSocketAddress.createUnresolved(url.getHost(), port);
    }

    /** How a request names it. */
    String host() {
        int port = address().getPort();
        return port == 80 || port == 443 ? url.getHost() : url.getHost() + ":" + port;
    }
}
