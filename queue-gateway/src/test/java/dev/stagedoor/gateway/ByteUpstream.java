package dev.stagedoor.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * An upstream that takes bytes by the book and believes every head it reads: what somebody has
 * managed to slip in is a request like the others here. It answers each with "ok".
 */
public final class ByteUpstream implements AutoCloseable {

    /** One request as it arrived. */
    public record Arrived(List<String> head, String body) {

        public String line() {
            return head.getFirst();
        }

        /** Every line of that name, however it is written. */
        public List<String> values(String name) {
            return head.stream()
                    .skip(1)
                    .filter(line -> line.regionMatches(true, 0, name + ":", 0, name.length() + 1))
                    .map(line -> line.substring(name.length() + 1).strip())
                    .toList();
        }

        public List<String> names() {
            return head.stream()
                    .skip(1)
                    .map(line -> line.substring(0, line.indexOf(':')).toLowerCase(Locale.ROOT))
                    .toList();
        }
    }

    private static final byte[] OK =
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".getBytes(StandardCharsets.US_ASCII);

    private final List<Arrived> arrived = new CopyOnWriteArrayList<>();
    private final AtomicInteger connections = new AtomicInteger();
    private final ServerSocket server;

    public ByteUpstream() {
        try {
            server = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread.startVirtualThread(this::accept);
    }

    public int port() {
        return server.getLocalPort();
    }

    public String url() {
        return "http://127.0.0.1:" + port();
    }

    public int connections() {
        return connections.get();
    }

    /** What has come since the last time, in the order in which it came. */
    public List<Arrived> arrived() {
        List<Arrived> all = List.copyOf(arrived);
        arrived.clear();
        return all;
    }

    @Override
    public void close() {
        try {
            server.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void accept() {
        try {
            while (true) {
                Socket client = server.accept();
                connections.incrementAndGet();
                Thread.startVirtualThread(() -> serve(client));
            }
        } catch (IOException _) {
            // closed
        }
    }

    private void serve(Socket client) {
        try (client) {
            InputStream in = new BufferedInputStream(client.getInputStream());
            for (List<String> head = head(in); !head.isEmpty(); head = head(in)) {
                arrived.add(new Arrived(head, body(head, in)));
                client.getOutputStream().write(OK);
                client.getOutputStream().flush();
            }
        } catch (IOException _) {
            // the gateway has gone
        }
    }

    private static List<String> head(InputStream in) throws IOException {
        List<String> lines = new java.util.ArrayList<>();
        for (String line = line(in); !line.isEmpty(); line = line(in)) {
            lines.add(line);
        }
        return lines;
    }

    private static String body(List<String> head, InputStream in) throws IOException {
        Arrived request = new Arrived(head, "");
        if (!request.values("Transfer-Encoding").isEmpty()) {
            return chunks(in);
        }
        List<String> lengths = request.values("Content-Length");
        return lengths.isEmpty() ? "" : text(in.readNBytes(Integer.parseInt(lengths.getFirst())));
    }

    private static String chunks(InputStream in) throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        for (int size = size(in); size > 0; size = size(in)) {
            body.write(in.readNBytes(size));
            assertThat(line(in)).isEmpty();
        }
        assertThat(head(in)).as("trailers").isEmpty();
        return text(body.toByteArray());
    }

    private static int size(InputStream in) throws IOException {
        String size = line(in);
        if (size.isEmpty()) {
            throw new EOFException("in the middle of a body");
        }
        return Integer.parseInt(size, 16);
    }

    private static String line(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int next = in.read(); next >= 0 && next != '\n'; next = in.read()) {
            line.write(next);
        }
        return text(line.toByteArray()).stripTrailing();
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }
}
