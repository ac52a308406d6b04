package dev.stagedoor.booking.catalogue;

import dev.stagedoor.common.Sha256;

import java.io.ByteArrayOutputStream;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;

/**
 * What became of the seats of a schedule, two bits each: 0 free, 1 held, 2 sold, 3 blocked; seat 1
 * in the highest bits of the first byte.
 *
 * @param version names what the bits say, on whatever instance they were seen
 */
record SeatStates(String version, Instant serverTime, int seatCount, long available, byte[] bits) {

    private static final int NAME = 9;

    /** One of the letters 0 to 3 for each seat. */
    static SeatStates of(String letters, Instant serverTime) {
        byte[] bits = new byte[(letters.length() + 3) / 4];
        for (int i = 0; i < letters.length(); i++) {
            bits[i / 4] |= (byte) ((letters.charAt(i) - '0') << 6 - i % 4 * 2);
        }
        long available = letters.chars().filter(letter -> letter == '0').count();
        return new SeatStates(name(bits), serverTime, letters.length(), available, bits);
    }

    String encoded() {
        return Base64.getEncoder().encodeToString(bits);
    }

    /**
     * Of each seat that is another than before, in three bytes: its number times four, and what it
     * is.
     */
    String changesSince(SeatStates before) {
        var changes = new ByteArrayOutputStream();
        for (int i = 0; i < bits.length; i++) {
            for (int place = 0; bits[i] != before.bits[i] && place < 4; place++) {
                int now = of(bits, i, place);
                if (now != of(before.bits, i, place)) {
                    int change = (i * 4 + place + 1) * 4 + now;
                    changes.write(change >> 16);
                    changes.write(change >> 8);
                    changes.write(change);
                }
            }
        }
        return Base64.getEncoder().encodeToString(changes.toByteArray());
    }

    private static int of(byte[] bits, int index, int place) {
        return bits[index] >> 6 - place * 2 & 3;
    }

    private static String name(byte[] bits) {
        return Base64.getUrlEncoder().encodeToString(Arrays.copyOf(Sha256.of(bits), NAME));
    }
}
