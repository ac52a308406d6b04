package dev.stagedoor.devservices;

import org.springframework.util.FileSystemUtils;

import redis.embedded.RedisExecProvider;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * A {@code redis-server} of one's own, to be killed, frozen and started again on the same port. It
 * keeps nothing on disk: started again, it is empty.
 */
public final class EmbeddedRedis implements AutoCloseable {

    /**
     * Where it can be had: Ctrl-C in the terminal reaches the program that uses Redis, not Redis.
     */
    private static final List<String> OWN_SESSION =
            Files.isExecutable(Path.of("/usr/bin/setsid")) ? List.of("setsid") : List.of();

    private static final int MOST_ATTEMPTS = 5;

    private final int port;
    private final List<String> options;
    private final Path directory;
    private Process server;
    private Watchdog watchdog;
    private volatile boolean frozen;

    private EmbeddedRedis(int port, List<String> options) {
        this.port = port;
        this.options = options;
        this.directory = temporaryDirectory();
        try {
            this.server = launch();
        } catch (RuntimeException e) {
            FileSystemUtils.deleteRecursively(directory.toFile());
            throw e;
        }
        this.watchdog = Watchdog.over(server.toHandle(), directory);
    }

    /** Starts a server on a free port; options as on its command line, {@code --maxmemory 1gb}. */
    public static EmbeddedRedis start(String... options) {
        return start(() -> List.of(options));
    }

    /**
     * The same as a node of a cluster. Its bus would listen 10,000 above its own port, where the
     * system gives ports to whoever asks for any.
     */
    public static EmbeddedRedis startNode(String... options) {
        return start(
                () -> {
                    List<String> all = new ArrayList<>(List.of("--cluster-enabled", "yes"));
                    all.addAll(List.of("--cluster-port", Integer.toString(FreePort.find())));
                    all.addAll(List.of(options));
                    return all;
                });
    }

    /** A port that was free a moment ago may be somebody else's by now: then others are tried. */
    private static EmbeddedRedis start(Supplier<List<String>> options) {
        for (int attempt = 1; attempt < MOST_ATTEMPTS; attempt++) {
            try {
                return new EmbeddedRedis(FreePort.find(), options.get());
            } catch (IllegalStateException e) {
                if (!String.valueOf(e.getMessage()).contains("in use")) {
                    throw e;
                }
            }
        }
        return new EmbeddedRedis(FreePort.find(), options.get());
    }

    public int port() {
        return port;
    }

    public String url() {
        return "redis://127.0.0.1:" + port;
    }

    public boolean isRunning() {
        return server.isAlive();
    }

    /** Whether it runs, and has not been frozen. */
    public boolean isAwake() {
        return isRunning() && !frozen;
    }

    /** Asks as by hand: one line, words between blanks; refusals are exceptions. */
    public String ask(String command) {
        return Hotline.ask(port, command);
    }

    /** Dies at once, as by a power cut. */
    public void kill() {
        server.destroyForcibly().onExit().join();
        frozen = false;
        watchdog.dismiss();
    }

    /** Comes back, empty, on the same port; in a cluster as whom it was. */
    public void restart() {
        server = launch();
        watchdog = Watchdog.over(server.toHandle(), directory);
    }

    /** Connections stay open, nothing answers. */
    public void freeze() {
        Signal.STOP.to(server.toHandle());
        frozen = true;
    }

    public void thaw() {
        Signal.CONT.to(server.toHandle());
        frozen = false;
    }

    @Override
    public void close() {
        kill();
        FileSystemUtils.deleteRecursively(directory.toFile());
    }

    private Process launch() {
        List<String> command = new ArrayList<>(OWN_SESSION);
        command.add(Executable.PATH);
        command.addAll(List.of("--port", Integer.toString(port), "--bind", "127.0.0.1"));
        command.addAll(List.of("--dir", directory.toString(), "--save", "", "--appendonly", "no"));
        command.addAll(options);
        try {
            Process started =
                    new ProcessBuilder(command)
                            .directory(directory.toFile())
                            .redirectErrorStream(true)
                            .start();
            awaitReady(started);
            return started;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void awaitReady(Process started) throws IOException {
        BufferedReader log = started.inputReader();
        StringBuilder said = new StringBuilder();
        String line = log.readLine();
        while (line != null && !line.contains("Ready to accept connections")) {
            said.append(line).append('\n');
            line = log.readLine();
        }
        if (line == null) {
            throw new IllegalStateException("redis-server did not start:\n" + said);
        }
        discard(log);
    }

    /**
     * Not on a virtual thread: reading a pipe keeps the thread that carries it, and on two cores
     * two servers would bring every virtual thread of the JVM to a standstill. Of a server that is
     * killed the pipe may be closed while it is read.
     */
    private static void discard(BufferedReader log) {
        Thread.ofPlatform()
                .daemon()
                .uncaughtExceptionHandler((_, _) -> {})
                .start(() -> log.lines().forEach(ignored -> {}));
    }

    private static Path temporaryDirectory() {
        try {
            return Files.createTempDirectory("stagedoor-redis");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Unpacked once per JVM. */
    private static final class Executable {
        static final String PATH = unpack();

        private static String unpack() {
            try {
                return RedisExecProvider.defaultProvider().get().getAbsolutePath();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
