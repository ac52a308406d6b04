package dev.stagedoor.booking.sale;

import dev.stagedoor.common.SigningKey;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a ticket shows at the door: the name of a key, the ticket, and what only that key makes of
 * it. Nobody can make one up; whether the ticket is still good stands in the database. Digits and
 * capitals, which a QR code holds in half the space, and which can be typed.
 */
public final class TicketCodes {

    private static final int TICKET_BYTES = 16;

    /** Of the signature: one in 2⁹⁶ guesses at a door is right. */
    private static final int MARK_BYTES = 12;

    private static final int RADIX = 32;
    private static final int DIGITS = 45;
    private static final Pattern FORM =
            Pattern.compile("([A-Za-z0-9._-]{1,32}):([0-9A-V]{" + DIGITS + "})");

    private final List<SigningKey> keys;

    /**
     * @param keys the first one signs, all verify
     */
    public TicketCodes(List<SigningKey> keys) {
        this.keys = List.copyOf(keys);
    }

    public String of(UUID ticket) {
        return code(keys.getFirst(), ticket);
    }

    /** As it may be printed: under each key that is still about. */
    public List<String> all(UUID ticket) {
        return keys.stream().map(key -> code(key, ticket)).toList();
    }

    /** The ticket, if the code is one of ours; letters may be small, as somebody may type them. */
    public Optional<UUID> ticket(String shown) {
        String code = shown.strip();
        Matcher form =
                FORM.matcher(
                        code.substring(0, code.indexOf(':') + 1)
                                + code.substring(code.indexOf(':') + 1).toUpperCase(Locale.ROOT));
        return form.matches()
                ? keys.stream()
                        .filter(key -> key.id().equals(form.group(1)))
                        .findFirst()
                        .flatMap(key -> ticket(key, form.group(2)))
                : Optional.empty();
    }

    private static Optional<UUID> ticket(SigningKey key, String digits) {
        BigInteger number = new BigInteger(digits, RADIX);
        if (number.bitLength() > Byte.SIZE * (TICKET_BYTES + MARK_BYTES)) {
            return Optional.empty();
        }
        byte[] bytes = number.toByteArray();
        ByteBuffer all = ByteBuffer.allocate(TICKET_BYTES + MARK_BYTES);
        int most = Math.min(bytes.length, all.capacity());
        all.position(all.capacity() - most).put(bytes, bytes.length - most, most).flip();
        UUID ticket = new UUID(all.getLong(), all.getLong());
        byte[] mark = new byte[MARK_BYTES];
        all.get(mark);
        return MessageDigest.isEqual(mark, mark(key, ticket))
                ? Optional.of(ticket)
                : Optional.empty();
    }

    private static String code(SigningKey key, UUID ticket) {
        ByteBuffer all =
                ByteBuffer.allocate(TICKET_BYTES + MARK_BYTES)
                        .putLong(ticket.getMostSignificantBits())
                        .putLong(ticket.getLeastSignificantBits())
                        .put(mark(key, ticket));
        String digits = new BigInteger(1, all.array()).toString(RADIX).toUpperCase(Locale.ROOT);
        return key.id() + ':' + "0".repeat(DIGITS - digits.length()) + digits;
    }

    private static byte[] mark(SigningKey key, UUID ticket) {
        return Arrays.copyOf(key.mac("ticket " + ticket), MARK_BYTES);
    }
}
