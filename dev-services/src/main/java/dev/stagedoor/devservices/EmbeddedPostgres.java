package dev.stagedoor.devservices;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres.Builder;

import org.springframework.util.FileSystemUtils;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/**
 * A PostgreSQL of one's own, to be killed and started again on the same port and the same files. It
 * does not wait for the disk: it survives the death of its process, not that of the machine.
 */
public final class EmbeddedPostgres implements AutoCloseable {

    private static final String OWNER = "postgres";

    /** Longer than a busy machine takes. */
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final int port;
    private final Map<String, String> settings;
    private final Path directory;
    private io.zonky.test.db.postgres.embedded.EmbeddedPostgres server;
    private Watchdog watchdog;

    private EmbeddedPostgres(int port, Map<String, String> settings) {
        this.port = port;
        this.settings = settings;
        this.directory = temporaryDirectory();
        this.server = launch();
        this.watchdog = Watchdog.over(postmaster(), directory);
    }

    public static EmbeddedPostgres start() {
        return start(Map.of());
    }

    /** Starts a server on a free port; settings as in {@code postgresql.conf}. */
    public static EmbeddedPostgres start(Map<String, String> settings) {
        return new EmbeddedPostgres(FreePort.find(), settings);
    }

    public Database database() {
        return new Database("127.0.0.1", port, "postgres", OWNER, "");
    }

    /** Dies at once, as by a power cut. */
    public void kill() {
        ProcessHandle postmaster = postmaster();
        postmaster.destroyForcibly();
        postmaster.onExit().join();
        release();
    }

    /** Comes back on the same port with what was committed. */
    public void restart() {
        server = launch();
        watchdog = Watchdog.over(postmaster(), directory);
    }

    /** Connections stay open, new ones are taken by the kernel, nothing answers. */
    public void freeze() {
        Signal.STOP.to(postmaster());
        postmaster().children().forEach(Signal.STOP::to);
    }

    public void thaw() {
        postmaster().children().forEach(Signal.CONT::to);
        Signal.CONT.to(postmaster());
    }

    @Override
    public void close() {
        release();
        FileSystemUtils.deleteRecursively(directory.toFile());
    }

    private void release() {
        try {
            server.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        watchdog.dismiss();
    }

    /** The server detaches itself from whoever starts it; its own file knows its number. */
    private ProcessHandle postmaster() {
        try (var lines = Files.lines(directory.resolve("data/postmaster.pid"))) {
            long pid = Long.parseLong(lines.findFirst().orElseThrow());
            return ProcessHandle.of(pid).orElseThrow();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private io.zonky.test.db.postgres.embedded.EmbeddedPostgres launch() {
        Builder builder =
                io.zonky.test.db.postgres.embedded.EmbeddedPostgres.builder()
                        .setPort(port)
                        .setDataDirectory(directory.resolve("data"))
                        .setCleanDataDirectory(false)
                        .setRegisterShutdownHook(false)
                        .setPGStartupWait(PATIENCE)
                        .setErrorRedirector(ProcessBuilder.Redirect.DISCARD)
                        .setOutputRedirector(ProcessBuilder.Redirect.DISCARD)
                        .setServerConfig("fsync", "off")
                        .setServerConfig("synchronous_commit", "on")
                        .setServerConfig("full_page_writes", "off")
                        .setServerConfig("max_connections", "200");
        settings.forEach(builder::setServerConfig);
        try {
            return builder.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path temporaryDirectory() {
        try {
            return Files.createTempDirectory("stagedoor-postgres");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
