package dev.stagedoor.gateway.visitor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jwt.PlainJWT;
import com.nimbusds.jwt.SignedJWT;

import dev.stagedoor.common.AccessTokens;
import dev.stagedoor.common.Bearer;
import dev.stagedoor.common.UserId;
import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.gateway.Gateways;
import dev.stagedoor.gateway.Visitor;
import dev.stagedoor.gateway.request.Caller;
import dev.stagedoor.gateway.request.TrustedProxies;
import dev.stagedoor.gateway.token.QueueTokens;
import dev.stagedoor.gateway.visitor.Identities.Identity;

import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.context.ConfigurableApplicationContext;

import reactor.core.publisher.Mono;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Date;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** Tokens of an identity provider, as they are shown by those who join. */
@Timeout(60)
class OpenIdTests {

    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    private final Issuer issuer = newIssuer();
    private Instant now = START;
    private Duration putBack = Duration.ZERO;
    private OpenIdTokens tokens;

    @BeforeEach
    void trustTheIssuer() {
        tokens = trusting("tickets");
    }

    @AfterEach
    void stop() {
        issuer.close();
    }

    @Test
    void nameTheSameUserEveryTime() {
        Identity first = identify(issuer.token(issuer.claims("kim", now)));
        Identity again = identify(issuer.token(issuer.claims("kim", now)));
        Identity other = identify(issuer.token(issuer.claims("lee", now)));

        assertThat(first)
                .isEqualTo(
                        new Identity.Known(
                                new Bearer(UserId.named(issuer.uri() + "", "kim"), null)));
        assertThat(again).isEqualTo(first);
        assertThat(other).isNotEqualTo(first);
        assertThat(issuer.asked()).isEqualTo(1);
    }

    @Test
    void areRefusedIfTheyAreNotGood() throws JOSEException {
        Date past = Date.from(now.minusSeconds(61));

        assertThat(
                        List.of(
                                "x",
                                "a.b.c",
                                "x".repeat(9_000),
                                Issuer.sign(Issuer.OF_SOMEBODY_ELSE, issuer.claims("kim", now)),
                                issuer.token(issuer.claims("kim", now).issuer("https://other")),
                                issuer.token(issuer.claims("kim", now).audience("shoes")),
                                issuer.token(issuer.claims("kim", now).claim("nonce", "n")),
                                issuer.token(issuer.claims("kim", now).claim("at_hash", "h")),
                                issuer.token(issuer.claims("kim", now).subject(null)),
                                issuer.token(issuer.claims("kim", now).expirationTime(null)),
                                issuer.token(issuer.claims("kim", now).expirationTime(past)),
                                new PlainJWT(issuer.claims("kim", now).build()).serialize(),
                                signedWithThePublicKeyAsASecret(),
                                ourOwn()))
                .allSatisfy(token -> assertThat(identify(token)).isEqualTo(new Identity.Refused()));
    }

    @Test
    void needNotBeForUsIfThatIsSaid() {
        tokens = trusting("any");

        assertThat(identify(issuer.token(issuer.claims("kim", now).audience("shoes"))))
                .isInstanceOf(Identity.Known.class);
    }

    /** RFC 9068 spells it in two ways. */
    @ParameterizedTest
    @ValueSource(strings = {"JWT", "at+jwt", "application/at+jwt"})
    void mayBeOfTheTypeOfAccessTokens(String type) {
        assertThat(identify(Issuer.sign(issuer.key(), type, issuer.claims("kim", now))))
                .isInstanceOf(Identity.Known.class);
        assertThat(identify(Issuer.sign(issuer.key(), "logout+jwt", issuer.claims("kim", now))))
                .isEqualTo(new Identity.Refused());
    }

    @Test
    void goOnWhenTheKeyIsChanged() {
        identify(issuer.token(issuer.claims("kim", now)));
        issuer.changesItsKey();
        String signedAnew = issuer.token(issuer.claims("kim", now));

        assertThat(identify(signedAnew)).isEqualTo(new Identity.Refused());
        now = now.plusSeconds(6);

        assertThat(identify(signedAnew)).isInstanceOf(Identity.Known.class);
    }

    @Test
    void ofUnknownKeysDoNotMakeUsAskAllTheTime() {
        RSAKey strangers = Issuer.OF_SOMEBODY_ELSE;
        for (int i = 0; i < 100; i++) {
            identify(Issuer.sign(strangers, issuer.claims("kim", now)));
        }

        assertThat(issuer.asked()).isEqualTo(1);
    }

    @Test
    void thatNameNoKeyDoNotMakeUsAskAgain() {
        RSAKey nameless = new RSAKey.Builder(issuer.key()).keyID(null).build();
        for (int i = 0; i < 2; i++) {
            assertThat(identify(Issuer.sign(nameless, issuer.claims("kim", now))))
                    .isInstanceOf(Identity.Known.class);
            now = now.plus(Duration.ofMinutes(1));
        }

        assertThat(issuer.asked()).isEqualTo(1);
    }

    @Test
    void areStillKnownWhileTheIssuerIsDown() {
        identify(issuer.token(issuer.claims("kim", now)));
        issuer.isDown();
        now = now.plus(Duration.ofHours(2));

        assertThat(identify(issuer.token(issuer.claims("kim", now))))
                .isInstanceOf(Identity.Known.class);
    }

    @Test
    void waitForAnIssuerThatDoesNotAnswerOnce() {
        identify(issuer.token(issuer.claims("kim", now)));
        issuer.hangs();
        now = now.plus(Duration.ofHours(2));

        Mono<Identity> identity = tokens.identify(issuer.token(issuer.claims("kim", now)));
        identity.subscribe();
        await().untilAsserted(() -> assertThat(issuer.asked()).isEqualTo(2));

        assertThat(identity.block(Duration.ofSeconds(4))).isInstanceOf(Identity.Known.class);
    }

    @Test
    void ofAKeyThatWasTakenBackAreRefusedWhenItHasGrownOld() {
        Instant later = now.plus(Duration.ofHours(2));
        String ofTheOldKey = issuer.token(issuer.claims("kim", later));
        identify(issuer.token(issuer.claims("kim", now)));
        issuer.changesItsKey();
        now = later;

        assertThat(identify(ofTheOldKey)).isEqualTo(new Identity.Refused());
    }

    @Test
    void ofAnIssuerThatDoesNotSayWhereItsKeysAreCannotBeTold() {
        issuer.namesNoKeys();

        assertThat(identify(issuer.token(issuer.claims("kim", now))))
                .isEqualTo(new Identity.Unavailable());
    }

    @Test
    void ofAnIssuerThatStopsInTheMiddleOfAnAnswerCannotBeTold() {
        issuer.stalls();

        assertThat(identify(issuer.token(issuer.claims("kim", now))))
                .isEqualTo(new Identity.Unavailable());
    }

    @Test
    void ofAnIssuerThatCallsItselfAnotherCannotBeTold() {
        issuer.callsItselfAnother();

        assertThat(identify(issuer.token(issuer.claims("kim", now))))
                .isEqualTo(new Identity.Unavailable());
        assertThat(issuer.asked()).isZero();
    }

    /** Whoever stands on the way there could hand out keys of their own. */
    @Test
    void ofAnIssuerWhoseKeysAnybodyOnTheWayCouldGiveCannotBeTold() {
        issuer.namesKeysInTheOpen();

        assertThat(identify(issuer.token(issuer.claims("kim", now))))
                .isEqualTo(new Identity.Unavailable());
        assertThat(issuer.asked()).isZero();
    }

    @Test
    void cannotBeToldFromForgedOnesBeforeTheIssuerWasEverThere() {
        issuer.isDown();
        String token = issuer.token(issuer.claims("kim", now));

        assertThat(identify(token)).isEqualTo(new Identity.Unavailable());
        issuer.isUp();
        now = now.plusSeconds(6);

        assertThat(identify(token)).isInstanceOf(Identity.Known.class);
    }

    @Test
    void areToldByTheKeysOfTodayThoughTheClockIsPutBack() {
        issuer.isDown();
        identify(issuer.token(issuer.claims("kim", now)));
        issuer.isUp();
        theClockIsPutBack();
        now = now.plusSeconds(6);

        assertThat(identify(issuer.token(issuer.claims("kim", now))))
                .isInstanceOf(Identity.Known.class);
        issuer.changesItsKey();
        theClockIsPutBack();
        now = now.plusSeconds(6);
        assertThat(identify(issuer.token(issuer.claims("kim", now))))
                .isInstanceOf(Identity.Known.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'kty':'EC','crv':'brainpoolP256r1','x':'AA','y':'AA','kid':'x'}",
                "{'kty':'AKP','alg':'ML-DSA-44','pub':'AA','kid':'x'}",
                "{'kty':'RSA','n':'AQAB','kid':'x'}"
            })
    void areToldByTheKeysThatAreKnownBesideOneThatIsNot(String other) {
        issuer.hasAlso(other.replace('\'', '"'));

        assertThat(identify(issuer.token(issuer.claims("kim", now))))
                .isInstanceOf(Identity.Known.class);
    }

    /** To look at a signature of theirs takes longer than all the rest of a join. */
    @Test
    void areVerifiedOnceAMinuteHoweverOftenSomebodyJoins() {
        AtomicInteger verified = new AtomicInteger();
        Identities counting =
                token -> tokens.identify(token).doOnNext(_ -> verified.incrementAndGet());
        QueueTokens places = new QueueTokens(List.of(Gateways.QUEUE_KEY), () -> now);
        Credentials credentials =
                new Credentials(new TrustedProxies(List.of()), places, counting, this::nanoTime);
        Caller good = showing(issuer.token(issuer.claims("kim", now)));
        Caller forged = showing(Issuer.sign(Issuer.OF_SOMEBODY_ELSE, issuer.claims("kim", now)));

        for (int i = 0; i < 3; i++) {
            assertThat(credentials.applicant(good).block()).isInstanceOf(Identity.Known.class);
            assertThat(credentials.applicant(forged).block()).isInstanceOf(Identity.Refused.class);
        }
        assertThat(verified).hasValue(2);
        now = now.plusSeconds(61);
        assertThat(credentials.applicant(good).block()).isInstanceOf(Identity.Known.class);
        assertThat(verified).hasValue(3);
    }

    @Test
    void areNoneThatHaveTheHashOfOneThatIsKnown() {
        Credentials credentials = credentials();
        String token = issuer.token(issuer.claims("kim", now));
        String forged = token.replace(".ey", ".fZ");
        assertThat(forged).isNotEqualTo(token).hasSameHashCodeAs(token);

        assertThat(credentials.ask(showing(token)).block().bearer()).isNotNull();
        assertThat(credentials.ask(showing(forged)).block().bearer()).isNull();
    }

    private Credentials credentials() {
        QueueTokens places = new QueueTokens(List.of(Gateways.QUEUE_KEY), () -> now);
        return new Credentials(new TrustedProxies(List.of()), places, tokens, this::nanoTime);
    }

    @Test
    void ofANewKeyOpenWhatIsForThoseWhoHaveSignedInWhenTheKeysAreAskedForAgain() {
        Credentials credentials = credentials();
        identify(issuer.token(issuer.claims("kim", now)));
        issuer.changesItsKey();
        Caller caller = showing(issuer.token(issuer.claims("kim", now)));

        assertThat(credentials.ask(caller).block().bearer()).isNull();
        now = now.plusSeconds(6);

        assertThat(credentials.ask(caller).block().bearer()).isNotNull();
    }

    private static Caller showing(String token) {
        HttpRequest request = new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "/");
        request.headers().set("Authorization", "Bearer " + token);
        return new Caller(request, new EmbeddedChannel());
    }

    private void theClockIsPutBack() {
        now = now.minus(Duration.ofHours(1));
        putBack = putBack.plus(Duration.ofHours(1));
    }

    private long nanoTime() {
        return Duration.between(START, now.plus(putBack)).toNanos();
    }

    @Test
    void takeThePlaceOfOurOwnAtTheGateway() {
        now = Instant.now();
        try (EmbeddedRedis redis = EmbeddedRedis.start();
                ConfigurableApplicationContext gateway =
                        Gateways.startOn(
                                redis.url(),
                                "http://127.0.0.1:1",
                                "stagedoor.identity.issuer-uri=" + issuer.uri(),
                                "stagedoor.identity.audience=tickets")) {
            String token = issuer.token(issuer.claims("kim", now));

            HttpResponse<String> joined = joins(gateway, token);
            HttpResponse<String> again = joins(gateway, token);
            HttpResponse<String> own = joins(gateway, ourOwn());

            assertThat(joined.statusCode()).as(joined.body()).isEqualTo(201);
            assertThat(again.statusCode()).isEqualTo(200);
            assertThat(Visitor.json(again).get("token"))
                    .isEqualTo(Visitor.json(joined).get("token"));
            assertThat(own.statusCode()).isEqualTo(401);
            assertThat(own.body()).contains("access-token-invalid");
        }
    }

    @Test
    void ofAnIssuerThatCannotBeReachedAreAskedForAgainLater() {
        issuer.isDown();
        try (EmbeddedRedis redis = EmbeddedRedis.start();
                ConfigurableApplicationContext gateway =
                        Gateways.startOn(
                                redis.url(),
                                "http://127.0.0.1:1",
                                "stagedoor.identity.issuer-uri=" + issuer.uri(),
                                "stagedoor.identity.audience=tickets")) {
            HttpResponse<String> refused =
                    joins(gateway, issuer.token(issuer.claims("kim", Instant.now())));

            assertThat(refused.statusCode()).isEqualTo(503);
            assertThat(refused.body()).contains("identity-unavailable");
            assertThat(refused.headers().firstValue("Retry-After")).hasValue("1");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"file:///keys", "http://id.example", "http://10.0.0.1:8080/realm"})
    void needAnAddressThatNobodyOnTheWayCanAnswerFor(String issuer) {
        assertThatThrownBy(() -> settings(issuer, "tickets"))
                .hasMessageStartingWith("stagedoor.identity.issuer-uri must be");
    }

    @Test
    void needAnAudience() {
        for (String none : new String[] {null, " "}) {
            assertThatThrownBy(() -> settings("https://id.example", none))
                    .hasMessageStartingWith("stagedoor.identity.audience must be set");
        }
        for (String sound : List.of("https://id.example", "http://localhost:8080/realm")) {
            assertThat(settings(sound, "tickets").issuerUri()).hasToString(sound);
        }
    }

    private static IdentityProperties settings(String issuer, String audience) {
        return new IdentityProperties(
                URI.create(issuer), audience, Duration.ofSeconds(1), Duration.ofHours(1));
    }

    private static HttpResponse<String> joins(
            ConfigurableApplicationContext gateway, String token) {
        return Visitor.send(
                Visitor.request(gateway, "/api/v1/queue/tokens")
                        .header("Authorization", "Bearer " + token)
                        .POST(BodyPublishers.noBody()));
    }

    private Identity identify(String token) {
        return tokens.identify(token).block();
    }

    private OpenIdTokens trusting(String audience) {
        var properties =
                new IdentityProperties(
                        issuer.uri(), audience, Duration.ofSeconds(5), Duration.ofHours(1));
        return new OpenIdTokens(issuer.uri(), properties, () -> now, this::nanoTime);
    }

    /** Whoever takes the algorithm from the token would take the public key for a secret. */
    private String signedWithThePublicKeyAsASecret() throws JOSEException {
        SignedJWT token =
                new SignedJWT(
                        new JWSHeader.Builder(JWSAlgorithm.HS256)
                                .keyID(issuer.key().getKeyID())
                                .build(),
                        issuer.claims("kim", now).build());
        token.sign(new MACSigner(issuer.key().toRSAPublicKey().getEncoded()));
        return token.serialize();
    }

    private static String ourOwn() {
        return new AccessTokens(List.of(Gateways.ACCESS_KEY), InstantSource.system())
                .sign(new Bearer(UserId.random(), null));
    }

    private static Issuer newIssuer() {
        try {
            return new Issuer();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
