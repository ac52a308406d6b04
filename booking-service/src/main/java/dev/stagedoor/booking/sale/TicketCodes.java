package dev.stagedoor.booking.sale;

import dev.stagedoor.common.SigningKey;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
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
            Pattern.compile("([A-Za-z0-9._-]{1,32}):([0-9A-Va-v]{" + DIGITS + "})");

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
        Matcher form = FORM.matcher(shown.strip());
        if (!form.matches()) {
            return Optional.empty();
        }
        String digits = form.group(2).toUpperCase(Locale.ROOT);
        BigInteger said = new BigInteger(digits, RADIX).shiftRight(Byte.SIZE * MARK_BYTES);
        UUID ticket = new UUID(said.shiftRight(Long.SIZE).longValue(), said.longValue());
        byte[] code = bytes(form.group(1) + ':' + digits);
        return all(ticket).stream().anyMatch(it -> MessageDigest.isEqual(bytes(it), code))
                ? Optional.of(ticket)
                : Optional.empty();
    }

    private static byte[] bytes(String code) {
        return code.getBytes(StandardCharsets.US_ASCII);
    }

    private static String code(SigningKey key, UUID ticket) {
        ByteBuffer all =
                ByteBuffer.allocate(TICKET_BYTES + MARK_BYTES)
                        .putLong(ticket.getMostSignificantBits())
                        .putLong(ticket.getLeastSignificantBits())
                        .put(key.mac("ticket " + ticket), 0, MARK_BYTES);
        String digits = new BigInteger(1, all.array()).toString(RADIX).toUpperCase(Locale.ROOT);
        return key.id() + ':' + "0".repeat(DIGITS - digits.length()) + digits;
    }
}
