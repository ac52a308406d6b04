package dev.stagedoor.gateway.token;

import dev.stagedoor.common.SigningKey;
import dev.stagedoor.common.UserId;
import dev.stagedoor.gateway.waitingroom.Network;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * Gives guests their ids, which say to whoever has our keys from which network somebody joined: so
 * an operator can end all guests, or all of a network, and no address is kept anywhere.
 */
public final class Guests {

    /** Lua patterns; the ninth character of an id tells what kind it is. */
    private static final String ANY = "^........[klmn]";

    private static final String OF_MARK = "^%s..[klmn]";
    private static final int MARK = 6;

    private static final int RECENT_BITS = 10;
    private static final long SPREAD = 0x9E3779B97F4A7C15L;

    private final List<SigningKey> keys;

    /** Many come from one network, or by one proxy of it: the last one of each slot. */
    private final AtomicReferenceArray<Marked> recent =
            new AtomicReferenceArray<>(1 << RECENT_BITS);

    private record Marked(Network network, long mark) {}

    /**
     * @param keys the first one marks; by the others those are found who came before it was changed
     */
    public Guests(List<SigningKey> keys) {
        this.keys = keys;
    }

    public UserId from(Network network) {
        int slot = (int) (network.bits() * SPREAD >>> Long.SIZE - RECENT_BITS);
        Marked last = recent.getAcquire(slot);
        if (last == null || !last.network().equals(network)) {
            last = new Marked(network, mark(keys.getFirst(), network));
            recent.setRelease(slot, last);
        }
        return UserId.guest(last.mark());
    }

    public static List<String> all() {
        return List.of(ANY);
    }

    public List<String> allFrom(Network network) {
        return keys.stream()
                .map(key -> UserId.guest(mark(key, network)).toString().substring(0, MARK))
                .map(mark -> OF_MARK.formatted(mark.replace("-", "%-")))
                .toList();
    }

    private static long mark(SigningKey key, Network network) {
        return ByteBuffer.wrap(key.mac("guest " + network)).getLong();
    }
}
