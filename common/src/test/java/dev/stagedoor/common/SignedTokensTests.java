package dev.stagedoor.common;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.crypto.MACSigner;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

class SignedTokensTests {

    private static final SigningKey KEY = SigningKey.random("one");
    private static final Instant NOW = Instant.parse("2026-01-01T11:00:00Z");
    private static final Pass PASS =
            new Pass(UserId.random(), new RoomId("main"), 1_765_000_000_000_042L);

    private final Passes passes = passesAt(NOW, KEY);

    @Test
    void readsWhatItWrote() {
        assertThat(passes.verify(passes.sign(PASS))).contains(PASS);
    }

    @Test
    void refusesEverySingleBitFlip() {
        byte[] token = passes.sign(PASS).getBytes(StandardCharsets.US_ASCII);
        for (int i = 0; i < token.length; i++) {
            for (int bit = 0; bit < 7; bit++) {
                byte[] flipped = token.clone();
                flipped[i] ^= (byte) (1 << bit);
                assertThat(passes.verify(new String(flipped, StandardCharsets.US_ASCII)))
                        .as("character %d, bit %d", i, bit)
                        .isEmpty();
            }
        }
    }

    @Test
    void refusesEveryTruncation() {
        String token = passes.sign(PASS);
        for (int length = 0; length < token.length(); length++) {
            assertThat(passes.verify(token.substring(0, length))).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ".",
                "..",
                "...",
                "a.b.c",
                "null",
                "{}",
                "eyJ9.eyJ9.eyJ9",
                "한국.어.토큰",
                "\0\0\0",
                "é.é.é"
            })
    void refusesNonsense(String nonsense) {
        assertThat(passes.verify(nonsense)).isEmpty();
    }

    @Test
    void refusesWhatIsTooLongWithoutReadingIt() {
        assertThat(passes.verify("x".repeat(1_000_000))).isEmpty();
        assertThat(passes.verify(passes.sign(PASS) + "A".repeat(2000))).isEmpty();
        SignedTokens any = new SignedTokens("any", List.of(KEY), InstantSource.fixed(NOW));
        String ours = any.sign(Claims.of("a".repeat(1000)).during(NOW, NOW));
        assertThat(any.verify(ours, Optional::of)).isEmpty();
    }

    @Test
    void refusesATokenWithoutSignature() {
        String payload = passes.sign(PASS).split("\\.")[1];
        String none = encode("{\"alg\":\"none\",\"kid\":\"one\",\"typ\":\"stagedoor-pass+jwt\"}");

        assertThat(passes.verify(none + "." + payload + ".")).isEmpty();
        assertThat(passes.verify(none + "." + payload + "." + encode("x"))).isEmpty();
    }

    @Test
    void refusesAnotherAlgorithmUnderTheSameKey() throws Exception {
        SigningKey longKey = new SigningKey("one", new byte[64]);
        Passes ours = passesAt(NOW, longKey);
        String payload =
                new String(
                        Base64.getUrlDecoder().decode(ours.sign(PASS).split("\\.")[1]),
                        StandardCharsets.UTF_8);
        JWSObject other =
                new JWSObject(
                        new JWSHeader.Builder(JWSAlgorithm.HS512)
                                .keyID("one")
                                .type(new com.nimbusds.jose.JOSEObjectType("stagedoor-pass+jwt"))
                                .build(),
                        new Payload(payload));
        other.sign(new MACSigner(longKey.secret()));

        assertThat(ours.verify(other.serialize())).isEmpty();
    }

    @Test
    void refusesAnotherKeyUnderTheSameName() {
        assertThat(passes.verify(passesAt(NOW, SigningKey.random("one")).sign(PASS))).isEmpty();
    }

    @Test
    void refusesATokenOfAnotherKindUnderTheSameKey() {
        String access =
                new AccessTokens(List.of(KEY), InstantSource.fixed(NOW))
                        .sign(new Bearer(PASS.user(), null));

        assertThat(passes.verify(access)).isEmpty();
    }

    @Test
    void acceptsTheOldKeyWhileItIsListed() {
        SigningKey next = SigningKey.random("two");
        String old = passes.sign(PASS);

        assertThat(passesAt(NOW, next, KEY).verify(old)).contains(PASS);
        assertThat(passesAt(NOW, next).verify(old)).isEmpty();
    }

    @Test
    void allowsClocksToDifferByHalfAMinuteAndNoMore() {
        String token = passes.sign(PASS);

        assertThat(passesAt(NOW.minusSeconds(29), KEY).verify(token)).isPresent();
        assertThat(passesAt(NOW.minusSeconds(31), KEY).verify(token)).isEmpty();
        Instant end = NOW.plus(Passes.LIFETIME);
        assertThat(passesAt(end.plus(Duration.ofSeconds(29)), KEY).verify(token)).isPresent();
        assertThat(passesAt(end.plus(Duration.ofSeconds(31)), KEY).verify(token)).isEmpty();
    }

    /** Whoever has registered where the clock was an hour ahead is known all the same. */
    @Test
    void knowsWhomAClockThatWasAheadHasLetIn() {
        Bearer bearer = new Bearer(PASS.user(), null);
        String token =
                new AccessTokens(List.of(KEY), InstantSource.fixed(NOW.plus(Duration.ofHours(1))))
                        .sign(bearer);

        AccessTokens now = new AccessTokens(List.of(KEY), InstantSource.fixed(NOW));

        assertThat(now.verify(token)).contains(bearer);
        assertThat(now.verifyFormer(token)).contains(bearer);
    }

    @Test
    void believesNoClockThatIsMoreThanADayAhead() {
        String token =
                new AccessTokens(List.of(KEY), InstantSource.fixed(NOW.plus(Duration.ofHours(25))))
                        .sign(new Bearer(PASS.user(), null));

        AccessTokens now = new AccessTokens(List.of(KEY), InstantSource.fixed(NOW));

        assertThat(now.verify(token)).isEmpty();
        assertThat(now.verifyFormer(token)).isEmpty();
    }

    @Test
    void saysNothingThatCouldBeReadAsSomethingElse() {
        assertThatThrownBy(() -> Claims.of("ada\",\"seq\":\"1"))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private static Passes passesAt(Instant now, SigningKey... keys) {
        return new Passes(List.of(keys), InstantSource.fixed(now));
    }

    private static String encode(String text) {
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }
}
