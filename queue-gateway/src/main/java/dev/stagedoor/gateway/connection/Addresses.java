package dev.stagedoor.gateway.connection;

import dev.stagedoor.gateway.request.Caller;

import java.util.BitSet;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How the address in the first line of a request, and the host in its head, may be spelled. */
public final class Addresses {

    /** A name or a number, nothing that could begin a path or name a user. */
    private static final Pattern NAME = Pattern.compile("[\\w.~-]+|\\[[\\p{XDigit}:.]+]");

    /** The port is there or not: the server cannot read an empty one. */
    private static final Pattern HOST = Pattern.compile("(?:(?:" + NAME + ")(?::(\\d{1,5}))?)?");

    private static final int LAST_PORT = 65_535;

    /** As a client writes it to a proxy, and may write it to anybody. */
    private static final Pattern WHOLE =
            Pattern.compile("https?://([^/?]+)(.*)", Pattern.CASE_INSENSITIVE);

    /**
     * Spellings that the upstream could understand differently from us: dot segments, empty
     * segments, parameters, back slashes, and encoded ones of these. Nobody needs them, so nobody
     * is served.
     */
    private static final Pattern AMBIGUOUS =
            Pattern.compile(
                    "//|/\\.{1,2}(?:/|$)|[;\\\\]|%(?:2e|2f|5c|3b|00|25)", Pattern.CASE_INSENSITIVE);

    private static final BitSet IN_PATH = with(plain(), "-._~!$&'()*+,;=:@/");
    private static final BitSet IN_QUERY = with(IN_PATH, "?[]");
    private static final BitSet LEFT = with(new BitSet(), "\"<>^`{|}[]");

    private static final HexFormat HEX = HexFormat.of().withUpperCase();

    private Addresses() {}

    /** Without a port. */
    public static boolean isName(String name) {
        return NAME.matcher(name).matches();
    }

    static boolean isHost(String host) {
        Matcher parts = HOST.matcher(host);
        return parts.matches()
                && (parts.group(1) == null || Integer.parseInt(parts.group(1)) <= LAST_PORT);
    }

    /** Matches what names a host itself: its first group is the host, its second our part. */
    static Matcher whole(String target) {
        return WHOLE.matcher(target);
    }

    /** Whether it is a path, perhaps with a query, that nobody can read in two ways. */
    public static boolean isOfThisSite(String target) {
        if (!target.startsWith("/")) {
            return false;
        }
        String path = Caller.pathOf(target);
        return isSpelledIn(IN_PATH, target, 0, path.length())
                && isSpelledIn(IN_QUERY, target, path.length(), target.length())
                && !AMBIGUOUS.matcher(path).find();
    }

    /** With everything encoded that browsers and others leave as it is, though they should not. */
    static String encoded(String target) {
        int path = Caller.pathOf(target).length();
        StringBuilder encoded = new StringBuilder(target.length() + 16);
        for (int i = 0; i < target.length(); i++) {
            char next = target.charAt(i);
            boolean isLeft =
                    LEFT.get(next) && !(i > path && IN_QUERY.get(next)) || next > 127 && next < 256;
            if (isLeft) {
                encoded.append('%').append(HEX.toHexDigits((byte) next));
            } else {
                encoded.append(next);
            }
        }
        return encoded.toString();
    }

    private static boolean isSpelledIn(BitSet alphabet, String text, int begin, int end) {
        for (int i = begin; i < end; i++) {
            char next = text.charAt(i);
            if (next == '%' ? !isEncoded(text, i, end) : !alphabet.get(next)) {
                return false;
            }
        }
        return true;
    }

    private static boolean isEncoded(String text, int percent, int end) {
        return percent + 2 < end
                && Character.digit(text.charAt(percent + 1), 16) >= 0
                && Character.digit(text.charAt(percent + 2), 16) >= 0;
    }

    private static BitSet plain() {
        BitSet plain = new BitSet();
        plain.set('a', 'z' + 1);
        plain.set('A', 'Z' + 1);
        plain.set('0', '9' + 1);
        return plain;
    }

    private static BitSet with(BitSet some, String more) {
        BitSet all = (BitSet) some.clone();
        more.chars().forEach(all::set);
        return all;
    }
}
