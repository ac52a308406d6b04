package dev.stagedoor.devservices;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Another address of a server on this machine, which can be taken away from it. */
public final class Way implements AutoCloseable {

    private final ServerSocket server;
    private final int to;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();

    /**
     * @param from an address of loopback, {@code 127.0.0.x}
     * @param port there; 0 for any
     * @param to the port of the server on 127.0.0.1
     */
    public Way(String from, int port, int to) {
        this.to = to;
        try {
            this.server = new ServerSocket(port, 100, InetAddress.ofLiteral(from));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread.ofVirtual().start(this::accept);
    }

    public int port() {
        return server.getLocalPort();
    }

    /** Whether anybody has come by it. */
    public boolean isUsed() {
        return !open.isEmpty();
    }

    private void accept() {
        try {
            while (true) {
                Socket here = server.accept();
                Socket there = new Socket("127.0.0.1", to);
                open.addAll(Set.of(here, there));
                Thread.ofVirtual().start(() -> carry(here, there));
                Thread.ofVirtual().start(() -> carry(there, here));
            }
        } catch (IOException _) {
            // Closed: that is the end.
        }
    }

    private static void carry(Socket from, Socket to) {
        try (from;
                to) {
            from.getInputStream().transferTo(to.getOutputStream());
        } catch (IOException _) {
            // The other direction ends as well.
        }
    }

    @Override
    public void close() {
        end();
    }

    /** Whoever is on it is cut off. */
    public void end() {
        try {
            server.close();
            for (Socket one : open) {
                one.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
