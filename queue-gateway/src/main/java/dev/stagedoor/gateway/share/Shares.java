package dev.stagedoor.gateway.share;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;

import dev.stagedoor.common.log.NowAndThen;
import dev.stagedoor.gateway.GatewayProperties;
import dev.stagedoor.gateway.meters.GatewayMeters;
import dev.stagedoor.gateway.request.Caller;
import dev.stagedoor.gateway.request.TrustedProxies;
import dev.stagedoor.gateway.request.TrustedProxies.Networks;
import dev.stagedoor.gateway.share.Limits.Limit;
import dev.stagedoor.gateway.waitingroom.Network;
import dev.stagedoor.gateway.waitingroom.Ticket;

import io.netty.channel.Channel;
import io.netty.util.AttributeKey;
import io.netty.util.internal.PlatformDependent;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.LongSupplier;

/**
 * Knows the share of every client, as many as a part of the heap holds. Who is forgotten begins
 * anew; what they still have open goes on.
 */
@Component
public final class Shares {

    private static final Logger LOG = LoggerFactory.getLogger(Shares.class);

    private static final AttributeKey<Share> SHARE = AttributeKey.valueOf("stagedoor-share");
    private static final int PART_OF_THE_HEAP = 32;

    /** Of a share with what remembers it; rounded up. */
    private static final int BYTES = 1_000;

    private static final int LIMITS = Limit.values().length;

    private static final int PART_OF_MEMORY = 8;

    private static final long SPREAD = 0x9E3779B97F4A7C15L;

    private final Limits limits;
    private final TrustedProxies proxies;
    private final GatewayMeters meters;
    private final Networks unlimitedNetworks;
    private final Share unlimited;

    /**
     * Of whoever asks about what others send: refused unread, that would seem a failure of ours.
     */
    private final Share asking;

    /** Of what there is only so much of in a second. */
    private final Map<Limit, Throttle> forAll;

    private final NowAndThen telling = new NowAndThen();

    /** Of what waits here, in bytes. */
    private final Map<Limit, Memory> forAllWaiting =
            Map.of(
                    Limit.BODIES, new Memory(PlatformDependent.maxDirectMemory() / PART_OF_MEMORY),
                    Limit.OPEN_BODIES,
                            new Memory(PlatformDependent.maxDirectMemory() / PART_OF_MEMORY / 2),
                    Limit.HEADS, new Memory(Runtime.getRuntime().maxMemory() / PART_OF_MEMORY));

    private record Memory(long most, AtomicLong taken) {

        Memory(long most) {
            this(most, new AtomicLong());
        }
    }

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
        this.forAll =
                Map.of(
                        Limit.OPEN_PATHS, Throttle.perSecond(properties.openPathsPerSecond()),
                        Limit.SIGNED_IN, Throttle.perSecond(properties.signedInPerSecond()));
        this.unlimited = new Share(new Network(0), false);
        this.asking = new Share(new Network(0), false);
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
        channel.attr(SHARE).set(asking);
    }

    public Share of(InetAddress address) {
        return unlimitedNetworks.include(address)
                ? unlimited
                : known.get(Network.of(address), client -> new Share(client, true));
    }

    /** Counted in any case, refused if it is to be. */
    private boolean forgives(Limit limit, Network client) {
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

    /** Of what waits here of one kind, in bytes. */
    public long most(Limit kind) {
        return forAllWaiting.get(kind).most();
    }

    /** Of what the gateway has for all together, nothing is left. */
    public void exhausted(Limit limit) {
        meters.limited(limit.meter(), "exhausted");
    }

    /**
     * What one client has taken so far. All that is taken is counted, whether it is refused or not.
     */
    public final class Share {

        private final Network client;
        private final boolean isLimited;
        private final Places places = new Places(limits.places(), System::nanoTime);
        private final Map<Limit, Throttle> inATime =
                Map.of(
                        Limit.JOINS, Throttle.perMinute(limits.joinsPerMinute()),
                        Limit.OPEN_PATHS, Throttle.perSecond(limits.openPathsPerSecond()),
                        Limit.OPEN_WRITES, Throttle.perMinute(limits.openWritesPerMinute()),
                        Limit.SIGNED_IN, Throttle.perSecond(limits.signedInPerSecond()));
        private final AtomicIntegerArray underWay = new AtomicIntegerArray(LIMITS);
        private final AtomicLongArray keeps = new AtomicLongArray(LIMITS);

        private Share(Network client, boolean isLimited) {
            this.client = client;
            this.isLimited = isLimited;
        }

        // ── places ───────────────────────────────────────────────────────────────────────────────

        /** A sign of life of a place that this client holds. */
        public void shows(Ticket ticket) {
            if (isLimited && places.shows(number(ticket))) {
                known.asMap().replace(client, this, this); // weighed again
            }
        }

        public boolean holds(Ticket ticket) {
            return isLimited && places.holds(number(ticket));
        }

        public boolean asksForPlace() {
            return within(Limit.PLACES, places.asks());
        }

        public void hasAskedForPlace() {
            places.hasAsked();
        }

        /** Never 0, and as different as the tickets are. */
        private static long number(Ticket ticket) {
            long number = (ticket.sequence() ^ ticket.user().low()) * SPREAD;
            return (number ^ number >>> 32) | 1L << 63;
        }

        // ── so many at once ──────────────────────────────────────────────────────────────────────

        /** Whether it may have one more, of so many; to be ended if so. */
        public boolean begins(Limit limit, int most) {
            if (within(limit, underWay.incrementAndGet(limit.ordinal()) <= most)) {
                return true;
            }
            ends(limit);
            return false;
        }

        public boolean beginsStream() {
            return begins(Limit.STREAMS, limits.streams());
        }

        public void ends(Limit limit) {
            underWay.decrementAndGet(limit.ordinal());
        }

        /**
         * To be followed by {@link #ends} in any case.
         *
         * @return how many connections are beyond the share, 0 if none is or nobody minds
         */
        public int connects() {
            int open = underWay.incrementAndGet(Limit.CONNECTIONS.ordinal());
            int beyond = open - limits.connections();
            return within(Limit.CONNECTIONS, beyond <= 0) ? 0 : beyond;
        }

        /** Whether so many bytes more of a kind may wait here; to be let go of if so. */
        public boolean keeps(Limit kind, long bytes) {
            if (this == asking) {
                return true;
            }
            Memory ofAll = forAllWaiting.get(kind);
            long most = ofAll.most() / Limits.PART;
            if (!within(kind, keeps.addAndGet(kind.ordinal(), bytes) <= most)) {
                keeps.addAndGet(kind.ordinal(), -bytes);
                return false;
            }
            if (ofAll.taken().addAndGet(bytes) > ofAll.most()) {
                letsGo(kind, bytes);
                exhausted(kind);
                return false;
            }
            return true;
        }

        public void letsGo(Limit kind, long bytes) {
            if (this == asking) {
                return;
            }
            keeps.addAndGet(kind.ordinal(), -bytes);
            forAllWaiting.get(kind).taken().addAndGet(-bytes);
        }

        // ── so many in a time ────────────────────────────────────────────────────────────────────

        /**
         * Whether it may have one more. Its share comes first: who has had it takes nothing of what
         * is for all.
         */
        public boolean mayHave(Limit limit) {
            if (!within(limit, !isLimited || inATime.get(limit).allows())) {
                return false;
            }
            Throttle ofAll = forAll.get(limit);
            boolean isLeft = ofAll == null || ofAll.allows();
            if (!isLeft) {
                exhausted(limit);
            }
            return isLeft;
        }

        /** Whether it has a share at all, and not only for it to be known what it takes. */
        public boolean isEnforced() {
            return isLimited && limits.mode() == Limits.Mode.ENFORCE;
        }

        // ── judged ───────────────────────────────────────────────────────────────────────────────

        /** Whether something may go on that is within a limit of this client's, or not. */
        public boolean within(Limit limit, boolean isWithin) {
            return isWithin || !isLimited || forgives(limit, client);
        }

        int bytes() {
            return BYTES + places.bytes();
        }
    }

    /** So many in a time and no more: a bucket that fills evenly and holds no more than that. */
    public static final class Throttle {

        private final long cost;

        /** Somewhat less than the time where the cost is not a whole number. */
        private final long held;

        private final LongSupplier nanoTime;

        /**
         * The moment up to which the allowance is used; never further behind now than what is held.
         */
        private final AtomicLong usedUpTo;

        Throttle(long most, Duration in, LongSupplier nanoTime) {
            this.cost = in.toNanos() / most;
            this.held = cost * most;
            this.nanoTime = nanoTime;
            this.usedUpTo = new AtomicLong(nanoTime.getAsLong() - held);
        }

        public static Throttle perSecond(long most) {
            return new Throttle(most, Duration.ofSeconds(1), System::nanoTime);
        }

        public static Throttle perMinute(long most) {
            return new Throttle(most, Duration.ofMinutes(1), System::nanoTime);
        }

        public boolean allows() {
            long now = nanoTime.getAsLong();
            while (true) {
                long used = usedUpTo.get();
                long next = Math.max(used, now - held) + cost;
                if (next > now) {
                    return false;
                }
                if (usedUpTo.compareAndSet(used, next)) {
                    return true;
                }
            }
        }
    }
}
