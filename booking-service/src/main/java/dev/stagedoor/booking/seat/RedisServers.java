package dev.stagedoor.booking.seat;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

import java.net.URI;
import java.util.List;
import java.util.stream.Stream;

/**
 * Where the Redis of the seat locks is, in Spring's words, {@code spring.data.redis.*}: one server
 * by {@code url} or {@code host}, one behind Sentinels, or a cluster.
 *
 * @param ssl encrypted, and by which bundle of {@code spring.ssl.bundle.*} the server is believed
 */
@ConfigurationProperties("spring.data.redis")
public record RedisServers(
        @Nullable String url,
        @Nullable String host,
        @DefaultValue("6379") int port,
        @DefaultValue("0") int database,
        @Nullable String username,
        @Nullable String password,
        @DefaultValue Ssl ssl,
        @Nullable Sentinel sentinel,
        @Nullable Cluster cluster) {

    public RedisServers {
        url = said(url);
        username = said(username);
        password = said(password);
        long ways = Stream.of(url, host, sentinel, cluster).filter(way -> way != null).count();
        if (ways > 1 && !(ways == 2 && url != null && host != null)) {
            throw new IllegalArgumentException(
                    "spring.data.redis names more than one of a server, Sentinels and a cluster");
        }
    }

    /** What is empty is not set: as Spring has it, and the gateway. */
    private static @Nullable String said(@Nullable String setting) {
        return setting == null || setting.isBlank() ? null : setting;
    }

    /** One server, and nothing to tell it. */
    public static RedisServers at(String url) {
        return new RedisServers(url, null, 0, 0, null, null, new Ssl(false, null), null, null);
    }

    public record Ssl(@DefaultValue("false") boolean enabled, @Nullable String bundle) {
        boolean isOn() {
            return enabled || bundle != null;
        }
    }

    public record Sentinel(
            String master,
            List<String> nodes,
            @Nullable String username,
            @Nullable String password) {

        public Sentinel {
            username = said(username);
            password = said(password);
        }

        @Override
        public String toString() {
            return master + " of " + nodes;
        }
    }

    public record Cluster(List<String> nodes) {}

    /** Without secrets, of which the URL may be one. */
    @Override
    public String toString() {
        return "RedisServers[host=%s, sentinel=%s, cluster=%s]".formatted(host, sentinel, cluster);
    }

    boolean areNamed() {
        return url != null || host != null || sentinel != null || cluster != null;
    }

    /** The one server; what the URL does not say, the other properties do. */
    URI server() {
        URI uri = url == null ? URI.create(scheme() + host + ":" + port) : URI.create(url);
        boolean known = "redis".equals(uri.getScheme()) || "rediss".equals(uri.getScheme());
        if (!known || uri.getHost() == null) {
            throw new IllegalArgumentException(
                    "spring.data.redis.url must be redis://host:port or rediss://host:port, but is "
                            + uri.getScheme()
                            + "://"
                            + uri.getHost());
        }
        return uri;
    }

    /** Addresses as Redisson wants them. */
    List<String> addresses(String property, List<String> nodes) {
        if (nodes.isEmpty() || !nodes.stream().allMatch(node -> node.matches("\\S+:[0-9]{1,5}"))) {
            throw new IllegalArgumentException(
                    "spring.data.redis." + property + " must be host:port,host:port,…: " + nodes);
        }
        return nodes.stream().map(node -> scheme() + node).toList();
    }

    private String scheme() {
        return ssl.isOn() ? "rediss://" : "redis://";
    }
}
