package dev.stagedoor.gateway.connection;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Keeps thousands of streams open from a process of its own, so that their sockets count there: one
 * thread, one selector. Reads the port and then a token a line; says what it has seen whenever that
 * has changed.
 */
public final class Listeners {

    private static final int CONNECTING_AT_ONCE = 50;

    private final InetSocketAddress gateway;
    private final Deque<String> tokens = new ArrayDeque<>();
    private final Selector selector = Selector.open();
    private final ByteBuffer buffer = ByteBuffer.allocate(16 * 1024);
    private int waitingForFirst;
    private int told;
    private int turns;
    private int ended;
    private int broken;

    private Listeners(int port) throws IOException {
        this.gateway = new InetSocketAddress("127.0.0.1", port);
    }

    /** One stream. */
    private static final class Stream {
        private final String token;
        private final StringBuilder tail = new StringBuilder();
        private boolean isTold;
        private boolean hadTurn;
        private boolean hasEnded;

        Stream(String token) {
            this.token = token;
        }
    }

    public static void main(String[] arguments) throws IOException {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
        Listeners listeners = new Listeners(Integer.parseInt(in.readLine()));
        for (String token = in.readLine(); !token.isEmpty(); token = in.readLine()) {
            listeners.tokens.add(token);
        }
        listeners.listen();
    }

    private void listen() throws IOException {
        String said = "";
        while (!Thread.currentThread().isInterrupted()) {
            while (waitingForFirst < CONNECTING_AT_ONCE && !tokens.isEmpty()) {
                connect(tokens.remove());
            }
            selector.select(this::act, 100);
            String news =
                    "told=%d turns=%d ended=%d broken=%d".formatted(told, turns, ended, broken);
            if (!news.equals(said)) {
                System.out.println(news);
                said = news;
            }
        }
    }

    private void connect(String token) throws IOException {
        SocketChannel channel = SocketChannel.open();
        channel.configureBlocking(false);
        channel.register(selector, SelectionKey.OP_CONNECT, new Stream(token));
        channel.connect(gateway);
        waitingForFirst++;
    }

    private void act(SelectionKey key) {
        Stream stream = (Stream) key.attachment();
        SocketChannel channel = (SocketChannel) key.channel();
        try {
            if (key.isConnectable()) {
                channel.finishConnect();
                key.interestOps(SelectionKey.OP_READ);
                ask(channel, stream);
            } else {
                read(key, channel, stream);
            }
        } catch (IOException e) {
            drop(key, stream);
        }
    }

    private static void ask(SocketChannel channel, Stream stream) throws IOException {
        channel.write(
                ByteBuffer.wrap(
                        """
                        GET /api/v1/queue/events HTTP/1.1\r
                        Host: localhost\r
                        Queue-Token: %s\r
                        \r
                        """
                                .formatted(stream.token)
                                .getBytes(StandardCharsets.US_ASCII)));
    }

    private void read(SelectionKey key, SocketChannel channel, Stream stream) throws IOException {
        buffer.clear();
        if (channel.read(buffer) < 0) {
            drop(key, stream);
            return;
        }
        stream.tail.append(StandardCharsets.US_ASCII.decode(buffer.flip()));
        if (!stream.isTold && stream.tail.indexOf("\"state\":\"WAITING\"") >= 0) {
            stream.isTold = true;
            told++;
            waitingForFirst--;
        }
        if (!stream.hadTurn && stream.tail.indexOf("\"state\":\"ACTIVE\"") >= 0) {
            stream.hadTurn = true;
            turns++;
        }
        if (stream.hadTurn && !stream.hasEnded && stream.tail.toString().endsWith("0\r\n\r\n")) {
            stream.hasEnded = true;
            ended++;
            key.cancel();
            channel.close();
        }
        stream.tail.delete(0, Math.max(0, stream.tail.length() - 1_000));
    }

    private void drop(SelectionKey key, Stream stream) {
        if (!stream.isTold) {
            waitingForFirst--;
        }
        broken++;
        key.cancel();
        try {
            key.channel().close();
        } catch (IOException _) {
            broken++; // not even that
        }
    }
}
