package dev.stagedoor.gateway.share;

import dev.stagedoor.gateway.Visitor;
import dev.stagedoor.gateway.connection.Connection;

import org.springframework.context.ConfigurableApplicationContext;

import java.io.IOException;
import java.net.InetAddress;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Somebody at an address of their own on this machine. */
final class Client implements AutoCloseable {

    private static final String TOKENS = "/api/v1/queue/tokens";

    private final ConfigurableApplicationContext gateway;
    private final String address;
    private final HttpClient client;

    Client(ConfigurableApplicationContext gateway, String address) {
        this.gateway = gateway;
        this.address = address;
        this.client =
                HttpClient.newBuilder()
                        .version(HttpClient.Version.HTTP_1_1)
                        .localAddress(InetAddress.ofLiteral(address))
                        .build();
    }

    HttpRequest.Builder joining() {
        return Visitor.request(gateway, TOKENS).POST(BodyPublishers.noBody());
    }

    HttpRequest.Builder polling(String token) {
        return asking(TOKENS + "/current", token);
    }

    HttpRequest.Builder asking(String path, String token) {
        return asking(path).header("Queue-Token", token);
    }

    HttpRequest.Builder asking(String path) {
        return Visitor.request(gateway, path);
    }

    HttpResponse<String> send(HttpRequest.Builder request) {
        return sendAll(Stream.of(request)).getFirst();
    }

    List<HttpResponse<String>> send(int times, Supplier<HttpRequest.Builder> request) {
        return sendAll(IntStream.range(0, times).mapToObj(_ -> request.get()));
    }

    /** All at once. */
    List<HttpResponse<String>> sendAll(Stream<HttpRequest.Builder> requests) {
        List<CompletableFuture<HttpResponse<String>>> sent =
                requests.map(request -> client.sendAsync(request.build(), BodyHandlers.ofString()))
                        .toList();
        return sent.stream().map(CompletableFuture::join).toList();
    }

    /** Its bytes, for what no client does by itself. */
    Connection connects() throws IOException {
        return new Connection(gateway, "local.server.port", address);
    }

    static String token(HttpResponse<String> joined) {
        return Visitor.json(joined).get("token").asString();
    }

    static List<String> tokens(List<HttpResponse<String>> answers) {
        return answers.stream()
                .filter(answer -> answer.statusCode() == 201)
                .map(Client::token)
                .toList();
    }

    static long count(List<HttpResponse<String>> answers, int status) {
        return answers.stream().filter(answer -> answer.statusCode() == status).count();
    }

    @Override
    public void close() {
        client.shutdownNow();
    }
}
