package dev.stagedoor.gateway.ops.signin;

import dev.stagedoor.common.SigningKey;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;

import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;

/** What every operator knows. */
public final class Password {

    private static final Logger LOG = LoggerFactory.getLogger(Password.class);

    private static final int GENERATED_BYTES = 18;
    private static final int ITERATIONS = 100_000;
    private static final int KEY_BITS = 256;

    /** Not a secret: it only sets this use of the password apart from any other. */
    private static final byte[] SALT = "stagedoor ops console".getBytes(StandardCharsets.UTF_8);

    private final String text;
    private final byte[] digest;

    private Password(String text) {
        this.text = text;
        this.digest = digest(text);
    }

    /** The one that is set; otherwise one that is made up here and told to the log, once. */
    public static Password of(String configured) {
        if (!configured.isBlank()) {
            return new Password(configured);
        }
        byte[] random = new byte[GENERATED_BYTES];
        new SecureRandom().nextBytes(random);
        String generated = Base64.getUrlEncoder().withoutPadding().encodeToString(random);
        LOG.warn("stagedoor.ops.password is not set; until the next start it is {}", generated);
        return new Password(generated);
    }

    /** Takes as long for a guess that is nearly right as for any other. */
    boolean is(String guess) {
        return MessageDigest.isEqual(digest(guess), digest);
    }

    /**
     * Signs the sessions of browsers: the same on every gateway with this password, and void when
     * it is changed. Stretched, so that whoever sees a cookie cannot find the password by trying.
     */
    public SigningKey signingKey() {
        try {
            byte[] secret =
                    SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256")
                            .generateSecret(
                                    new PBEKeySpec(text.toCharArray(), SALT, ITERATIONS, KEY_BITS))
                            .getEncoded();
            return new SigningKey("ops", secret);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has PBKDF2WithHmacSHA256", e);
        }
    }

    private static byte[] digest(String text) {
        try {
            return MessageDigest.getInstance("SHA-256")
                    .digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
