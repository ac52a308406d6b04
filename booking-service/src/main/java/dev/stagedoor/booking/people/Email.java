package dev.stagedoor.booking.people;

import java.text.Normalizer;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * An address by which somebody signs in, as it is compared: in small letters. Nothing is ever sent
 * to it, so it need not be one that exists.
 */
public record Email(String value) {

    private static final Pattern FORM =
            Pattern.compile("[^\\s@\\p{Cntrl}\\p{Cs}]{1,64}@[^\\s@\\p{Cntrl}\\p{Cs}]+");
    private static final int LONGEST = 254;

    public static Optional<Email> parse(String text) {
        String plain =
                Normalizer.normalize(text.strip(), Normalizer.Form.NFKC).toLowerCase(Locale.ROOT);
        return plain.length() <= LONGEST && FORM.matcher(plain).matches()
                ? Optional.of(new Email(plain))
                : Optional.empty();
    }
}
