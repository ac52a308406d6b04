package dev.stagedoor.common.operators;

import dev.stagedoor.common.settings.Unreadable;

import org.springframework.security.crypto.argon2.Argon2PasswordEncoder;
import org.springframework.security.crypto.bcrypt.BCryptPasswordEncoder;
import org.springframework.security.crypto.password.DelegatingPasswordEncoder;
import org.springframework.security.crypto.password.PasswordEncoder;
import org.springframework.security.crypto.password.Pbkdf2PasswordEncoder;

import java.nio.charset.StandardCharsets;
import java.util.Map;

/** Reads the passwords of the settings, and compares. What is wrong is told without what it is. */
final class Passwords {

    private static final int FEWEST_CHARACTERS = 12;

    /** Of bcrypt, which sees nothing beyond. */
    private static final int MOST_BYTES = 72;

    private static final String BCRYPT = "bcrypt";

    /** Argon2 needs Bouncy Castle on the class path; nothing else here does. */
    private static final Map<String, PasswordEncoder> KINDS =
            Map.of(
                    BCRYPT,
                    new BCryptPasswordEncoder(12),
                    "pbkdf2",
                    Pbkdf2PasswordEncoder.defaultsForSpringSecurity_v5_8(),
                    "argon2",
                    Argon2PasswordEncoder.defaultsForSpringSecurity_v5_8());

    private static final PasswordEncoder ALL = new DelegatingPasswordEncoder(BCRYPT, KINDS);

    /**
     * For one that stands in the settings as it is there is nothing to protect: it only bounds how
     * fast very many addresses together can guess.
     */
    private static final PasswordEncoder QUICK =
            new DelegatingPasswordEncoder(BCRYPT, Map.of(BCRYPT, new BCryptPasswordEncoder(6)));

    private Passwords() {}

    static boolean isHash(String configured) {
        return configured.startsWith("{");
    }

    static String checkedHash(String property, String configured) {
        try {
            String kind = configured.substring(1, configured.indexOf('}'));
            String hash = configured.substring(kind.length() + 2);
            PasswordEncoder encoder = KINDS.get(kind);
            encoder.upgradeEncoding(hash);
            if (!kind.equals(BCRYPT)) {
                encoder.matches("any", hash);
            }
            return configured;
        } catch (RuntimeException | NoClassDefFoundError _) {
            throw new IllegalArgumentException(
                    property
                            + " must be a hash of {bcrypt}, {pbkdf2} or, with Bouncy Castle on the"
                            + " class path, {argon2}; docs/security.md says how to make one");
        }
    }

    static String quickHash(String property, String plain) {
        check(property, plain);
        return QUICK.encode(plain);
    }

    static String hash(String plain) {
        check("a password", plain);
        return ALL.encode(plain);
    }

    static boolean match(String guess, String hash) {
        return ALL.matches(guess, hash);
    }

    private static void check(String property, String plain) {
        if (Unreadable.is(plain)) {
            throw new IllegalArgumentException(
                    property
                            + " has letters that this machine does not read: start it with "
                            + Unreadable.HELP);
        }
        if (plain.codePointCount(0, plain.length()) < FEWEST_CHARACTERS
                || plain.getBytes(StandardCharsets.UTF_8).length > MOST_BYTES) {
            throw new IllegalArgumentException(
                    property
                            + " must be at least %d characters, and at most %d bytes"
                                    .formatted(FEWEST_CHARACTERS, MOST_BYTES));
        }
    }
}
