package dev.stagedoor.gateway.verdict;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.stagedoor.devservices.FreePort;

import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/** A proxy of somebody else's, if it is installed, set as the example of it is. */
final class Proxy implements AutoCloseable {

    private final Process process;
    private final Path directory;
    private final int port;

    private Proxy(Process process, Path directory, int port) {
        this.process = process;
        this.directory = directory;
        this.port = port;
    }

    /**
     * Ports of what it stands in front of.
     *
     * @param deadline for a verdict
     */
    record Behind(int site, int line, int verdicts, String deadline) {

        private static final String USUAL = "timeout 2s";

        /** As patient as the gateways of tests: on a busy machine the usual one makes outages. */
        Behind(int site, int line, int verdicts) {
            this(site, line, verdicts, "timeout 15s");
        }

        Behind withTheUsualDeadline() {
            return new Behind(site, line, verdicts, USUAL);
        }

        private String in(String example) {
            return example.replace(USUAL, deadline)
                    .replace("127.0.0.1:3000", "127.0.0.1:" + site)
                    .replace("127.0.0.1:8080", "127.0.0.1:" + line)
                    .replace("127.0.0.1:9090", "127.0.0.1:" + verdicts);
        }
    }

    static Proxy nginx(Behind behind, UnaryOperator<String> change) throws IOException {
        Path program = installed("nginx");
        int port = FreePort.find();
        Path directory = Files.createTempDirectory("nginx");
        String example = Files.readString(Path.of("../deploy/nginx/stagedoor.conf"));
        String settings =
                """
                %3$s
                daemon off;
                pid %1$s/pid;
                error_log %1$s/error.log;
                worker_processes 1;
                events { worker_connections 4096; }
                http {
                access_log off;
                client_body_temp_path %1$s/body; proxy_temp_path %1$s/proxy; fastcgi_temp_path %1$s/f;
                uwsgi_temp_path %1$s/u; scgi_temp_path %1$s/s;
                %2$s
                }
                """
                        .formatted(
                                directory,
                                change.apply(behind.in(example))
                                        .replace("listen 80;", "listen 127.0.0.1:" + port + ";"),
                                System.getProperty("user.name").equals("root") ? "user root;" : "");
        Path file = Files.writeString(directory.resolve("nginx.conf"), settings);
        return started(
                List.of(program.toString(), "-c", file.toString(), "-e", directory + "/error.log"),
                directory,
                port);
    }

    /** What nginx says of a file that stands inside of its http { }; nothing if it is good. */
    static String saidByNginxOf(String file) throws IOException, InterruptedException {
        Path program = installed("nginx");
        Path directory = Files.createTempDirectory("nginx");
        Path settings = directory.resolve("nginx.conf");
        Files.writeString(
                settings, "pid %s/pid; events {} http {\n%s\n}\n".formatted(directory, file));
        Process check =
                new ProcessBuilder(
                                List.of(
                                        program.toString(),
                                        "-tq",
                                        "-c",
                                        settings.toString(),
                                        "-e",
                                        directory + "/error.log"))
                        .redirectErrorStream(true)
                        .start();
        String said = new String(check.getInputStream().readAllBytes());
        return check.waitFor() == 0 ? "" : said;
    }

    static Proxy caddy(Behind behind) throws IOException {
        Path program = installed("caddy");
        int port = FreePort.find();
        Path directory = Files.createTempDirectory("caddy");
        String example = Files.readString(Path.of("../deploy/caddy/Caddyfile"));
        String settings =
                "{\n\tadmin off\n\tauto_https off\n}\n"
                        + behind.in(example).replace(":80 {", "http://127.0.0.1:" + port + " {");
        Path file = Files.writeString(directory.resolve("Caddyfile"), settings);
        return started(
                List.of(
                        program.toString(),
                        "run",
                        "--adapter",
                        "caddyfile",
                        "--config",
                        file.toString()),
                directory,
                port);
    }

    static Proxy haproxy(int one, int other) throws IOException {
        Path program = installed("haproxy");
        int port = FreePort.find();
        Path directory = Files.createTempDirectory("haproxy");
        String settings =
                Files.readString(Path.of("../deploy/haproxy/gateways.cfg"))
                        .replace("bind :80\n", "bind 127.0.0.1:" + port + "\n")
                        .replace("127.0.0.1:8080", "127.0.0.1:" + one)
                        .replace("127.0.0.1:8082", "127.0.0.1:" + other);
        Path file = Files.writeString(directory.resolve("haproxy.cfg"), settings);
        return started(List.of(program.toString(), "-f", file.toString()), directory, port);
    }

    private static Proxy started(List<String> command, Path directory, int port)
            throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile());
        builder.environment().put("HOME", directory.toString());
        Process process =
                builder.redirectErrorStream(true)
                        .redirectOutput(directory.resolve("log").toFile())
                        .start();
        Proxy proxy = new Proxy(process, directory, port);
        await().ignoreExceptions().until(proxy::listens);
        return proxy;
    }

    /** With {@code -Dservers=required} nothing is skipped. */
    private static Path installed(String name) {
        Path program =
                Stream.of("/usr/sbin", "/usr/bin", "/usr/local/bin")
                        .map(folder -> Path.of(folder, name))
                        .filter(Files::isExecutable)
                        .findFirst()
                        .orElse(null);
        if (program == null && "required".equals(System.getProperty("servers"))) {
            throw new AssertionError("servers=required, but there is no " + name);
        }
        assumeTrue(program != null, name + " is not installed");
        return program;
    }

    private boolean listens() throws IOException {
        try (Socket socket = new Socket("127.0.0.1", port)) {
            return socket.isConnected();
        }
    }

    int port() {
        return port;
    }

    String url() {
        return "http://127.0.0.1:" + port;
    }

    @Override
    public void close() throws IOException {
        process.destroy();
        try {
            if (!process.waitFor(5, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        try (Stream<Path> files = Files.walk(directory)) {
            files.sorted(java.util.Comparator.reverseOrder())
                    .forEach(file -> file.toFile().delete());
        }
    }
}
