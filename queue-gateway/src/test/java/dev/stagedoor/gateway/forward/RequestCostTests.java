package dev.stagedoor.gateway.forward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.jupiter.api.Named.named;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.sun.management.ThreadMXBean;

import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.devservices.FreePort;
import dev.stagedoor.gateway.Alone;
import dev.stagedoor.gateway.ByteUpstream;
import dev.stagedoor.gateway.Gateways;
import dev.stagedoor.gateway.Visitor;
import dev.stagedoor.gateway.connection.Connection;

import io.netty.channel.epoll.Epoll;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.context.ConfigurableApplicationContext;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.stream.Stream;

/**
 * What a request costs whatever else the machine does: threads that are woken for it, memory, and
 * how often something is read from a socket or written to one.
 *
 * <p>Of what event loops ask of the kernel, files are what it counts, not sockets: what is left is
 * one thread that wakes another.
 */
@Alone
@DisabledIfSystemProperty(named = Gateways.WITHOUT_LANE, matches = "true")
class RequestCostTests {

    private static final String ROOM = "calls";
    private static final int CONNECTIONS = 6;
    private static final int REQUESTS = 1_200;

    /** A head alone takes that much: less would not have been measured. */
    private static final long LEAST = 1_000;

    private static final String LOOPS = "gateway-";
    private static final String WRITES = "syscw: ";
    private static final Path TASKS = Path.of("/proc/self/task");

    private static EmbeddedRedis redis;
    private static ByteUpstream upstream;
    private static ConfigurableApplicationContext gateway;
    private static ConfigurableApplicationContext counted;

    private static final Visitor VISITOR = new Visitor(ROOM);
    private static final Visitor WAITING = new Visitor(ROOM);

    private static final String VERDICTS = "stagedoor.verdict.port";
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    @BeforeAll
    static void oneIsInside() {
        assumeTrue(Epoll.isAvailable(), "the native transport of Linux");
        redis = EmbeddedRedis.start();
        upstream = new ByteUpstream();
        gateway = start();
        counted = start(CountedCalls.SETTING);
        VISITOR.joins(gateway);
        await().until(() -> VISITOR.isActive(gateway));
        WAITING.joins(gateway);
        for (ConfigurableApplicationContext one : List.of(gateway, counted)) {
            await().until(() -> isAnsweredAtOnce(forward(), VISITOR, one));
            await().until(() -> isAnsweredAtOnce(poll(), WAITING, one));
        }
    }

    private static ConfigurableApplicationContext start(String... more) {
        return Gateways.startOn(
                redis.url(),
                upstream.url(),
                Stream.concat(
                                Stream.of(
                                        VERDICTS + "=" + FreePort.find(),
                                        "stagedoor.rooms." + ROOM + ".capacity=1",
                                        "stagedoor.rooms." + ROOM + ".session=1h"),
                                Stream.of(more))
                        .toArray(String[]::new));
    }

    private static boolean isAnsweredAtOnce(
            String request, Visitor visitor, ConfigurableApplicationContext gateway)
            throws IOException {
        try (Connection connection = new Connection(gateway)) {
            connection.send(request);
            return connection.nextStatus() == 200 && Gateways.isCertainOf(visitor, gateway);
        }
    }

    @AfterAll
    static void stop() {
        if (counted != null) {
            counted.close();
            gateway.close();
            upstream.close();
            redis.close();
        }
    }

    @Test
    void aForwardedRequestIsCarriedByTheThreadThatItCameInOn() throws IOException {
        long calls = cost(gateway, "local.server.port", forward(), RequestCostTests::calls);

        assertThat(calls).isLessThan(REQUESTS / 20);
    }

    /** As the tests are compiled: a busy gateway leaves some of it out (escape analysis). */
    @ParameterizedTest
    @MethodSource("requests")
    void aRequestTakesNoMoreMemoryThanThis(String port, String request, long most)
            throws IOException {
        long bytes = cost(gateway, port, request, RequestCostTests::allocated) / REQUESTS;

        assertThat(bytes).isBetween(LEAST, most);
    }

    static Stream<Arguments> requests() {
        return Stream.of(
                arguments(named("a poll", "local.server.port"), poll(), 3_700),
                arguments(named("a verdict", VERDICTS), question(), 4_100),
                arguments(named("a forward", "local.server.port"), forward(), 5_900),
                arguments(named("a body in crumbs", "local.server.port"), crumbs(), 24_500));
    }

    /** Head and body together, and nothing looked for that is not there. */
    @ParameterizedTest
    @MethodSource("connections")
    void ofEachConnectionOneReadAndOneWriteAreEnough(String port, String request, int connections)
            throws IOException {
        CountedCalls calls = counted.getBean(CountedCalls.class);
        await().until(() -> calls.clients() == 0);

        long[] writes = new long[2];
        long reads =
                cost(
                        counted,
                        port,
                        request,
                        () -> {
                            writes[0] = writes[1];
                            writes[1] = calls.writes();
                            return calls.reads();
                        });

        assertThat(reads).as("reads").isEqualTo(connections * REQUESTS);
        assertThat(writes[1] - writes[0]).as("writes").isEqualTo(connections * REQUESTS);
    }

    static Stream<Arguments> connections() {
        return Stream.of(
                arguments(named("a poll", "local.server.port"), poll(), 1),
                arguments(named("a verdict", VERDICTS), question(), 1),
                arguments(named("a join", "local.server.port"), join(), 1),
                arguments(named("a forward", "local.server.port"), forward(), 2));
    }

    private static String poll() {
        return get("/api/v1/queue/tokens/current", WAITING, "");
    }

    private static String question() {
        return get(
                "/verdict/nginx",
                VISITOR,
                """
                X-Original-URI: /seats\r
                X-Original-Method: GET\r
                X-Forwarded-Proto: http\r
                X-Forwarded-For: 127.0.0.1\r
                """);
    }

    private static String forward() {
        return get("/seats", VISITOR, "");
    }

    /** Of which each would take fifty bytes more by itself. */
    private static String crumbs() {
        return "POST /seats HTTP/1.1\r\nHost: sale\r\nQueue-Token: "
                + VISITOR.token()
                + "\r\nTransfer-Encoding: chunked\r\n\r\n"
                + "1\r\nx\r\n".repeat(100)
                + "0\r\n\r\n";
    }

    private static String join() {
        String room = "{\"room\":\"" + ROOM + "\"}";
        return """
        POST /api/v1/queue/tokens HTTP/1.1\r
        Host: sale\r
        Content-Type: application/json\r
        Content-Length: %d\r
        \r
        %s\
        """
                .formatted(room.length(), room);
    }

    private static String get(String path, Visitor who, String more) {
        return "GET %s HTTP/1.1\r\nHost: sale\r\nQueue-Token: %s\r\n%s\r\n"
                .formatted(path, who.token(), more);
    }

    /** On several connections, which lie on all event loops, one request after the other. */
    private static long cost(
            ConfigurableApplicationContext gateway, String port, String request, LongSupplier meter)
            throws IOException {
        List<Connection> connections = new ArrayList<>();
        try {
            for (int i = 0; i < CONNECTIONS; i++) {
                connections.add(new Connection(gateway, port));
            }
            ask(connections, request, REQUESTS / 4);
            long before = meter.getAsLong();
            ask(connections, request, REQUESTS);
            return meter.getAsLong() - before;
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
            assertThat(connection.nextStatus()).isBetween(200, 201);
        }
    }

    private static long allocated() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith(LOOPS))
                .mapToLong(thread -> THREADS.getThreadAllocatedBytes(thread.threadId()))
                .sum();
    }

    private static long calls() {
        try (Stream<Path> tasks = Files.list(TASKS)) {
            return tasks.filter(RequestCostTests::isEventLoop)
                    .mapToLong(RequestCostTests::writes)
                    .sum();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean isEventLoop(Path task) {
        return read(task.resolve("comm")).startsWith(LOOPS);
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
