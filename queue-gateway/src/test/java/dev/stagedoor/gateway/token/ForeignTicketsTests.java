package dev.stagedoor.gateway.token;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.common.RoomId;
import dev.stagedoor.common.UserId;
import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.gateway.Gateways;
import dev.stagedoor.gateway.Upstream;
import dev.stagedoor.gateway.Visitor;
import dev.stagedoor.gateway.connection.Connection;
import dev.stagedoor.gateway.waitingroom.Ticket;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.context.ConfigurableApplicationContext;

import java.util.Map;

/**
 * Tickets that we have signed, of another room or another life of this one, by header and by
 * cookie. None gets anybody in, and none breaks anything.
 */
class ForeignTicketsTests {

    private static final String ROOM = "here";
    private static final String OTHER = "elsewhere";

    private static EmbeddedRedis redis;
    private static Upstream upstream;
    private static ConfigurableApplicationContext gateway;

    private static final Visitor INSIDE = new Visitor(ROOM);

    @BeforeAll
    static void theRoomIsFull() {
        redis = EmbeddedRedis.start();
        upstream = new Upstream();
        gateway =
                Gateways.startOn(
                        redis.url(),
                        upstream.url(),
                        "stagedoor.rooms." + ROOM + ".paths=/here/**",
                        "stagedoor.rooms." + ROOM + ".capacity=1",
                        "stagedoor.rooms." + ROOM + ".claim-timeout=5m",
                        "stagedoor.rooms." + ROOM + ".interval=100ms",
                        "stagedoor.rooms." + OTHER + ".paths=/elsewhere/**",
                        "stagedoor.rooms." + OTHER + ".interval=100ms");
        INSIDE.joins(gateway);
    }

    @AfterAll
    static void stop() {
        gateway.close();
        upstream.close();
        redis.close();
    }

    private enum Carrier {
        HEADER("Queue-Token: "),
        COOKIE("Cookie: queue-" + ROOM + "=");

        private final String before;

        Carrier(String before) {
            this.before = before;
        }
    }

    /** Nobody has been in line with it: it is a ticket, but one that is over. */
    @ParameterizedTest
    @EnumSource(Carrier.class)
    void aTicketOfALifeThatIsStillToComeIsOver(Carrier carrier) throws Exception {
        Ticket known = known();
        Ticket future = ticket(known.room(), known.sequence() + 1_000, known.epoch() + 3_600_000);

        assertAnswers(
                carrier.before + sign(future),
                Map.of(
                        "GET /here/seats", "401 queue-token-expired",
                        "POST /here/seats", "401 queue-token-expired",
                        "GET /api/v1/queue/tokens/current", "410 queue-token-expired",
                        "GET /api/v1/queue/events", "410 queue-token-expired"));
        assertAnswers(
                carrier.before + sign(future),
                Map.of("DELETE /api/v1/queue/tokens/current", "204 "));
    }

    /** No gateway knows that it was still in line when Redis lost whoever was. */
    @ParameterizedTest
    @EnumSource(Carrier.class)
    void aTicketOfAnEarlierLifeThatNobodyKnowsIsOver(Carrier carrier) throws Exception {
        Ticket known = known();
        Ticket forgotten = ticket(known.room(), known.sequence() - 3_000, earlierThan(known));
        gatewaysTellThatAllHadGoneUpTo(known.sequence() - 2_000);

        assertAnswers(
                carrier.before + sign(forgotten),
                Map.of(
                        "GET /here/seats", "401 queue-token-expired",
                        "POST /here/seats", "401 queue-token-expired",
                        "GET /api/v1/queue/tokens/current", "410 queue-token-expired",
                        "GET /api/v1/queue/events", "410 queue-token-expired"));
    }

    /** Redis has lost whoever was in line then: the place counts, before all that came later. */
    @ParameterizedTest
    @EnumSource(Carrier.class)
    void aTicketOfAnEarlierLifeWaitsInItsOwnPlace(Carrier carrier) throws Exception {
        Ticket known = known();
        Ticket earlier = ticket(known.room(), known.sequence() - 1_000, earlierThan(known));
        gatewaysTellThatAllHadGoneUpTo(known.sequence() - 2_000);

        assertAnswers(
                carrier.before + sign(earlier),
                Map.of(
                        "GET /here/seats", "429 queue-waiting",
                        "POST /here/seats", "429 queue-waiting",
                        "GET /api/v1/queue/tokens/current", "200 \"state\":\"WAITING\""));
        assertAnswers(
                carrier.before + sign(earlier),
                Map.of("DELETE /api/v1/queue/tokens/current", "204 "));
        assertAnswers(
                carrier.before + sign(earlier),
                Map.of(
                        "GET /here/seats", "401 queue-token-left",
                        "GET /api/v1/queue/events", "410 queue-token-left"));
    }

    /** At the gate it is none; at the queue it is asked about in its own room. */
    @ParameterizedTest
    @EnumSource(Carrier.class)
    void aTicketOfAnotherRoomIsNoneHere(Carrier carrier) throws Exception {
        Visitor visitor = new Visitor(OTHER);
        visitor.joins(gateway);

        assertAnswers(
                carrier.before + visitor.token(),
                Map.of(
                        "GET /here/seats", "401 queue-token-invalid",
                        "POST /here/seats", "401 queue-token-invalid",
                        "GET /api/v1/queue/tokens/current", "200 \"room\":\"" + OTHER + '"',
                        "GET /api/v1/queue/events", "200 "));
        assertAnswers(
                carrier.before + visitor.token(),
                Map.of("DELETE /api/v1/queue/tokens/current", "204 "));
    }

    private static void assertAnswers(String header, Map<String, String> expected)
            throws Exception {
        for (Map.Entry<String, String> row : expected.entrySet()) {
            try (Connection connection = new Connection(gateway)) {
                connection.send(
                        "%s HTTP/1.1\r\nHost: x\r\n%s\r\n\r\n".formatted(row.getKey(), header));

                Connection.Answer answer = connection.next();

                String[] told = row.getValue().split(" ", 2);
                assertThat(answer.status())
                        .as("%s: %s", row.getKey(), answer.body())
                        .isEqualTo(Integer.parseInt(told[0]));
                assertThat(answer.body()).contains(told[1]);
            }
        }
    }

    /** And nobody but those behind were in line. */
    private static void gatewaysTellThatAllHadGoneUpTo(long sequence) {
        redis.ask(
                "SET wr:{%s}:former \"%d %d %d %d \""
                        .formatted(ROOM, System.currentTimeMillis(), sequence, sequence, sequence));
    }

    private static long earlierThan(Ticket known) {
        return known.epoch() - 3_600_000;
    }

    private static Ticket known() {
        return gateway.getBean(QueueTokens.class).verify(INSIDE.token()).orElseThrow();
    }

    private static Ticket ticket(RoomId room, long sequence, long epoch) {
        return new Ticket(room, UserId.random(), sequence, epoch);
    }

    private static String sign(Ticket ticket) {
        return gateway.getBean(QueueTokens.class).sign(ticket);
    }
}
