package dev.stagedoor.quickstart.deployed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.stagedoor.devservices.FreePort;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * nginx in front of several gateways, and again in front of several booking services, each set as
 * {@code deploy/nginx/gateways.conf}.
 */
final class Balancer implements AutoCloseable {

    private static final Path NGINX = Path.of("/usr/sbin/nginx");

    /** Each request comes on a connection of its own: none is lost with one that just ends. */
    private static final String AROUND =
            """
            %1$s
            daemon off; pid %2$s/pid; error_log %2$s/error.log; worker_processes 1;
            events { worker_connections 1024; }
            http {
            access_log off; keepalive_timeout 0; add_header Round %3$d always;
            client_body_temp_path %2$s/body; proxy_temp_path %2$s/proxy; fastcgi_temp_path %2$s/f;
            uwsgi_temp_path %2$s/u; scgi_temp_path %2$s/s;
            %4$s
            %5$s
            }
            """;

    private final Path directory;
    private final int gatewaysPort = FreePort.find();
    private final int salePort = FreePort.find();
    private List<Instance> gateways;
    private List<Instance> sales;
    private Process process;
    private int round;

    Balancer(Path directory) {
        if ("required".equals(System.getProperty("servers"))) {
            assertThat(NGINX).isExecutable();
        }
        assumeTrue(Files.isExecutable(NGINX), "nginx is not installed");
        this.directory = directory;
    }

    int gateways() {
        return gatewaysPort;
    }

    String sale() {
        return "http://127.0.0.1:" + salePort;
    }

    void stand(List<Instance> gatewaysBehind, List<Instance> salesBehind) throws Exception {
        this.gateways = gatewaysBehind;
        this.sales = salesBehind;
        write(null);
        process =
                new ProcessBuilder(
                                NGINX.toString(),
                                "-c",
                                directory.resolve("nginx.conf").toString(),
                                "-e",
                                directory.resolve("error.log").toString())
                        .redirectErrorStream(true)
                        .redirectOutput(directory.resolve("nginx.log").toFile())
                        .start();
        hasBeenRead();
    }

    /** Nobody new is sent there. */
    void without(Instance one) throws Exception {
        write(one);
        read();
    }

    void withAll() throws Exception {
        write(null);
        read();
    }

    private void read() throws Exception {
        new ProcessBuilder("kill", "-HUP", Long.toString(process.pid())).start().waitFor();
        hasBeenRead();
    }

    private void hasBeenRead() {
        HttpRequest any = HttpRequest.newBuilder(Instance.at(gatewaysPort, "/health")).build();
        await().ignoreExceptions()
                .during(java.time.Duration.ofMillis(500))
                .until(
                        () ->
                                HttpClient.newHttpClient()
                                        .send(any, BodyHandlers.discarding())
                                        .headers()
                                        .firstValue("Round")
                                        .orElse("")
                                        .equals(Integer.toString(round)));
    }

    private void write(Instance without) throws IOException {
        round++;
        String text =
                AROUND.formatted(
                        System.getProperty("user.name").equals("root") ? "user root;" : "",
                        directory,
                        round,
                        example("gateways", gatewaysPort, gateways, without),
                        example("sales", salePort, sales, without));
        Files.writeString(directory.resolve("nginx.conf"), text);
    }

    private static String example(String name, int port, List<Instance> behind, Instance without)
            throws IOException {
        return Files.readString(Path.of("../deploy/nginx/gateways.conf"))
                .replace("upstream gateways", "upstream " + name)
                .replace("http://gateways", "http://" + name)
                .replace("listen 80;", "listen 127.0.0.1:" + port + ";")
                .replace("127.0.0.1:8080 max_fails=0", server(behind.getFirst(), without))
                .replace("127.0.0.1:8082 max_fails=0", server(behind.getLast(), without));
    }

    private static String server(Instance one, Instance without) {
        return "127.0.0.1:" + one.port() + " max_fails=0" + (one == without ? " down" : "");
    }

    @Override
    public void close() {
        if (process != null) {
            process.destroy();
            process.onExit().join();
        }
    }
}
