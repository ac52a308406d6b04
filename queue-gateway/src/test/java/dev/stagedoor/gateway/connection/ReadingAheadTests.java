package dev.stagedoor.gateway.connection;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.gateway.Alone;
import dev.stagedoor.gateway.Gateways;
import dev.stagedoor.gateway.Upstream;
import dev.stagedoor.gateway.Visitor;

import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocatorMetric;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.context.ConfigurableApplicationContext;

import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.LongStream;

/** What is kept of requests that are sent behind a stream, which ends only with the turn. */
@Alone
class ReadingAheadTests {

    private static final int CONNECTIONS = 100;
    private static final int AHEAD = 120;
    private static final int PUSHES = 20;
    private static final long KILOBYTE = 1024;

    private static EmbeddedRedis redis;
    private static Upstream upstream;
    private static ConfigurableApplicationContext gateway;

    private final Visitor visitor = new Visitor("main");

    @BeforeAll
    static void start() {
        redis = EmbeddedRedis.start();
        upstream = new Upstream();
        gateway = Gateways.startOn(redis.url(), upstream.url(), "stagedoor.rooms.main.mode=HOLD");
    }

    @AfterAll
    static void stop() {
        gateway.close();
        upstream.close();
        redis.close();
    }

    @Test
    void keepsLittleOfHeadsThatAreSentAhead() throws Exception {
        String head = "GET / HTTP/1.1\r\nHost: x\r\nX-A: " + "a".repeat(14_000) + "\r\n\r\n";

        assertThat(kilobytesKeptOf(head.repeat(AHEAD))).isLessThan(CONNECTIONS * 140);
    }

    @Test
    void keepsLittleOfABodyThatIsSentAhead() throws Exception {
        String post =
                "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2000000\r\n\r\n"
                        + "a".repeat(2_000_000);

        assertThat(kilobytesKeptOf(post)).isLessThan(CONNECTIONS * 140);
    }

    private long kilobytesKeptOf(String ahead) throws Exception {
        visitor.joins(gateway);
        byte[] stream =
                ("GET /api/v1/queue/events HTTP/1.1\r\nHost: x\r\nQueue-Token: "
                                + visitor.token()
                                + "\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII);
        byte[] more = ahead.getBytes(StandardCharsets.US_ASCII);
        List<Pusher> pushers = new ArrayList<>();
        long before = kilobytesUsed();
        try {
            for (int i = 0; i < CONNECTIONS; i++) {
                pushers.add(new Pusher(stream, more));
            }
            for (int i = 0; i < PUSHES; i++) {
                for (Pusher pusher : pushers) {
                    pusher.pushesWhatIsTaken();
                }
                LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
            }
            assertThat(visitor.polls(gateway).statusCode()).isEqualTo(200);
            return kilobytesUsed() - before;
        } finally {
            for (Pusher pusher : pushers) {
                pusher.socket.close();
            }
        }
    }

    /**
     * What is left of three looks: of what others have just let go, one collection may miss some.
     */
    private static long kilobytesUsed() {
        return LongStream.generate(ReadingAheadTests::kilobytesNow).limit(3).min().orElseThrow();
    }

    /** Heap, and what of the buffers outside of it is in use. */
    private static long kilobytesNow() {
        System.gc();
        PooledByteBufAllocatorMetric buffers = PooledByteBufAllocator.DEFAULT.metric();
        long active =
                buffers.directArenas().stream().mapToLong(arena -> arena.numActiveBytes()).sum();
        return (ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed() + active)
                / KILOBYTE;
    }

    /** Somebody who sends as much as is taken, and reads only the beginning of the stream. */
    private static final class Pusher {

        private final SocketChannel socket;
        private final ByteBuffer more;

        Pusher(byte[] stream, byte[] more) throws Exception {
            this.socket =
                    SocketChannel.open(new InetSocketAddress("127.0.0.1", Gateways.port(gateway)));
            this.more = ByteBuffer.wrap(more);
            socket.write(ByteBuffer.wrap(stream));
            assertThat(socket.read(ByteBuffer.allocate(4_000))).isPositive();
            socket.configureBlocking(false);
        }

        void pushesWhatIsTaken() throws Exception {
            if (more.hasRemaining()) {
                socket.write(more);
            }
        }
    }
}
