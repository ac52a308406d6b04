package dev.stagedoor.common;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.MACVerifier;
import com.nimbusds.jose.util.Base64URL;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;

import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/** What is read and written by hand, beside what Nimbus alone makes of it. */
class TokenReadersTests {

    private static final long SEED = 20_261_125;
    private static final Instant NOW = Instant.parse("2026-01-01T11:00:00Z");
    private static final SigningKey KEY = SigningKey.random("one");
    private static final String HEAD =
            "{\"kid\":\"one\",\"typ\":\"stagedoor-pass+jwt\",\"alg\":\"HS256\"}";

    private final Passes passes = new Passes(List.of(KEY), InstantSource.fixed(NOW));
    private final Random random = new Random(SEED);

    @RepeatedTest(100)
    void writeTheSameToken() throws JOSEException {
        Pass pass = pass();

        assertThat(passes.sign(pass)).isEqualTo(signedByNimbus(pass));
    }

    @RepeatedTest(100)
    void readWhatIsWrittenWithoutAParser() {
        String payload = text(passes.sign(pass()).split("\\.")[1]);

        assertThat(Claims.readPlain(payload)).isNotNull();
        assertThat(Claims.readPlain(payload).toJson()).isEqualTo(payload);
    }

    /** Under the right signature: only the spelling differs. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "`\"seq\":1` | `\"seq\":01`",
                "`\"seq\":1` | `\"seq\":-1`",
                "`\"seq\":1` | `\"seq\":+1`",
                "`\"seq\":1` | `\"seq\":-0`",
                "`\"seq\":1` | `\"seq\":0`",
                "`\"seq\":1` | `\"seq\":1e3`",
                "`\"seq\":1` | `\"seq\":1.5`",
                "`\"seq\":1` | `\"seq\":1.0`",
                "`\"seq\":1` | `\"seq\":`",
                "`\"seq\":1` | `\"seq\":\"1\"`",
                "`\"seq\":1` | `\"seq\":null`",
                "`\"seq\":1` | `\"seq\":true`",
                "`\"seq\":1` | `\"seq\":[1]`",
                "`\"seq\":1` | `\"seq\":{\"a\":1}`",
                "`\"seq\":1` | `\"seq\":0x1`",
                "`\"seq\":1` | `\"seq\":999999999999999999`",
                "`\"seq\":1` | `\"seq\":9223372036854775807`",
                "`\"seq\":1` | `\"seq\":9223372036854775808`",
                "`\"seq\":1` | `\"seq\":99999999999999999999999`",
                "`\"seq\":1` | `\"seq\":1,\"seq\":2`",
                "`\"seq\":1` | `\"\\u0073eq\":1`",
                "`\"seq\":1` | `\"seq\" :1`",
                "`\"seq\":1` | `\"seq\":1,`",
                "`\"seq\":1` | `\"seq\":1,\"more\":2`",
                "`\"seq\":1` | `\"seq\":1,\"more\":\"quoted \\\" text\"`",
                "`\"seq\":1` | `\"seq\":1,\"\":2`",
                "`\"seq\":1` | `\"seq\":1,\"aud\":7`",
                "`\"seq\":1` | `\"seq\":1,\"aud\":\"us\"`",
                "`\"seq\":1` | `\"seq\":1,\"iss\":7`",
                "`\"seq\":1` | `\"seq\":1,\"jti\":7`",
                "`\"seq\":1` | `\"seq\":1,\"nbf\":7`",
                "`\"seq\":1` | `\"seq\":1,\"nbf\":\"soon\"`",
                "`\"room\":\"main\"` | `\"room\":\"Main\"`",
                "`\"room\":\"main\"` | `\"room\":\"\"`",
                "`\"room\":\"main\"` | `\"room\":\"m\\u0061in\"`",
                "`\"room\":\"main\"` | `\"room\":\"한\"`",
                "`\"room\":\"main\"` | `\"room\":7`",
                "`\"room\":\"main\"` | `\"room\":'main'`",
                "`\"room\":\"main\"` | `room:\"main\"`",
                "`\"exp\":` | `\"exp\":9`",
                "`\"exp\":` | `\"exp\":999999999`",
                "`\"exp\":` | `\"exp\":99999999999`",
                "`\"exp\":` | `\"exp\":-`",
                "`\"exp\":` | `\"exp\":\"soon\",\"x\":`",
                "`\"exp\":` | `\"exp\":null,\"x\":`",
                "`\"exp\":` | `\"end\":`",
                "`\"iat\":` | `\"iat\":9`",
                "`\"iat\":` | `\"iat\":-`",
                "`\"iat\":` | `\"iat\":0.`",
                "`\"sub\":` | `\"sub\":7,\"x\":`",
                "`\"sub\":` | `\"sub\":null,\"x\":`",
                "`\"sub\":` | `\"sbu\":`",
                "`{` | `[`",
                "`{` | ` {`",
                "`{` | `{ `",
                "`{` | `{,`",
                "`{` | `{{`",
                "`}` | `} `",
                "`}` | `,}`",
                "`}` | `}}`",
                "`}` | `}x`",
                "`}` | ``",
            })
    void agreeOnOtherSpellings(String part, String instead) throws Exception {
        String sound = text(passes.sign(new Pass(pass().user(), room("main"), 1)).split("\\.")[1]);

        String payload = sound.replace(part, instead == null ? "" : instead);

        assertThat(payload).isNotEqualTo(sound);
        assertAgreed(sealed(HEAD, payload));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"typ\":\"stagedoor-pass+jwt\",\"kid\":\"one\",\"alg\":\"HS256\"}",
                "{ \"kid\":\"one\",\"typ\":\"stagedoor-pass+jwt\",\"alg\":\"HS256\"}",
                "{\"kid\":\"one\",\"typ\":\"STAGEDOOR-PASS+JWT\",\"alg\":\"HS256\"}",
                "{\"kid\":\"\\u006fne\",\"typ\":\"stagedoor-pass+jwt\",\"alg\":\"HS256\"}",
                "{\"kid\":\"two\",\"typ\":\"stagedoor-pass+jwt\",\"alg\":\"HS256\"}",
                "{\"kid\":\"one\",\"typ\":\"stagedoor-queue+jwt\",\"alg\":\"HS256\"}",
                "{\"kid\":\"one\",\"typ\":\"stagedoor-pass+jwt\",\"alg\":\"HS512\"}",
                "{\"kid\":\"one\",\"typ\":\"stagedoor-pass+jwt\",\"alg\":\"none\"}",
                "{\"kid\":\"one\",\"typ\":\"stagedoor-pass+jwt\"}",
                "{\"typ\":\"stagedoor-pass+jwt\",\"alg\":\"HS256\"}",
                "{\"kid\":\"one\",\"alg\":\"HS256\"}",
                "{\"kid\":\"one\",\"typ\":\"stagedoor-pass+jwt\",\"alg\":\"HS256\",\"x\":1}",
                "{\"kid\":\"one\",\"typ\":\"stagedoor-pass+jwt\",\"alg\":\"HS256\",\"crit\":[\"x\"]}",
                "{}",
                "x"
            })
    void agreeOnOtherHeads(String head) throws Exception {
        assertAgreed(sealed(head, text(passes.sign(pass()).split("\\.")[1])));
    }

    @Test
    void agreeOnEveryByteThatIsAnother() throws Exception {
        String token = passes.sign(pass());
        for (int i = 0; i < token.length(); i++) {
            for (char c : "Aa0-_.=+/ \n\0한é".toCharArray()) {
                assertAgreed(token.substring(0, i) + c + token.substring(i + 1));
                assertAgreed(token.substring(0, i) + c + token.substring(i));
            }
            assertAgreed(token.substring(0, i));
            assertAgreed(token.substring(i));
        }
        for (String spelling :
                List.of(" " + token, token + " ", "\n" + token + "\n", token + "=", token + "\0")) {
            assertAgreed(spelling);
        }
    }

    @Test
    void agreeOnWhatTheKeySignsWhateverItIs() throws Exception {
        int accepted = 0;
        int plain = 0;
        for (int round = 0; round < 20_000; round++) {
            String payload = text(passes.sign(pass()).split("\\.")[1]);
            for (int times = random.nextInt(3); times >= 0; times--) {
                payload = mutations().get(random.nextInt(mutations().size())).apply(payload);
            }
            if (assertAgreed(sealed(HEAD, payload))) {
                accepted++;
                plain += Claims.readPlain(payload) == null ? 0 : 1;
            }
        }

        assertThat(plain).isGreaterThan(1_000);
        assertThat(accepted - plain).isGreaterThan(1_000);
        assertThat(accepted).isLessThan(15_000);
    }

    private List<UnaryOperator<String>> mutations() {
        return List.of(
                this::shuffled,
                this::shuffled,
                text -> at(text, i -> text.substring(0, i) + any(" \t\n\r") + text.substring(i)),
                text -> at(text, i -> text.substring(0, i) + text.substring(i + 1)),
                text -> at(text, i -> text.substring(0, i) + any() + text.substring(i)),
                text -> at(text, i -> text.substring(0, i) + any() + text.substring(i + 1)),
                text -> at(text, i -> text.substring(0, i) + escaped(text, i)),
                this::doubled,
                text -> text.replaceFirst("}$", ",\"x" + random.nextInt(9) + "\":" + value() + "}"),
                text -> text.replaceFirst("\"seq\":[0-9]+", "\"seq\":" + value()),
                text -> text.replaceFirst("\"iat\":[0-9]+", "\"iat\":" + value()));
    }

    private String shuffled(String json) {
        List<String> claims = claims(json);
        Collections.shuffle(claims, random);
        return "{" + String.join(",", claims) + "}";
    }

    private String doubled(String json) {
        List<String> claims = claims(json);
        claims.add(claims.get(random.nextInt(claims.size())));
        return "{" + String.join(",", claims) + "}";
    }

    private static List<String> claims(String json) {
        return new ArrayList<>(Arrays.asList(json.replaceAll("^\\{|}$", "").split(",")));
    }

    private String value() {
        return any(
                "0",
                "-1",
                "00",
                "007",
                "1e2",
                "1E+2",
                "1.0",
                "2.75",
                "\"\"",
                "\"a\"",
                "\"a b\"",
                "\"\\n\"",
                "null",
                "false",
                "[]",
                "{}",
                Long.toString(random.nextLong()),
                Long.toString(NOW.getEpochSecond() + random.nextInt(-60, 60)),
                "9".repeat(random.nextInt(1, 25)));
    }

    private String escaped(String text, int i) {
        return "\\u%04x".formatted((int) text.charAt(i)) + text.substring(i + 1);
    }

    private String at(String text, java.util.function.IntFunction<String> change) {
        return text.isEmpty() ? text : change.apply(random.nextInt(text.length()));
    }

    private String any(String... values) {
        return values[random.nextInt(values.length)];
    }

    private char any(String characters) {
        return characters.charAt(random.nextInt(characters.length()));
    }

    private char any() {
        return any("{}[]:,\"'\\0123456789+-.eEabcxyz _/=한\0");
    }

    /** Whether both accept it. */
    private boolean assertAgreed(String token) throws Exception {
        Optional<Pass> byNimbus = readByNimbus(token);
        assertThat(passes.verify(token)).as(token).isEqualTo(byNimbus);
        return byNimbus.isPresent();
    }

    // ── Nimbus alone ────────────────────────────────────────────────────────────────────────────

    private static String signedByNimbus(Pass pass) throws JOSEException {
        SignedJWT token =
                new SignedJWT(
                        new JWSHeader.Builder(JWSAlgorithm.HS256)
                                .type(new JOSEObjectType("stagedoor-pass+jwt"))
                                .keyID(KEY.id())
                                .build(),
                        new JWTClaimsSet.Builder()
                                .subject(pass.user().toString())
                                .claim("room", pass.room().name())
                                .claim("seq", pass.sequence())
                                .issueTime(Date.from(NOW))
                                .expirationTime(Date.from(NOW.plus(Passes.LIFETIME)))
                                .build());
        token.sign(new MACSigner(KEY.secret()));
        return token.serialize();
    }

    private static Optional<Pass> readByNimbus(String token) throws JOSEException {
        try {
            SignedJWT parsed = SignedJWT.parse(token);
            JWSHeader head = parsed.getHeader();
            Base64URL signature = parsed.getSignature();
            JWTClaimsSet claims = parsed.getJWTClaimsSet();
            boolean isGood =
                    token.length() <= 1024
                            && "one".equals(head.getKeyID())
                            && JWSAlgorithm.HS256.equals(head.getAlgorithm())
                            && new JOSEObjectType("stagedoor-pass+jwt").equals(head.getType())
                            && Base64URL.encode(signature.decode()).equals(signature)
                            && parsed.verify(new MACVerifier(KEY.secret()))
                            && isWithin(claims);
            return isGood ? pass(claims) : Optional.empty();
        } catch (ParseException | IllegalArgumentException _) {
            return Optional.empty();
        }
    }

    private static boolean isWithin(JWTClaimsSet claims) {
        Date end = claims.getExpirationTime();
        Date issued = claims.getIssueTime();
        return end != null
                && issued != null
                && end.toInstant().isAfter(NOW.minus(SignedTokens.LEEWAY))
                && !issued.toInstant().isAfter(NOW.plus(SignedTokens.LEEWAY));
    }

    private static Optional<Pass> pass(JWTClaimsSet claims) throws ParseException {
        Long sequence = claims.getLongClaim("seq");
        String room = claims.getStringClaim("room");
        String subject = claims.getSubject();
        return Stream.of(sequence, room, subject).anyMatch(java.util.Objects::isNull)
                ? Optional.empty()
                : UserId.parse(subject)
                        .flatMap(
                                user ->
                                        RoomId.parse(room)
                                                .map(there -> new Pass(user, there, sequence)));
    }

    private Pass pass() {
        UUID uuid = new UUID(random.nextLong(), random.nextLong());
        String room = any("main", "a", "2026-11-25", "another-room", "z9");
        return new Pass(new UserId(uuid), room(room), random.nextLong(1L << random.nextInt(1, 62)));
    }

    private static RoomId room(String name) {
        return new RoomId(name);
    }

    private static String sealed(String head, String payload) {
        String text = Base64URL.encode(head) + "." + Base64URL.encode(payload);
        return text + "." + Base64URL.encode(KEY.mac(text));
    }

    private static String text(String base64) {
        return new String(new Base64URL(base64).decode(), StandardCharsets.UTF_8);
    }
}
