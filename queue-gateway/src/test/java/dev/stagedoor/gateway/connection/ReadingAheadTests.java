package dev.stagedoor.gateway.connection;

import static io.netty.handler.codec.http.HttpResponseStatus.OK;
import static io.netty.handler.codec.http.HttpResponseStatus.REQUEST_HEADER_FIELDS_TOO_LARGE;
import static io.netty.handler.codec.http.HttpVersion.HTTP_1_1;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.gateway.Gateways;
import dev.stagedoor.gateway.Upstream;
import dev.stagedoor.gateway.Visitor;
import dev.stagedoor.gateway.answer.Answers;
import dev.stagedoor.gateway.meters.GatewayMeters;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.context.ConfigurableApplicationContext;

import reactor.core.publisher.Sinks;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** What is read of requests that are sent behind a stream, which ends only with the turn. */
class ReadingAheadTests {

    /** An offer that nobody takes: the lane leaves the stream to the server. */
    private static final String THE_LONG_WAY = "Upgrade: h2c\r\n";

    private static final int CONNECTIONS = 8;
    private static final int AHEAD = 120;
    private static final int CRUMBS = 10_000;

    /** As much as one look at a connection brings at most. */
    private static final long MOST = 64 * 1024;

    private static EmbeddedRedis redis;
    private static Upstream upstream;
    private static ConfigurableApplicationContext gateway;

    @BeforeAll
    static void start() {
        redis = EmbeddedRedis.start();
        upstream = new Upstream();
        gateway =
                Gateways.startOn(
                        redis.url(),
                        upstream.url(),
                        Arrived.SETTING,
                        "stagedoor.gateway.read-timeout=1m",
                        "stagedoor.rooms.main.mode=HOLD");
    }

    @AfterAll
    static void stop() {
        gateway.close();
        upstream.close();
        redis.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", THE_LONG_WAY})
    void readsLittleOfHeadsThatAreSentAhead(String way) throws Exception {
        String head = "GET / HTTP/1.1\r\nHost: x\r\nX-A: " + "a".repeat(14_000) + "\r\n\r\n";

        assertReadsLittleOf(head.repeat(AHEAD), way);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", THE_LONG_WAY})
    void readsLittleOfABodyThatIsSentAhead(String way) throws Exception {
        String post =
                "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2000000\r\n\r\n"
                        + "a".repeat(2_000_000);

        assertReadsLittleOf(post, way);
    }

    /** Each takes a hundred bytes of the heap, until the last line of the head is here. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET / HTTP/1.1\r\nHost: x\r\n",
                "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"
            })
    void closesWhoSendsHundredsOfFieldsBeforeTheyAreAllHere(String beginning) throws Exception {
        try (Connection connection = new Connection(gateway)) {
            connection.send(beginning + "a:\r\n".repeat(140));

            assertThat(connection.readUntilItCloses()).containsAnyOf("head-too-large", "missing");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", THE_LONG_WAY})
    void closesWhoSendsHundredsOfFieldsInHeadsThatAreSentAhead(String way) throws Exception {
        String head = "GET / HTTP/1.1\r\nHost: x\r\n" + "a:\r\n".repeat(110) + "\r\n";
        try (Connection connection = new Connection(gateway)) {
            readsMuchAtATime(connection);
            connection.send(stream(visitor(), way) + head.repeat(20));

            assertThat(connection.readUntilItCloses()).doesNotContain("queue-token-missing");
        }
    }

    @Test
    void countsTheFieldsOfThoseThatWaitAndOfNobodyWhoIsAnswered() {
        Answers answers = new Answers(new GatewayMeters(new SimpleMeterRegistry()));
        EmbeddedChannel channel = new EmbeddedChannel(new FaultyRequests(answers, Set.of()));
        channel.writeInbound(requestOf(100), requestOf(100), requestOf(100), requestOf(100));
        for (int i = 0; i < 100; i++) {
            channel.writeInbound(requestOf(100));
            channel.writeOutbound(new DefaultFullHttpResponse(HTTP_1_1, OK));
        }
        assertThat(statuses(channel)).hasSize(100).containsOnly(OK);

        channel.writeInbound(requestOf(113));
        for (int i = 0; i < 4; i++) {
            channel.writeOutbound(new DefaultFullHttpResponse(HTTP_1_1, OK));
        }

        assertThat(statuses(channel)).hasSize(105).endsWith(REQUEST_HEADER_FIELDS_TOO_LARGE);
        assertThat(channel.isOpen()).isFalse();
        channel.finishAndReleaseAll();
    }

    /** Each may end with what one read brings. */
    @Test
    void readsOnOnlyWhenNoWholeRequestIsBehindOneThatIsNotAnswered() {
        EmbeddedChannel channel = new EmbeddedChannel(new ReadingAhead());
        channel.writeInbound(wholeRequest());
        assertThat(channel.config().isAutoRead()).as("to hear of a hang-up").isTrue();
        channel.writeInbound(wholeRequest());
        assertThat(channel.config().isAutoRead()).isFalse();
        channel.writeInbound(wholeRequest());
        channel.read();

        channel.writeOutbound(new DefaultFullHttpResponse(HTTP_1_1, OK));
        assertThat(channel.config().isAutoRead()).as("two are left").isFalse();
        channel.writeOutbound(new DefaultFullHttpResponse(HTTP_1_1, OK));
        assertThat(channel.config().isAutoRead()).as("one is left").isTrue();
        channel.finishAndReleaseAll();
    }

    /** As whoever takes a body part by part does. */
    @Test
    void whoeverReadsByHandGoesOnByHand() {
        EmbeddedChannel channel = new EmbeddedChannel(new ReadingAhead());
        channel.config().setAutoRead(false);
        channel.writeInbound(wholeRequest(), wholeRequest());
        channel.read();

        channel.writeOutbound(new DefaultFullHttpResponse(HTTP_1_1, OK));

        assertThat(channel.config().isAutoRead()).isFalse();
        channel.finishAndReleaseAll();
    }

    private static DefaultFullHttpRequest wholeRequest() {
        return new DefaultFullHttpRequest(HTTP_1_1, HttpMethod.GET, "/");
    }

    private static List<HttpResponseStatus> statuses(EmbeddedChannel channel) {
        return channel.outboundMessages().stream()
                .map(answer -> ((HttpResponse) answer).status())
                .toList();
    }

    private static HttpRequest requestOf(int fields) {
        HttpRequest request = new DefaultHttpRequest(HTTP_1_1, HttpMethod.GET, "/");
        request.headers().set("Host", "x");
        for (int i = 1; i < fields; i++) {
            request.headers().add("a", "");
        }
        return request;
    }

    /** As it does where much has come. */
    private static void readsMuchAtATime(Connection connection) throws Exception {
        for (int i = 0; i < 8; i++) {
            connection.send("GET / HTTP/1.1\r\nHost: x\r\nX-A: " + "a".repeat(14_000) + "\r\n\r\n");
            assertThat(connection.nextStatus()).isEqualTo(200);
        }
    }

    @Test
    void putsTogetherWhatComesOfABodyInCrumbs() throws Exception {
        Sinks.One<Integer> received = Sinks.one();
        upstream.answers(
                (request, response) ->
                        request.receive()
                                .aggregate()
                                .doOnNext(body -> received.tryEmitValue(body.readableBytes()))
                                .then(response.send()));
        try (Connection connection = new Connection(gateway)) {
            connection.send(
                    "POST /api/v1/users HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                            + "1\r\nx\r\n".repeat(CRUMBS)
                            + "0\r\n\r\n");

            assertThat(connection.nextStatus()).isEqualTo(200);
            assertThat(received.asMono().block()).isEqualTo(CRUMBS);
            assertThat(Arrived.partsFrom(connection.address(), gateway)).isLessThan(CRUMBS / 5);
        }
    }

    private static void assertReadsLittleOf(String requests, String way) throws Exception {
        byte[] more = requests.getBytes(StandardCharsets.US_ASCII);
        List<Pusher> pushers = new ArrayList<>();
        try {
            for (int i = 0; i < CONNECTIONS; i++) {
                pushers.add(new Pusher(more, way));
            }
            await().pollInterval(Duration.ofMillis(50))
                    .until(
                            () ->
                                    !isAnyTaken(pushers)
                                            && pushers.stream().allMatch(it -> it.ahead() > 0));

            assertThat(pushers).extracting(Pusher::ahead).allMatch(ahead -> ahead <= MOST);
        } finally {
            for (Pusher pusher : pushers) {
                pusher.socket.close();
            }
        }
    }

    /** By the kernel, or by a gateway that has had time to answer somebody meanwhile. */
    private static boolean isAnyTaken(List<Pusher> pushers) throws Exception {
        long before = ahead(pushers);
        long taken = 0;
        for (Pusher pusher : pushers) {
            taken += pusher.pushesWhatIsTaken();
        }
        assertThat(pushers.getFirst().visitor.polls(gateway).statusCode()).isEqualTo(200);
        return taken > 0 || ahead(pushers) > before;
    }

    private static long ahead(List<Pusher> pushers) {
        return pushers.stream().mapToLong(Pusher::ahead).sum();
    }

    private static Visitor visitor() {
        Visitor visitor = new Visitor("main");
        visitor.joins(gateway);
        return visitor;
    }

    private static String stream(Visitor visitor, String way) {
        return "GET /api/v1/queue/events HTTP/1.1\r\nHost: x\r\nQueue-Token: "
                + visitor.token()
                + "\r\n"
                + way
                + "\r\n";
    }

    /** Somebody who sends as much as is taken, and reads only the beginning of the stream. */
    private static final class Pusher {

        private final Visitor visitor = visitor();
        private final SocketChannel socket;
        private final ByteBuffer stream;
        private final ByteBuffer more;

        Pusher(byte[] more, String way) throws Exception {
            this.stream = ByteBuffer.wrap(stream(visitor, way).getBytes(StandardCharsets.US_ASCII));
            this.socket =
                    SocketChannel.open(new InetSocketAddress("127.0.0.1", Gateways.port(gateway)));
            this.more = ByteBuffer.wrap(more);
            socket.write(stream);
            assertThat(socket.read(ByteBuffer.allocate(4_000))).isPositive();
            socket.configureBlocking(false);
        }

        int pushesWhatIsTaken() throws Exception {
            return socket.write(more);
        }

        long ahead() {
            return Arrived.from(socket.socket().getLocalSocketAddress(), gateway)
                    - stream.capacity();
        }
    }
}
