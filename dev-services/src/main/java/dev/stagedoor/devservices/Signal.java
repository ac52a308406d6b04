package dev.stagedoor.devservices;

import java.io.IOException;
import java.io.UncheckedIOException;

/** What makes a process stand still, and go on. */
enum Signal {
    STOP,
    CONT;

    void to(ProcessHandle process) {
        try {
            int status =
                    new ProcessBuilder("kill", "-" + name(), Long.toString(process.pid()))
                            .start()
                            .onExit()
                            .join()
                            .exitValue();
            if (status != 0) {
                throw new IllegalStateException("kill -" + name() + " ended with " + status);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
