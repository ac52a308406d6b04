package dev.stagedoor.gateway.visitor;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.util.Base64URL;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.math.BigInteger;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.security.spec.RSAKeyGenParameterSpec;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;

/** A small identity provider: one key at a time, a discovery document, tokens. */
final class Issuer implements AutoCloseable {

    /** Of each two of three primes: to find one takes seconds, which no test is about. */
    private static final List<RSAKey> KEYS = newKeys();

    static final RSAKey OF_SOMEBODY_ELSE = KEYS.getLast();

    private final HttpServer server;
    private final AtomicInteger asked = new AtomicInteger();
    private volatile RSAKey key = KEYS.getFirst();
    private final Semaphore awaken = new Semaphore(1);
    private volatile String discovery = "{\"issuer\":\"%s\",\"jwks_uri\":\"%s/keys\"}";
    private volatile String others = "";
    private volatile int status = 200;
    private volatile boolean stalls;

    Issuer() throws IOException {
        server = HttpServer.create(new InetSocketAddress("0.0.0.0", 0), 0);
        server.createContext(
                "/realm/.well-known/openid-configuration",
                exchange -> answer(exchange, discovery.formatted(uri(), uri())));
        server.createContext(
                "/realm/keys",
                exchange -> {
                    asked.incrementAndGet();
                    awaken.acquireUninterruptibly();
                    awaken.release();
                    String keys = new JWKSet(key).toPublicJWKSet().toString();
                    answer(exchange, keys.replace("[{", "[" + others + "{"));
                });
        server.start();
    }

    URI uri() {
        return URI.create("http://127.0.0.1:" + port() + "/realm");
    }

    private int port() {
        return server.getAddress().getPort();
    }

    RSAKey key() {
        return key;
    }

    void changesItsKey() {
        key = KEYS.get(1);
    }

    void hasAlso(String key) {
        others = key + ",";
    }

    void isDown() {
        status = 503;
    }

    /** It takes in questions for its keys, and answers none before it is closed. */
    void hangs() {
        awaken.acquireUninterruptibly();
    }

    /** It begins to answer, and does not go on. */
    void stalls() {
        stalls = true;
    }

    void namesNoKeys() {
        discovery = "{\"issuer\":\"%s\"}";
    }

    void callsItselfAnother() {
        discovery = "{\"issuer\":\"%s/of-another\",\"jwks_uri\":\"%s/keys\"}";
    }

    /** At an address of this machine that is no name of it to us. */
    void namesKeysInTheOpen() {
        discovery = discovery.replace("%s/keys", "http://127.0.0.2:" + port() + "/realm/keys");
    }

    void isUp() {
        status = 200;
    }

    /** How often it was asked for its keys. */
    int asked() {
        return asked.get();
    }

    /** Claims as it makes them for a subject, for five minutes from then on. */
    JWTClaimsSet.Builder claims(String subject, Instant now) {
        return new JWTClaimsSet.Builder()
                .issuer(uri().toString())
                .subject(subject)
                .audience("tickets")
                .issueTime(Date.from(now))
                .expirationTime(Date.from(now.plusSeconds(300)));
    }

    String token(JWTClaimsSet.Builder claims) {
        return sign(key, claims);
    }

    static String sign(RSAKey key, JWTClaimsSet.Builder claims) {
        return sign(key, null, claims);
    }

    static String sign(RSAKey key, @Nullable String type, JWTClaimsSet.Builder claims) {
        try {
            SignedJWT token =
                    new SignedJWT(
                            new JWSHeader.Builder(JWSAlgorithm.RS256)
                                    .type(type == null ? null : new JOSEObjectType(type))
                                    .keyID(key.getKeyID())
                                    .build(),
                            claims.build());
            token.sign(new RSASSASigner(key));
            return token.serialize();
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    private static List<RSAKey> newKeys() {
        Random random = new SecureRandom();
        BigInteger one = newPrime(random);
        BigInteger other = newPrime(random);
        BigInteger third = newPrime(random);
        return List.of(newKey(one, other), newKey(other, third), newKey(third, one));
    }

    /** Two of them make a key of 2,048 bits, and never one bit less. */
    private static BigInteger newPrime(Random random) {
        return new BigInteger(1_024, random).setBit(1_023).setBit(1_022).nextProbablePrime();
    }

    private static RSAKey newKey(BigInteger one, BigInteger other) {
        BigInteger exponent = RSAKeyGenParameterSpec.F4;
        BigInteger order = one.subtract(BigInteger.ONE).multiply(other.subtract(BigInteger.ONE));
        return new RSAKey.Builder(Base64URL.encode(one.multiply(other)), Base64URL.encode(exponent))
                .privateExponent(Base64URL.encode(exponent.modInverse(order)))
                .keyID(UUID.randomUUID().toString())
                .build();
    }

    private void answer(HttpExchange exchange, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length);
        if (stalls) {
            exchange.getResponseBody().write(bytes, 0, 1);
            exchange.getResponseBody().flush();
            return;
        }
        try (exchange) {
            exchange.getResponseBody().write(bytes);
        }
    }

    @Override
    public void close() {
        awaken.release();
        server.stop(0);
    }
}
