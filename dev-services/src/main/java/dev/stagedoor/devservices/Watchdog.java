package dev.stagedoor.devservices;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A shell that waits for the end of this JVM and then ends one server and removes its files. It
 * holds the reading end of a pipe whose writing end only this JVM holds: the pipe closes also when
 * the JVM is killed, which no shutdown hook would see.
 */
final class Watchdog {

    private static final String SCRIPT =
            """
            trap '' HUP INT TERM
            cat > /dev/null
            kill -QUIT "$1" 2> /dev/null
            for _ in 1 2 3 4 5 6 7 8 9 10; do
              kill -0 "$1" 2> /dev/null || break
              sleep 0.2
            done
            kill -KILL "$1" 2> /dev/null
            rm -rf "$2"
            """;

    /** Keeps the pipes open: a process object that is collected closes its own. */
    private static final Set<Watchdog> ON_DUTY = ConcurrentHashMap.newKeySet();

    private final Process shell;

    private Watchdog(Process shell) {
        this.shell = shell;
    }

    static Watchdog over(ProcessHandle server, Path files) {
        String pid = Long.toString(server.pid());
        try {
            Watchdog watchdog =
                    new Watchdog(
                            new ProcessBuilder(
                                            "sh", "-c", SCRIPT, "watchdog", pid, files.toString())
                                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                                    .start());
            ON_DUTY.add(watchdog);
            return watchdog;
        } catch (IOException e) {
            server.destroyForcibly();
            throw new UncheckedIOException("no shell to watch over a server", e);
        }
    }

    /** The server has ended by itself; its files stay. */
    void dismiss() {
        shell.destroyForcibly();
        ON_DUTY.remove(this);
    }
}
