package dev.stagedoor.booking.stage;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Servers that a machine may have installed: without them a test is skipped, unless told. */
public final class Installed {

    /** Some do not run as root; this user is there wherever PostgreSQL is. */
    private static final List<String> AS_A_USER =
            List.of("setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups");

    private Installed() {}

    /** With {@code -Dservers=required} nothing is skipped. */
    public static void need(boolean isThere, String what) {
        if (!isThere && "required".equals(System.getProperty("servers"))) {
            throw new AssertionError("servers=required, but there is no " + what);
        }
        assumeTrue(isThere, what + " is not installed");
    }

    public static void need(Path program) {
        need(Files.isExecutable(program), program.getFileName().toString());
    }

    /** Started in a directory with a file of settings, its last argument; there when it listens. */
    public static Process start(Path program, Path directory, String settings, int port) {
        try {
            Path file = Files.writeString(directory.resolve("settings"), settings);
            List<String> command = new ArrayList<>();
            if (System.getProperty("user.name").equals("root")) {
                command.addAll(AS_A_USER);
                run("chown", "-R", "postgres", directory.toString());
            }
            command.addAll(List.of(program.toString(), file.toString()));
            Process server =
                    new ProcessBuilder(command)
                            .directory(directory.toFile())
                            .redirectErrorStream(true)
                            .redirectOutput(directory.resolve("log").toFile())
                            .start();
            await().ignoreExceptions().until(() -> listens(port));
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static void run(String... command) throws IOException {
        int status = new ProcessBuilder(command).inheritIO().start().onExit().join().exitValue();
        if (status != 0) {
            throw new IllegalStateException(List.of(command) + " ended with " + status);
        }
    }

    private static boolean listens(int port) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", port)) {
            return socket.isConnected();
        }
    }
}
