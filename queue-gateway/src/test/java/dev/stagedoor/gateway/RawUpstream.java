package dev.stagedoor.gateway;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

/** An upstream that speaks in bytes, and need not speak HTTP. */
public final class RawUpstream implements AutoCloseable {

    /** What happens on one connection; it is closed at the end. */
    public interface Script {
        void play(Socket connection) throws Exception;
    }

    private final AtomicReference<Script> script = new AtomicReference<>(_ -> {});
    private final int port;
    private ServerSocket server;

    public RawUpstream() {
        server = listen(0);
        port = server.getLocalPort();
    }

    public String url() {
        return "http://127.0.0.1:" + port;
    }

    public void plays(Script next) {
        script.set(next);
    }

    /** To the first request of each connection, and hangs up. */
    public void answers(String bytes) {
        plays(connection -> answer(connection, bytes));
    }

    /** To the first request of each connection, and stays silent until the other side hangs up. */
    public void answersAndWaits(String bytes) {
        plays(
                connection -> {
                    answer(connection, bytes);
                    waitForTheEnd(connection);
                });
    }

    /** Reads one head, without a body, and says the bytes. */
    public static void answer(Socket connection, String bytes) throws IOException {
        readHead(connection);
        say(connection, bytes);
    }

    public static void say(Socket connection, String bytes) throws IOException {
        connection.getOutputStream().write(bytes.getBytes(StandardCharsets.ISO_8859_1));
        connection.getOutputStream().flush();
    }

    /** The line of the request. */
    public static String readHead(Socket connection) throws IOException {
        List<String> lines = readLines(connection);
        return lines.isEmpty() ? "" : lines.getFirst();
    }

    /** The lines of a head. */
    public static List<String> readLines(Socket connection) throws IOException {
        BufferedReader reader =
                new BufferedReader(
                        new InputStreamReader(
                                connection.getInputStream(), StandardCharsets.ISO_8859_1));
        List<String> lines = new ArrayList<>();
        String line = reader.readLine();
        while (line != null && !line.isEmpty()) {
            lines.add(line);
            line = reader.readLine();
        }
        return lines;
    }

    public static void waitForTheEnd(Socket connection) throws IOException {
        while (connection.getInputStream().read() >= 0) {
            // nothing of what comes is of interest
        }
    }

    /** From now on connections are refused. */
    public void goesAway() throws IOException {
        server.close();
    }

    public void comesBack() {
        server = listen(port);
    }

    @Override
    public void close() throws IOException {
        server.close();
    }

    private ServerSocket listen(int wanted) {
        try {
            ServerSocket listening = new ServerSocket();
            listening.setReuseAddress(true);
            listening.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), wanted));
            Thread.startVirtualThread(() -> accept(listening));
            return listening;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void accept(ServerSocket listening) {
        while (!listening.isClosed()) {
            try {
                Socket connection = listening.accept();
                Thread.startVirtualThread(() -> play(connection));
            } catch (IOException _) {
                // closed: whoever asks is refused
            }
        }
    }

    private void play(Socket connection) {
        try (connection) {
            script.get().play(connection);
        } catch (Exception _) {
            // the gateway has hung up; what it says of it is what tests look at
        }
    }
}
