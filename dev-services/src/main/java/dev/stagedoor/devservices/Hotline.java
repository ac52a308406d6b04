package dev.stagedoor.devservices;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** One command to a Redis on this machine, on a connection of its own; no client needed. */
final class Hotline {

    /** Longer than a busy machine takes. */
    private static final int PATIENCE_MILLIS = 20_000;

    private Hotline() {}

    /** The answer as text; the values of a list one a line. */
    static String ask(int port, String command) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress("127.0.0.1", port), PATIENCE_MILLIS);
            socket.setSoTimeout(PATIENCE_MILLIS);
            socket.getOutputStream().write((command + "\r\n").getBytes(StandardCharsets.UTF_8));
            return answer(new DataInputStream(socket.getInputStream()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String answer(DataInputStream in) throws IOException {
        String line = line(in);
        String rest = line.substring(1);
        return switch (line.charAt(0)) {
            case '-' -> throw new IllegalStateException(rest);
            case '$' -> text(in, Integer.parseInt(rest));
            case '*' -> list(in, Integer.parseInt(rest));
            default -> rest;
        };
    }

    private static String list(DataInputStream in, int length) throws IOException {
        StringBuilder values = new StringBuilder();
        for (int i = 0; i < length; i++) {
            values.append(answer(in)).append('\n');
        }
        return values.toString();
    }

    private static String text(DataInputStream in, int length) throws IOException {
        if (length < 0) {
            return "";
        }
        byte[] bytes = in.readNBytes(length);
        line(in);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static String line(DataInputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (byte b = in.readByte(); b != '\n'; b = in.readByte()) {
            if (b != '\r') {
                line.append((char) b);
            }
        }
        return line.toString();
    }
}
