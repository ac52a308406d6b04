package dev.stagedoor.gateway.forward;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.devservices.FreePort;
import dev.stagedoor.gateway.Certificate;
import dev.stagedoor.gateway.Gateways;
import dev.stagedoor.gateway.Visitor;

import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.context.ConfigurableApplicationContext;

import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;

/** An origin and a Redis that speak TLS, and are vouched for by nobody but their owner. */
class SecureOriginTests {

    @TempDir private static Path folder;

    private static final int REDIS_PORT = FreePort.find();

    private static EmbeddedRedis redis;
    private static DisposableServer origin;
    private static ConfigurableApplicationContext gateway;

    @BeforeAll
    static void start() throws Exception {
        Certificate theirs = new Certificate(folder);
        redis = encrypted(theirs);
        SslContext context = SslContextBuilder.forServer(theirs.keyManagers()).build();
        origin =
                HttpServer.create()
                        .host("127.0.0.1")
                        .port(0)
                        .secure(tls -> tls.sslContext(context))
                        .handle((_, response) -> response.sendString(Mono.just("secret")))
                        .bindNow();
        gateway =
                Gateways.startOn(
                        "rediss://localhost:" + REDIS_PORT,
                        "http://127.0.0.1:1",
                        "spring.data.redis.ssl.bundle=theirs",
                        "spring.ssl.bundle.jks.theirs.truststore.location=file:" + theirs.file(),
                        "spring.ssl.bundle.jks.theirs.truststore.password=" + Certificate.PASSWORD,
                        "spring.ssl.bundle.jks.theirs.truststore.type=PKCS12",
                        "stagedoor.rooms.trusted.paths=/trusted/**",
                        "stagedoor.rooms.trusted.origin=https://localhost:" + origin.port(),
                        "stagedoor.rooms.trusted.origin-trust=theirs",
                        "stagedoor.rooms.stranger.paths=/stranger/**",
                        "stagedoor.rooms.stranger.origin=https://localhost:" + origin.port(),
                        "stagedoor.rooms.impostor.paths=/impostor/**",
                        "stagedoor.rooms.impostor.origin=https://127.0.0.1:" + origin.port(),
                        "stagedoor.rooms.impostor.origin-trust=theirs");
    }

    @AfterAll
    static void stop() {
        gateway.close();
        origin.disposeNow();
        redis.close();
    }

    @Test
    void isReachedWhereItIsTrustedByTheRoom() {
        assertThat(asks("trusted")).isEqualTo("200 secret");
    }

    @Test
    void isNotReachedWhereNobodyVouchesForIt() {
        assertThat(asks("stranger")).startsWith("502");
    }

    @Test
    void isNotReachedUnderANameThatItDoesNotHave() {
        assertThat(asks("impostor")).startsWith("502");
    }

    @Test
    void theRedisOfTheLineIsSpokenToInTlsOnly() {
        new Visitor("trusted").joins(gateway);

        assertThat(redis.ask("CLIENT LIST").lines().filter(it -> !it.contains("cmd=client")))
                .isNotEmpty()
                .allMatch(it -> it.contains("laddr=127.0.0.1:" + REDIS_PORT));
    }

    @Test
    void aRedisThatNobodyVouchesForIsNotAsked() {
        try (ConfigurableApplicationContext another =
                Gateways.startOn("rediss://localhost:" + REDIS_PORT, "http://127.0.0.1:1")) {
            assertThat(new Visitor("main").asksToJoin(another).statusCode()).isEqualTo(503);
        }
    }

    private static EmbeddedRedis encrypted(Certificate theirs) throws Exception {
        Path cert =
                Files.writeString(folder.resolve("it.pem"), pem("CERTIFICATE", theirs.encoded()));
        Path key = Files.writeString(folder.resolve("key.pem"), pem("PRIVATE KEY", theirs.key()));
        return EmbeddedRedis.start(
                "--tls-port",
                Integer.toString(REDIS_PORT),
                "--tls-cert-file",
                cert.toString(),
                "--tls-key-file",
                key.toString(),
                "--tls-ca-cert-file",
                cert.toString(),
                "--tls-auth-clients",
                "no");
    }

    private static String pem(String kind, byte[] encoded) {
        String lines = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(encoded);
        return "-----BEGIN %1$s-----\n%2$s\n-----END %1$s-----\n".formatted(kind, lines);
    }

    private static String asks(String room) {
        Visitor visitor = new Visitor(room);
        visitor.joins(gateway);
        var answer = visitor.gets(gateway, "/" + room + "/seats");
        return answer.statusCode() + " " + answer.body();
    }
}
