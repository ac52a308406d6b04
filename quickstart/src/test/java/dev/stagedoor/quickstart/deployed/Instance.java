package dev.stagedoor.quickstart.deployed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.devservices.FreePort;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A service as a program of its own, which ends as programs are told to, and begins again: first as
 * the version whose jars lie below {@code -Drolling.from=…}, if there is one, then as this one.
 */
final class Instance implements AutoCloseable {

    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    private final Class<?> program;
    private final String kind;
    private final List<String> settings;
    private final Path directory;
    private final int port = FreePort.find();
    private final int management = FreePort.find();
    private Process process;
    private boolean begunBefore;

    Instance(Class<?> program, String kind, List<String> settings, Path directory) {
        this.program = program;
        this.kind = kind;
        this.settings = settings;
        this.directory = directory;
    }

    int port() {
        return port;
    }

    int management() {
        return management;
    }

    /** Nobody reads what it says. */
    Instance beginUnread(String... changed) {
        return begin(Redirect.PIPE, changed);
    }

    Instance begin(String... changed) {
        return begin(Redirect.appendTo(logFile().toFile()), changed);
    }

    private Instance begin(Redirect output, String... changed) {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        List<String> command = new ArrayList<>(List.of(java, "-XX:TieredStopAtLevel=1"));
        command.addAll(List.of("-XX:+UseSerialGC", "-Xmx192m", "-Dstagedoor.rehearsal=false"));
        command.addAll(List.of("--enable-native-access=ALL-UNNAMED"));
        command.addAll(code());
        command.addAll(settings);
        command.addAll(List.of(changed));
        command.add("--stagedoor." + kind + ".port=" + port);
        command.add("--stagedoor." + kind + ".management-port=" + management);
        try {
            process =
                    new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectOutput(output)
                            .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        begunBefore = true;
        return this;
    }

    private List<String> code() {
        String former = System.getProperty("rolling.from");
        if (former == null || begunBefore) {
            return List.of("-cp", System.getProperty("java.class.path"), program.getName());
        }
        String jar = ".*/[^/]*%s[^/]*-exec\\.jar".formatted(kind);
        try (Stream<Path> files =
                Files.find(Path.of(former), 3, (file, _) -> file.toString().matches(jar))) {
            return List.of("-jar", files.findFirst().orElseThrow().toString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void isReady() {
        URI readiness = at(management, "/actuator/health/readiness");
        await().atMost(RollingStory.PATIENCE).until(() -> !process.isAlive() || answers(readiness));
        assertThat(process.isAlive()).as(log()).isTrue();
    }

    private String log() {
        try {
            return Files.exists(logFile()) ? Files.readString(logFile()) : "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path logFile() {
        return directory.resolve(kind + port + ".log");
    }

    static boolean answers(URI readiness) throws InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(readiness).build();
        try {
            return CLIENT.send(request, BodyHandlers.discarding()).statusCode() == 200;
        } catch (IOException e) {
            return false; // not yet
        }
    }

    /** By {@code SIGTERM}. */
    void goes() throws InterruptedException {
        process.destroy();
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).as("%s ends", kind).isTrue();
    }

    static URI at(int port, String path) {
        return URI.create("http://127.0.0.1:" + port + path);
    }

    @Override
    public void close() {
        if (process != null) {
            process.destroyForcibly().onExit().join();
        }
    }
}
