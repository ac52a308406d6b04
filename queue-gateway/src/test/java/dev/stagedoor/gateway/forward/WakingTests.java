package dev.stagedoor.gateway.forward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.gateway.Alone;
import dev.stagedoor.gateway.ByteUpstream;
import dev.stagedoor.gateway.Gateways;
import dev.stagedoor.gateway.Visitor;
import dev.stagedoor.gateway.connection.Connection;

import io.netty.channel.epoll.Epoll;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.context.ConfigurableApplicationContext;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * What a request costs the kernel does not depend on how busy a machine is. Of what event loops ask
 * of it, files are what it counts, not sockets: what is left is one thread that wakes another.
 */
@Alone
class WakingTests {

    private static final String ROOM = "calls";
    private static final int CONNECTIONS = 6;
    private static final int REQUESTS = 1_200;

    private static final String WRITES = "syscw: ";
    private static final Path TASKS = Path.of("/proc/self/task");

    private static EmbeddedRedis redis;
    private static ByteUpstream upstream;
    private static ConfigurableApplicationContext gateway;

    private static final Visitor VISITOR = new Visitor(ROOM);

    @BeforeAll
    static void oneIsInside() {
        assumeTrue(Epoll.isAvailable(), "the native transport of Linux");
        redis = EmbeddedRedis.start();
        upstream = new ByteUpstream();
        gateway =
                Gateways.startOn(
                        redis.url(), upstream.url(), "stagedoor.rooms." + ROOM + ".session=1h");
        VISITOR.joins(gateway);
        await().until(
                        () ->
                                VISITOR.gets(gateway, "/seats").statusCode() == 200
                                        && Gateways.isCertainOf(VISITOR, gateway));
    }

    @AfterAll
    static void stop() {
        if (gateway != null) {
            gateway.close();
            upstream.close();
            redis.close();
        }
    }

    @Test
    void aForwardedRequestIsCarriedByTheThreadThatItCameInOn() throws IOException {
        assertThat(callsOf("/seats")).isLessThan(REQUESTS / 20);
    }

    /** On several connections, which lie on all event loops, one request after the other. */
    private static long callsOf(String path) throws IOException {
        String request =
                "GET %s HTTP/1.1\r\nHost: sale\r\nQueue-Token: %s\r\n\r\n"
                        .formatted(path, VISITOR.token());
        List<Connection> connections = new ArrayList<>();
        try {
            for (int i = 0; i < CONNECTIONS; i++) {
                connections.add(new Connection(gateway));
            }
            ask(connections, request, CONNECTIONS * 2);
            long before = calls();
            ask(connections, request, REQUESTS);
            return calls() - before;
        } finally {
            for (Connection connection : connections) {
                connection.close();
            }
        }
    }

    private static void ask(List<Connection> connections, String request, int times)
            throws IOException {
        for (int i = 0; i < times; i++) {
            Connection connection = connections.get(i % connections.size());
            connection.send(request);
            assertThat(connection.nextStatus()).isEqualTo(200);
        }
    }

    private static long calls() throws IOException {
        try (Stream<Path> tasks = Files.list(TASKS)) {
            return tasks.filter(WakingTests::isEventLoop).mapToLong(WakingTests::writes).sum();
        }
    }

    private static boolean isEventLoop(Path task) {
        return read(task.resolve("comm")).startsWith("gateway-");
    }

    private static long writes(Path task) {
        String io = read(task.resolve("io"));
        int start = io.indexOf(WRITES) + WRITES.length();
        return Long.parseLong(io.substring(start, io.indexOf('\n', start)));
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
