package dev.stagedoor.gateway.forward;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.devservices.EmbeddedRedis;
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

import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;

import javax.net.ssl.KeyManagerFactory;

/** An origin that speaks https, and is vouched for by nobody but its owner. */
class SecureOriginTests {

    private static final String PASSWORD = "as-good-as-none";

    @TempDir private static Path folder;

    private static EmbeddedRedis redis;
    private static DisposableServer origin;
    private static ConfigurableApplicationContext gateway;

    @BeforeAll
    static void start() throws Exception {
        redis = EmbeddedRedis.start();
        Path keys = folder.resolve("origin.p12");
        keytool(
                "-genkeypair -keyalg EC -alias it -dname CN=localhost -ext SAN=dns:localhost"
                        + " -validity 2",
                keys);
        SslContext context = SslContextBuilder.forServer(certificate(keys)).build();
        origin =
                HttpServer.create()
                        .host("127.0.0.1")
                        .port(0)
                        .secure(tls -> tls.sslContext(context))
                        .handle((_, response) -> response.sendString(Mono.just("secret")))
                        .bindNow();
        gateway =
                Gateways.startOn(
                        redis.url(),
                        "http://127.0.0.1:1",
                        "spring.ssl.bundle.jks.theirs.truststore.location=file:" + keys,
                        "spring.ssl.bundle.jks.theirs.truststore.password=" + PASSWORD,
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

    private static String asks(String room) {
        Visitor visitor = new Visitor(room);
        visitor.joins(gateway);
        var answer = visitor.gets(gateway, "/" + room + "/seats");
        return answer.statusCode() + " " + answer.body();
    }

    private static KeyManagerFactory certificate(Path file) throws Exception {
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
            keys.load(in, PASSWORD.toCharArray());
        }
        KeyManagerFactory factory =
                KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(keys, PASSWORD.toCharArray());
        return factory;
    }

    private static void keytool(String arguments, Path file) throws Exception {
        String command =
                "keytool %s -storetype PKCS12 -storepass %s -keystore %s"
                        .formatted(arguments, PASSWORD, file);
        ProcessBuilder builder = new ProcessBuilder(command.split(" "));
        builder.command()
                .set(0, Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
        Process keytool = builder.redirectErrorStream(true).start();
        String said = new String(keytool.getInputStream().readAllBytes());
        assertThat(keytool.waitFor()).as(said).isZero();
    }
}
