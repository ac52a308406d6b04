package dev.stagedoor.booking.store;

import dev.stagedoor.devservices.Database;

import java.io.Closeable;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Stands between a service and PostgreSQL: counts how often the service asks and has to wait, and
 * can swallow whatever comes, from either side, without closing anything, as a cable that was cut,
 * or take its time to let anybody in.
 */
final class Relay implements AutoCloseable {

    private static final int QUERY = 'Q';
    private static final int SYNC = 'S';

    private final Database database;
    private final ServerSocket server;
    private final Set<Closeable> open = ConcurrentHashMap.newKeySet();
    private final AtomicLong trips = new AtomicLong();
    private volatile boolean silent;
    private volatile Duration toLetIn = Duration.ZERO;

    Relay(Database database) {
        this.database = database;
        try {
            this.server = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        open.add(server);
        Thread.ofVirtual().start(this::accept);
    }

    /** The database as it is reached through here. */
    Database database() {
        return new Database(
                "127.0.0.1",
                server.getLocalPort(),
                database.name(),
                database.user(),
                database.password());
    }

    /** How often somebody has asked for something and waited until it was done. */
    long trips() {
        return trips.get();
    }

    void fallSilent() {
        silent = true;
    }

    /** Connections of before stay dead: what was swallowed does not come again. */
    void speakAgain() {
        open.stream().filter(it -> it != server).forEach(Relay::close);
        silent = false;
    }

    void takesToLetIn(Duration time) {
        toLetIn = time;
    }

    private void accept() {
        try {
            while (true) {
                Socket client = server.accept();
                Socket upstream = new Socket(database.host(), database.port());
                open.add(client);
                open.add(upstream);
                Thread.ofVirtual().start(() -> run(() -> ask(client, upstream), client, upstream));
                Thread.ofVirtual().start(() -> run(() -> tell(upstream, client), client, upstream));
            }
        } catch (IOException _) {
            // Closed: that is the end.
        }
    }

    /**
     * Message by message, as the protocol has them: the first one has no type, nor a wish for TLS.
     */
    private void ask(Socket client, Socket upstream) throws IOException {
        var in = new DataInputStream(client.getInputStream());
        OutputStream out = upstream.getOutputStream();
        int type = -1;
        LockSupport.parkNanos(toLetIn.toNanos());
        while (true) {
            int length = in.readInt();
            byte[] rest = in.readNBytes(length - 4);
            if (!silent) {
                if (type == QUERY || type == SYNC) {
                    trips.incrementAndGet();
                }
                out.write(message(type, length, rest));
            }
            boolean encryption = type < 0 && rest.length == 4;
            type = encryption ? -1 : in.readUnsignedByte();
        }
    }

    private void tell(Socket upstream, Socket client) throws IOException {
        InputStream in = upstream.getInputStream();
        byte[] buffer = new byte[16 * 1024];
        for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
            if (!silent) {
                client.getOutputStream().write(buffer, 0, read);
            }
        }
    }

    private static byte[] message(int type, int length, byte[] rest) {
        int head = type < 0 ? 4 : 5;
        byte[] all = new byte[head + rest.length];
        if (type >= 0) {
            all[0] = (byte) type;
        }
        for (int i = 0; i < 4; i++) {
            all[head - 4 + i] = (byte) (length >>> 24 - 8 * i);
        }
        System.arraycopy(rest, 0, all, head, rest.length);
        return all;
    }

    /** While nobody speaks, nobody hears of an end either. */
    private void run(Work work, Socket one, Socket other) {
        try {
            work.run();
        } catch (IOException _) {
            // The other direction ends as well.
        }
        if (!silent) {
            close(one);
            close(other);
        }
    }

    private interface Work {
        void run() throws IOException;
    }

    private static void close(Closeable it) {
        try {
            it.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        open.forEach(Relay::close);
    }
}
