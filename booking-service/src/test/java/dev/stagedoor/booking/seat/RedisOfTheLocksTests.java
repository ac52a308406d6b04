package dev.stagedoor.booking.seat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;

import dev.stagedoor.booking.catalogue.ScheduleId;
import dev.stagedoor.booking.store.DatabaseLimits;
import dev.stagedoor.common.UserId;
import dev.stagedoor.devservices.DevServices;
import dev.stagedoor.devservices.EmbeddedRedis;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.LoggerFactory;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Import;

import reactor.core.publisher.Mono;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Where it is, as an operator would write it; without the rest of the service. */
@Timeout(60)
class RedisOfTheLocksTests {

    @EnableConfigurationProperties({DatabaseLimits.class, LockSettings.class, RedisServers.class})
    @Import({RedissonSettings.class, RedisLink.class, SeatLock.class})
    static class Locks {}

    private final ApplicationContextRunner locks = locks();

    static ApplicationContextRunner locks() {
        return new ApplicationContextRunner()
                .withUserConfiguration(Locks.class)
                .withBean(MeterRegistry.class, SimpleMeterRegistry::new);
    }

    @Test
    void isOneServer() {
        locks.withPropertyValues("spring.data.redis.url=" + DevServices.redisUrl())
                .run(RedisOfTheLocksTests::locksSeats);
    }

    /**
     * A first attempt on a machine that has just begun may be too slow: Redis is there all the
     * same.
     */
    @Test
    void isNotAwayForOneAttemptThatFailed() throws Exception {
        Logger logger = (Logger) LoggerFactory.getLogger(RedisLink.class);
        ListAppender<ILoggingEvent> told = new ListAppender<>();
        told.start();
        logger.addAppender(told);
        URI redis = URI.create(DevServices.redisUrl());
        try (ServerSocket before = new ServerSocket(0, 100, InetAddress.getLoopbackAddress())) {
            Thread.ofVirtual().start(() -> hangUpOnceAndPassOn(before, redis));

            locks.withPropertyValues(
                            "spring.data.redis.url=redis://127.0.0.1:" + before.getLocalPort())
                    .run(RedisOfTheLocksTests::locksSeats);

            assertThat(told.list)
                    .map(ILoggingEvent::getFormattedMessage)
                    .noneMatch(it -> it.contains(":" + before.getLocalPort()));
        } finally {
            logger.detachAppender(told);
        }
    }

    private static void hangUpOnceAndPassOn(ServerSocket before, URI redis) {
        try {
            before.accept().close();
            while (true) {
                Socket client = before.accept();
                Socket server = new Socket(redis.getHost(), redis.getPort());
                Thread.ofVirtual().start(() -> passOn(client, server));
                Thread.ofVirtual().start(() -> passOn(server, client));
            }
        } catch (IOException _) {
            // Closed: that is the end.
        }
    }

    private static void passOn(Socket from, Socket to) {
        try (from;
                to) {
            from.getInputStream().transferTo(to.getOutputStream());
        } catch (IOException _) {
            // The other direction ends as well.
        }
    }

    /** One node that has all the slots. */
    @Test
    void isACluster() throws Exception {
        try (EmbeddedRedis node = EmbeddedRedis.startNode("--cluster-announce-ip", "127.0.0.1")) {
            giveItAllSlots(node);
            locks.withPropertyValues(
                            "spring.data.redis.cluster.nodes=127.0.0.1:" + node.port(),
                            "stagedoor.booking.lock.timeout=5s")
                    .run(RedisOfTheLocksTests::locksSeats);
        }
    }

    private static void giveItAllSlots(EmbeddedRedis node) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", node.port());
                var answers =
                        new BufferedReader(
                                new InputStreamReader(
                                        socket.getInputStream(), StandardCharsets.US_ASCII))) {
            socket.getOutputStream()
                    .write("CLUSTER ADDSLOTSRANGE 0 16383\r\n".getBytes(StandardCharsets.US_ASCII));
            assertThat(answers.readLine()).isEqualTo("+OK");
        }
    }

    @Test
    void isWhatRedissonsOwnFileSays(@TempDir Path directory) throws Exception {
        Path file = directory.resolve("redisson.yaml");
        Files.writeString(file, "singleServerConfig:\n  address: " + DevServices.redisUrl() + "\n");
        locks.withPropertyValues("stagedoor.booking.lock.redisson=file:" + file)
                .run(RedisOfTheLocksTests::locksSeats);
    }

    /** Password, user and database as an operator would write them. */
    @Test
    void isUsedAsAUserWhoMayOnlyThat() {
        try (EmbeddedRedis redis = EmbeddedRedis.start()) {
            redis.ask(
                    "ACL SETUSER seller on >secret ~booking:* ~redisson_*" + " &redisson_* +@all");
            redis.ask("ACL SETUSER default resetkeys resetchannels");
            locks.withPropertyValues(
                            "spring.data.redis.host=127.0.0.1",
                            "spring.data.redis.port=" + redis.port(),
                            "spring.data.redis.username=seller",
                            "spring.data.redis.password=secret")
                    .run(
                            context -> {
                                locksSeats(context);
                                assertThat(context.getBean(RedisServers.class).toString())
                                        .contains("127.0.0.1")
                                        .doesNotContain("secret");
                            });
            assertThat(redis.ask("ACL LOG")).doesNotContain("redisson_", "booking:");
        }
    }

    /** As a Secret has it that somebody has not filled in, for a Redis that asks for nothing. */
    @Test
    void isToldNoUserAndNoPasswordThatAreEmpty() {
        URI redis = URI.create(DevServices.redisUrl());
        locks.withPropertyValues(
                        "spring.data.redis.host=" + redis.getHost(),
                        "spring.data.redis.port=" + redis.getPort(),
                        "spring.data.redis.username=",
                        "spring.data.redis.password=")
                .run(RedisOfTheLocksTests::locksSeats);
    }

    /**
     * The seats are sold by then: whoever has them waits once for all of them, and nobody else
     * does.
     */
    @Test
    void mayFreezeBeforeTheLocksAreLetGo() {
        try (EmbeddedRedis redis = EmbeddedRedis.start()) {
            locks.withPropertyValues(
                            "spring.data.redis.url=" + redis.url(),
                            "stagedoor.booking.lock.timeout=1s",
                            "stagedoor.booking.lock.pause=1m")
                    .run(
                            context -> {
                                locksSeats(context);
                                SeatLock lock = context.getBean(SeatLock.class);
                                Mono<Long> frozen =
                                        Mono.fromSupplier(
                                                () -> {
                                                    redis.freeze();
                                                    return System.nanoTime();
                                                });

                                long first = holding(lock, 10, frozen).block();
                                long answered = System.nanoTime();

                                assertThat(Duration.ofNanos(answered - first))
                                        .isLessThan(Duration.ofSeconds(6));
                                assertThat(quickestOfThree(lock)).isLessThan(Duration.ofSeconds(1));
                            });
        }
    }

    /** What waits for Redis waits each time; what a busy machine makes late may be late once. */
    private static Duration quickestOfThree(SeatLock lock) {
        return Stream.generate(
                        () -> {
                            long begun = System.nanoTime();
                            holding(lock, 10, Mono.just(0L)).block();
                            return Duration.ofNanos(System.nanoTime() - begun);
                        })
                .limit(3)
                .min(Comparator.naturalOrder())
                .orElseThrow();
    }

    private static <T> Mono<T> holding(SeatLock lock, int seats, Mono<T> work) {
        return lock.holding(
                new ScheduleId(1),
                IntStream.rangeClosed(1, seats)
                        .boxed()
                        .collect(Collectors.toCollection(TreeSet::new)),
                UserId.random(),
                null,
                work);
    }

    static void locksSeats(ApplicationContext context) {
        SeatLock lock = context.getBean(SeatLock.class);
        var taken =
                context.getBean(MeterRegistry.class)
                        .get("stagedoor.booking.seat.lock")
                        .tag("outcome", "taken")
                        .counter();
        await().until(
                        () -> {
                            String done =
                                    lock.holding(
                                                    new ScheduleId(1),
                                                    new TreeSet<>(List.of(1, 2)),
                                                    UserId.random(),
                                                    null,
                                                    Mono.just("done"))
                                            .block();
                            assertThat(done).isEqualTo("done");
                            return taken.count() > 0;
                        });
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                "spring.data.redis.url=localhost:6379 | -"
                        + " | spring.data.redis.url must be redis://host:port",
                "spring.data.redis.sentinel.master=m | spring.data.redis.sentinel.nodes=here"
                        + " | spring.data.redis.sentinel.nodes must be host:port",
                "stagedoor.booking.lock.redisson=file:/nowhere | -"
                        + " | stagedoor.booking.lock.redisson cannot be read",
                "- | - | the seat locks need a Redis"
            })
    void mustBeOneThatCanBeRead(String one, String another, String said) {
        locks.withPropertyValues(one == null ? "a=b" : one, another == null ? "a=b" : another)
                .run(
                        context ->
                                assertThat(context.getStartupFailure())
                                        .hasStackTraceContaining(said));
    }

    @Test
    void keepsALockAsLongAsAStatementMayTake() {
        locks.withPropertyValues(
                        "spring.data.redis.url=" + DevServices.redisUrl(),
                        "stagedoor.booking.database.statement-timeout=6s")
                .run(
                        context ->
                                assertThat(context.getStartupFailure())
                                        .rootCause()
                                        .hasMessage(
                                                "stagedoor.booking.lock.lease must not be shorter"
                                                    + " than"
                                                    + " stagedoor.booking.database.statement-timeout:"
                                                    + " PT5S"));
    }
}
