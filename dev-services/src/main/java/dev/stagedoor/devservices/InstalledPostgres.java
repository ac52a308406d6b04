package dev.stagedoor.devservices;

import org.springframework.util.FileSystemUtils;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * PostgreSQL as the machine has it installed, with what the embedded one lacks: a standby, made by
 * {@code pg_basebackup}, that can take over.
 */
public final class InstalledPostgres implements AutoCloseable {

    private static final Path VERSIONS = Path.of("/usr/lib/postgresql");

    /** Longer than a busy machine takes. */
    private static final long PATIENCE_SECONDS = 120;

    /** PostgreSQL does not run as root; its own user is there wherever it is installed. */
    private static final List<String> AS_ITSELF =
            System.getProperty("user.name").equals("root")
                    ? List.of("setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups")
                    : List.of();

    private final int port = FreePort.find();
    private final Path directory;
    private final Map<String, String> settings;
    private Process server;
    private Watchdog watchdog;

    private InstalledPostgres(Map<String, String> settings) {
        this.settings = settings;
        this.directory = directory();
    }

    public static boolean isThere() {
        return programs().isPresent();
    }

    /** An empty one on a free port; settings as in {@code postgresql.conf}. */
    public static InstalledPostgres start(Map<String, String> settings) {
        InstalledPostgres postgres = new InstalledPostgres(settings);
        postgres.run("initdb", "-D", postgres.data(), "-U", "postgres", "-A", "trust", "-N");
        postgres.launch();
        return postgres;
    }

    /** A copy that follows this one. */
    public InstalledPostgres standby() {
        InstalledPostgres standby = new InstalledPostgres(settings);
        standby.run(
                "pg_basebackup",
                "-D",
                standby.data(),
                "-h",
                "127.0.0.1",
                "-p",
                "" + port,
                "-U",
                "postgres",
                "-R",
                "-N",
                "-c",
                "fast");
        standby.launch();
        return standby;
    }

    public Database database() {
        return new Database("127.0.0.1", port, "postgres", "postgres", "");
    }

    public int port() {
        return port;
    }

    /** As by hand, with {@code psql}; what it prints. */
    public String ask(String sql) {
        return run("psql", "-h", "127.0.0.1", "-p", "" + port, "-U", "postgres", "-qAtc", sql);
    }

    /** Dies at once, as by a power cut. */
    public void kill() {
        server.descendants().forEach(ProcessHandle::destroyForcibly);
        server.destroyForcibly().onExit().join();
        watchdog.dismiss();
    }

    @Override
    public void close() {
        kill();
        FileSystemUtils.deleteRecursively(directory.toFile());
    }

    /** A file that the server may read and nobody else, such as the key of a certificate. */
    public Path file(String name, String content) {
        try {
            Path file = Files.writeString(directory.resolve(name), content);
            hand(file, "600");
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void launch() {
        Map<String, String> all = new LinkedHashMap<>(settings);
        all.put("port", "" + port);
        all.put("listen_addresses", "127.0.0.1");
        all.put("unix_socket_directories", "");
        all.putIfAbsent("fsync", "off");
        List<String> command = new ArrayList<>(List.of("postgres", "-D", data()));
        all.forEach((name, value) -> command.addAll(List.of("-c", name + "=" + value)));
        server = begin(command, new File("/dev/null"));
        watchdog = Watchdog.over(server.toHandle(), directory);
        for (int i = 0; i < 10 * PATIENCE_SECONDS; i++) {
            if (isReady()) {
                return;
            }
        }
        throw new IllegalStateException("postgres did not start in " + directory);
    }

    private boolean isReady() {
        try {
            Process asked =
                    begin(
                            List.of("pg_isready", "-q", "-h", "127.0.0.1", "-p", "" + port),
                            new File("/dev/null"));
            return asked.waitFor() == 0 || server.waitFor(100, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private String run(String... command) {
        Path said = directory.resolve("said");
        Process process = begin(List.of(command), said.toFile());
        try {
            boolean ended = process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS);
            String output = Files.readString(said).strip();
            if (!ended || process.exitValue() != 0) {
                process.destroyForcibly();
                throw new IllegalStateException(List.of(command) + " failed: " + output);
            }
            return output;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private Process begin(List<String> command, File output) {
        List<String> all = new ArrayList<>(AS_ITSELF);
        all.add(programs().orElseThrow().resolve(command.getFirst()).toString());
        all.addAll(command.subList(1, command.size()));
        try {
            return new ProcessBuilder(all)
                    .directory(directory.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(output)
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String data() {
        return directory.resolve("data").toString();
    }

    private static Path directory() {
        try {
            Path directory = Files.createTempDirectory("stagedoor-postgres");
            hand(directory, "700");
            return directory;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void hand(Path path, String mode) throws IOException {
        if (!AS_ITSELF.isEmpty()) {
            new ProcessBuilder("chown", "postgres:postgres", path.toString())
                    .start()
                    .onExit()
                    .join();
        }
        new ProcessBuilder("chmod", mode, path.toString()).start().onExit().join();
    }

    /** Of several versions the newest. */
    private static Optional<Path> programs() {
        if (!Files.isDirectory(VERSIONS)) {
            return Optional.empty();
        }
        try (var versions = Files.list(VERSIONS)) {
            return versions.map(version -> version.resolve("bin"))
                    .filter(bin -> Files.isExecutable(bin.resolve("pg_basebackup")))
                    .max(Comparator.comparingInt(InstalledPostgres::version));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int version(Path bin) {
        return Integer.parseInt(bin.getParent().getFileName().toString().replaceAll("\\D.*", ""));
    }
}
