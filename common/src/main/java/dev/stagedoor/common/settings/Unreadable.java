package dev.stagedoor.common.settings;

/**
 * Where the machine's language has no UTF-8, as with {@code LANG=C}, each byte of another letter in
 * a command line, an environment variable or a terminal comes in as the same one. A password of
 * them would be any other of that length, and a path of them guards nothing.
 */
public final class Unreadable {

    public static final String HELP = "LC_ALL=C.UTF-8";

    private Unreadable() {}

    public static boolean is(String text) {
        return text.indexOf('\uFFFD') >= 0;
    }
}
