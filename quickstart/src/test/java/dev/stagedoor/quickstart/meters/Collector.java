package dev.stagedoor.quickstart.meters;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Takes in spans by OTLP over HTTP, and reads of the protocol what tests ask for. */
final class Collector implements AutoCloseable {

    /**
     * @param parent empty if it is the first of its trace
     */
    record Seen(String service, String name, String trace, String span, String parent) {}

    /** One field of a message: its number, and its bytes if it has some. */
    private record Field(int number, byte[] bytes) {}

    private final List<Seen> spans = new CopyOnWriteArrayList<>();
    private final List<String> paths = new CopyOnWriteArrayList<>();
    private final HttpServer server;

    Collector() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::take);
        server.start();
    }

    String endpoint() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    List<Seen> spans() {
        return spans;
    }

    List<String> paths() {
        return paths;
    }

    @Override
    public void close() {
        server.stop(0);
    }

    private void take(HttpExchange exchange) throws IOException {
        try (exchange) {
            paths.add(exchange.getRequestURI().getPath());
            byte[] message = exchange.getRequestBody().readAllBytes();
            all(message, 1).forEach(this::takeResource);
            exchange.sendResponseHeaders(200, -1);
        }
    }

    private void takeResource(byte[] resourceSpans) {
        String service = service(all(resourceSpans, 1).getFirst());
        for (byte[] scope : all(resourceSpans, 2)) {
            for (byte[] span : all(scope, 2)) {
                spans.add(
                        new Seen(
                                service,
                                text(all(span, 5).getFirst()),
                                hex(all(span, 1)),
                                hex(all(span, 2)),
                                hex(all(span, 4))));
            }
        }
    }

    private static String service(byte[] resource) {
        return all(resource, 1).stream()
                .filter(attribute -> text(all(attribute, 1).getFirst()).equals("service.name"))
                .map(attribute -> text(all(all(attribute, 2).getFirst(), 1).getFirst()))
                .findFirst()
                .orElseThrow();
    }

    private static String hex(List<byte[]> id) {
        return id.isEmpty() ? "" : HexFormat.of().formatHex(id.getFirst());
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static List<byte[]> all(byte[] message, int number) {
        return fields(message).stream()
                .filter(field -> field.number() == number)
                .map(Field::bytes)
                .toList();
    }

    /** The wire format of Protocol Buffers: number and kind, then what the kind says. */
    private static List<Field> fields(byte[] message) {
        List<Field> fields = new ArrayList<>();
        ByteBuffer rest = ByteBuffer.wrap(message);
        while (rest.hasRemaining()) {
            long tag = varint(rest);
            byte[] bytes =
                    switch ((int) (tag & 7)) {
                        case 0 -> {
                            varint(rest);
                            yield new byte[0];
                        }
                        case 1 -> bytes(rest, 8);
                        case 2 -> bytes(rest, (int) varint(rest));
                        case 5 -> bytes(rest, 4);
                        default -> throw new IllegalArgumentException("kind of tag " + tag);
                    };
            fields.add(new Field((int) (tag >>> 3), bytes));
        }
        return fields;
    }

    private static byte[] bytes(ByteBuffer rest, int count) {
        byte[] bytes = new byte[count];
        rest.get(bytes);
        return bytes;
    }

    private static long varint(ByteBuffer rest) {
        long value = 0;
        for (int shift = 0; ; shift += 7) {
            byte next = rest.get();
            value |= (next & 0x7FL) << shift;
            if (next >= 0) {
                return value;
            }
        }
    }
}
