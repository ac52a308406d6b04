package dev.stagedoor.gateway.share;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;

import dev.stagedoor.common.NowAndThen;
import dev.stagedoor.gateway.GatewayProperties;
import dev.stagedoor.gateway.meters.GatewayMeters;
import dev.stagedoor.gateway.request.Caller;
import dev.stagedoor.gateway.request.Networks;
import dev.stagedoor.gateway.request.TrustedProxies;
import dev.stagedoor.gateway.waitingroom.Network;

import io.netty.channel.Channel;
import io.netty.util.AttributeKey;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

import java.net.InetAddress;
import java.net.InetSocketAddress;

/**
 * Knows the share of every client, as many as a part of the heap holds. Who is forgotten begins
 * anew; what they still have open goes on.
 */
@Component
public final class Shares {

    private static final Logger LOG = LoggerFactory.getLogger(Shares.class);

    private static final AttributeKey<Share> SHARE = AttributeKey.valueOf("stagedoor-share");
    private static final int PART_OF_THE_HEAP = 32;

    private final Limits limits;
    private final TrustedProxies proxies;
    private final GatewayMeters meters;
    private final Networks unlimitedNetworks;
    private final Share unlimited;
    private final NowAndThen telling = new NowAndThen();

    final Cache<Network, Share> known =
            Caffeine.newBuilder()
                    .maximumWeight(Runtime.getRuntime().maxMemory() / PART_OF_THE_HEAP)
                    .weigher((Network _, Share share) -> share.bytes())
                    .build();

    Shares(
            Limits limits,
            GatewayProperties properties,
            TrustedProxies proxies,
            GatewayMeters meters) {
        this.limits = limits.at(properties);
        this.proxies = proxies;
        this.meters = meters;
        this.unlimitedNetworks =
                new Networks(
                        "stagedoor.gateway.unlimited-addresses", properties.unlimitedAddresses());
        this.unlimited = new Share(new Network(0), this, this.limits, false);
        for (Limit limit : Limit.values()) {
            meters.limit(limit.meter());
        }
    }

    public Limits limits() {
        return limits;
    }

    /** Of whoever is at the other end; nobody's if that is a proxy, who comes for others. */
    public Share of(Channel channel) {
        Share share = channel.attr(SHARE).get();
        if (share == null) {
            share = ofPeer(channel);
            channel.attr(SHARE).set(share);
        }
        return share;
    }

    private Share ofPeer(Channel channel) {
        return channel.remoteAddress() instanceof InetSocketAddress peer && !proxies.includes(peer)
                ? of(peer.getAddress())
                : unlimited;
    }

    /** Looked up once per connection, but for those who come through a proxy. */
    public Share of(Caller caller) {
        InetSocketAddress peer = caller.peer();
        if (peer != null && proxies.includes(peer)) {
            return of(proxies.client(peer.getAddress(), caller.forwardedFor()));
        }
        boolean isAtTheOtherEnd = peer == null || peer.equals(caller.channel().remoteAddress());
        return isAtTheOtherEnd ? of(caller.channel()) : of(peer.getAddress());
    }

    /** Whoever is at the other end comes for others, each of whom has a share. */
    public void comesForOthers(Channel channel) {
        channel.attr(SHARE).set(unlimited);
    }

    public Share of(InetAddress address) {
        return unlimitedNetworks.include(address)
                ? unlimited
                : known.get(Network.of(address), client -> new Share(client, this, limits, true));
    }

    /** Weighs it again. */
    void hasGrown(Network client, Share share) {
        known.asMap().replace(client, share, share);
    }

    /** Counted in any case, refused if it is to be. */
    boolean forgives(Limit limit, Network client) {
        boolean isForgiven = limits.mode() == Limits.Mode.OBSERVE;
        String outcome = isForgiven ? "observed" : "refused";
        meters.limited(limit.meter(), outcome);
        telling.say(
                others ->
                        LOG.warn(
                                "{} has had its share of {}: {} (and {} others since this was"
                                        + " said). Is it a proxy of yours? Then list it in"
                                        + " stagedoor.gateway.trusted-proxies",
                                client,
                                limit.meter(),
                                outcome,
                                others));
        return isForgiven;
    }

    /** Of what the gateway has for all together, nothing is left. */
    public void exhausted(Limit limit) {
        meters.limited(limit.meter(), "exhausted");
    }
}
