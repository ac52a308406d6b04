package dev.stagedoor.quickstart.line;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;

import org.reactivestreams.Publisher;

import reactor.netty.DisposableServer;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;

import javax.net.ssl.KeyManagerFactory;

/**
 * Stands before a gateway as a load balancer does: speaks TLS to the public, and says so behind.
 */
final class TlsProxy implements AutoCloseable {

    private static final String PASSWORD = "as-good-as-none";

    private final HttpClient client;
    private final DisposableServer server;

    /**
     * @param folder where the certificate may be written
     */
    TlsProxy(String gateway, Path folder) throws Exception {
        this.client = HttpClient.create().baseUrl(gateway.replace("localhost", "127.0.0.1"));
        SslContext context = SslContextBuilder.forServer(certificate(folder)).build();
        this.server =
                HttpServer.create()
                        .host("localhost")
                        .port(0)
                        .secure(tls -> tls.sslContext(context))
                        .handle(this::forward)
                        .bindNow();
    }

    String url() {
        return "https://localhost:" + server.port();
    }

    private Publisher<Void> forward(HttpServerRequest request, HttpServerResponse response) {
        return client.headers(
                        headers -> {
                            headers.set(request.requestHeaders());
                            headers.set("X-Forwarded-Proto", "https");
                        })
                .request(request.method())
                .uri(request.uri())
                .send(request.receive().retain())
                .response(
                        (answer, body) ->
                                response.status(answer.status())
                                        .headers(answer.responseHeaders())
                                        .send(body.retain(), _ -> true));
    }

    @Override
    public void close() {
        server.disposeNow();
    }

    private static KeyManagerFactory certificate(Path folder) throws Exception {
        Path file = folder.resolve("certificate.p12");
        String command =
                "keytool -genkeypair -keyalg EC -alias it -dname CN=localhost -validity 2"
                        + " -storetype PKCS12 -storepass %s -keystore %s".formatted(PASSWORD, file);
        ProcessBuilder builder = new ProcessBuilder(command.split(" "));
        builder.command()
                .set(0, Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
        Process keytool = builder.redirectErrorStream(true).start();
        String said = new String(keytool.getInputStream().readAllBytes());
        assertThat(keytool.waitFor()).as(said).isZero();
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
            keys.load(in, PASSWORD.toCharArray());
        }
        KeyManagerFactory factory =
                KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(keys, PASSWORD.toCharArray());
        return factory;
    }
}
