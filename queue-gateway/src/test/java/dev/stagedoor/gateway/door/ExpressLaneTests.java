package dev.stagedoor.gateway.door;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.gateway.Gateways;
import dev.stagedoor.gateway.Upstream;
import dev.stagedoor.gateway.Visitor;
import dev.stagedoor.gateway.connection.Connection;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.context.ConfigurableApplicationContext;

import reactor.core.publisher.Mono;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Polls that the server never sees, beside requests that it does. */
@DisabledIfSystemProperty(named = Gateways.WITHOUT_LANE, matches = "true")
class ExpressLaneTests {

    private static final String ROOM = "lane";
    private static final String POLL =
            "GET /api/v1/queue/tokens/current HTTP/%s\r\nHost: sale\r\nQueue-Token: %s\r\n%s\r\n";

    private static final int LOOKS = 5;

    private static EmbeddedRedis redis;
    private static Upstream upstream;
    private static ConfigurableApplicationContext gateway;

    private static final Visitor INSIDE = new Visitor(ROOM);
    private static final Visitor FIRST = new Visitor(ROOM);
    private static final Visitor WAITING = new Visitor(ROOM);
    private static final Visitor GONE = new Visitor(ROOM);

    @BeforeAll
    static void oneIsInsideTwoWaitAndOneHasLeft() {
        redis = EmbeddedRedis.start();
        upstream = new Upstream();
        gateway =
                Gateways.startOn(
                        redis.url(),
                        upstream.url(),
                        "stagedoor.rooms." + ROOM + ".capacity=1",
                        "stagedoor.rooms." + ROOM + ".batch=1",
                        "stagedoor.rooms." + ROOM + ".session=1h");
        Stream.of(INSIDE, FIRST, WAITING, GONE).forEach(visitor -> visitor.joins(gateway));
        GONE.leaves(gateway);
        await().until(
                        () ->
                                INSIDE.gets(gateway, "/seats").statusCode() == 200
                                        && Stream.of(INSIDE, WAITING, GONE)
                                                .allMatch(it -> Gateways.isCertainOf(it, gateway)));
    }

    @AfterAll
    static void stop() {
        gateway.close();
        upstream.close();
        redis.close();
    }

    @Test
    void answersPollsThatWereSentTogether() throws Exception {
        try (Connection connection = new Connection(gateway)) {
            connection.send(poll(WAITING) + poll(GONE) + poll(INSIDE));

            assertThat(connection.next().body()).contains("\"state\":\"WAITING\"");
            assertThat(connection.nextStatus()).isEqualTo(410);
            assertThat(connection.next().body()).contains("\"state\":\"ACTIVE\"");
        }
    }

    @Test
    void answersOnAndOn() throws Exception {
        try (Connection connection = new Connection(gateway)) {
            for (int i = 0; i < 20; i++) {
                connection.send(poll(WAITING));
                assertThat(connection.nextStatus()).isEqualTo(200);
                connection.send(poll(GONE).substring(0, 50));
                connection.send(poll(GONE).substring(50));
                assertThat(connection.nextStatus()).isEqualTo(410);
                connection.send(seats());
                assertThat(connection.nextStatus()).isEqualTo(200);
            }
        }
    }

    @Test
    void overtakesNoRequestOfTheSameConnection() throws Exception {
        upstream.answers(
                (_, response) ->
                        Mono.delay(Duration.ofMillis(300))
                                .then(
                                        response.header("Content-Length", "4")
                                                .sendString(Mono.just("slow"))
                                                .then()));
        try (Connection connection = new Connection(gateway)) {
            connection.send(poll(WAITING) + seats() + poll(WAITING) + seats() + poll(GONE));

            assertThat(connection.next().body()).contains("\"state\":\"WAITING\"");
            assertThat(connection.next().body()).isEqualTo("slow");
            assertThat(connection.next().body()).contains("\"state\":\"WAITING\"");
            assertThat(connection.next().body()).isEqualTo("slow");
            assertThat(connection.nextStatus()).isEqualTo(410);
        } finally {
            upstream.answers((_, response) -> response.send());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"1.1 Connection: close", "1.0 Accept: */*"})
    void closesTheConnectionOfWhoeverAsksForNoMore(String how) throws Exception {
        try (Connection connection = new Connection(gateway)) {
            String[] words = how.split(" ", 2);
            connection.send(
                    POLL.formatted(words[0], WAITING.token(), words[1] + "\r\n") + poll(GONE));

            assertThat(connection.readUntilItCloses())
                    .startsWith("HTTP/1.1 200 OK\r\n")
                    .containsOnlyOnce("HTTP/1.1 ")
                    .contains("\"state\":\"WAITING\"");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Content-Length: 2\r\n\r\nab",
                "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n",
                "Upgrade: h2c\r\n\r\n"
            })
    void leavesWhatIsMoreThanAHeadToTheServer(String more) throws Exception {
        String head = poll(WAITING);
        try (Connection connection = new Connection(gateway)) {
            connection.send(head.substring(0, head.length() - 2) + more + poll(GONE));

            assertThat(connection.next().body()).contains("\"state\":\"WAITING\"");
            assertThat(connection.nextStatus()).isEqualTo(410);
        }
    }

    /** What is not taken in stays with the kernel and the client. */
    @Test
    void answersNobodyOnAndOnWhoReadsNothing() throws Exception {
        double before = polls();
        int most = 200_000;
        AtomicLong sent = new AtomicLong();
        String hundred = poll(WAITING).repeat(100);
        try (Connection connection = new Connection(gateway)) {
            Thread sender =
                    Thread.startVirtualThread(
                            () -> sendOnAndOn(connection, hundred, most / 100, sent));

            while (sender.isAlive() && !standsStill(sender, sent)) {
                assertThat(sent).hasValueLessThan(most / 100);
            }

            assertThat(polls() - before).isBetween(100.0, most * 0.75);
        }
    }

    /** At every one of some looks, while nobody but others is answered. */
    private static boolean standsStill(Thread sender, AtomicLong sent) {
        long before = sent.get();
        double answered = polls();
        return IntStream.range(0, LOOKS)
                        .allMatch(
                                _ -> {
                                    LockSupport.parkNanos(Duration.ofMillis(100).toNanos());
                                    return FIRST.polls(gateway).statusCode() == 200
                                            && sender.getState() == Thread.State.WAITING
                                            && sent.get() == before;
                                })
                && polls() - answered <= LOOKS;
    }

    private static void sendOnAndOn(
            Connection connection, String polls, int times, AtomicLong sent) {
        try {
            for (int i = 0; i < times; i++) {
                connection.send(polls);
                sent.incrementAndGet();
            }
        } catch (IOException _) {
            // closed by then
        }
    }

    private static double polls() {
        return gateway
                .getBean(MeterRegistry.class)
                .find("stagedoor.queue.polls")
                .counters()
                .stream()
                .mapToDouble(Counter::count)
                .sum();
    }

    private static String poll(Visitor visitor) {
        return POLL.formatted("1.1", visitor.token(), "");
    }

    private static String seats() {
        return "GET /seats HTTP/1.1\r\nHost: sale\r\nQueue-Token: %s\r\n\r\n"
                .formatted(INSIDE.token());
    }
}
