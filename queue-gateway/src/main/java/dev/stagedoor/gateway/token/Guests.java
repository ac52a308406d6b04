package dev.stagedoor.gateway.token;

import dev.stagedoor.common.SigningKey;
import dev.stagedoor.common.UserId;
import dev.stagedoor.gateway.waitingroom.Network;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * Gives guests their ids, which say to whoever has our keys from which network somebody joined: so
 * an operator can end all guests, or all of a network, and no address is kept anywhere.
 */
public final class Guests {

    /** Lua patterns; the ninth character of an id tells what kind it is. */
    private static final String ANY = "^........[klmn]";

    private static final String OF_MARK = "^%s..[klmn]";
    private static final int MARK = 6;

    private final List<SigningKey> keys;

    /**
     * @param keys the first one marks; by the others those are found who came before it was changed
     */
    public Guests(List<SigningKey> keys) {
        this.keys = keys;
    }

    public UserId from(Network network) {
        return UserId.guest(mark(keys.getFirst(), network));
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
