package dev.stagedoor.gateway.connection;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.common.connection.IdleConnections;
import dev.stagedoor.gateway.answer.Answers;
import dev.stagedoor.gateway.meters.GatewayMeters;
import dev.stagedoor.gateway.share.Limits.Limit;
import dev.stagedoor.gateway.share.Shares;
import dev.stagedoor.gateway.share.TestShares;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpServerCodec;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.util.unit.DataSize;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Whose requests are too slow, and what is none of their fault. Time is moved by hand. */
class SlowRequestsTests {

    private static final int PAUSE = 10;
    private static final int LONGEST = 100;
    private static final String HALF_A_HEAD = "GET / HTTP/1.1\r\nHost: sale\r\n";
    private static final String HALF_A_BODY =
            "POST / HTTP/1.1\r\nHost: sale\r\nContent-Length: 10000\r\n\r\n{";

    private final Shares shares = TestShares.with();
    private final EmbeddedChannel client = new EmbeddedChannel();

    @BeforeEach
    void connect() {
        SlowRequests arriving =
                new SlowRequests(
                        Duration.ofSeconds(PAUSE),
                        Duration.ofSeconds(LONGEST),
                        DataSize.ofBytes(5),
                        new HeadMemory(shares, client),
                        new Answers(new GatewayMeters(new SimpleMeterRegistry())));
        client.freezeTime();
        client.pipeline()
                .addLast(arriving)
                .addLast(new HttpServerCodec())
                .addLast(SlowRequests.MESSAGES, arriving.messages());
    }

    @AfterEach
    void hangUp() {
        client.finishAndReleaseAll();
    }

    @Test
    void whoSendsNothingBetweenTwoRequestsDoesNotDrip() {
        sends(HALF_A_HEAD + "\r\n");
        passes(LONGEST);

        sends(HALF_A_BODY);

        assertThat(client.isOpen()).isTrue();
    }

    @Test
    void aBodyOfFewBytesASecondDripsHoweverMuchCameBefore() {
        sends(HALF_A_HEAD + "\r\n" + HALF_A_BODY);
        for (int second = 0; second < 4 * PAUSE && client.isOpen(); second++) {
            sends("a");
            passes(1);
        }

        assertThat(client.isOpen()).isFalse();
    }

    @Test
    void aBodyMayComeInBurstsThatAreNoFurtherApartThanAPauseMayBe() {
        sends(HALF_A_BODY);
        passes(PAUSE / 2);
        sends("a");
        passes(PAUSE - 3);
        sends("a");
        passes(PAUSE - 4);
        sends("a".repeat(60));

        passes(PAUSE / 2);

        assertThat(client.isOpen()).isTrue();
    }

    /** However much comes in each second. */
    @Test
    void aRequestMayLastOnlySoLong() {
        sends(HALF_A_BODY);
        for (int second = 0; second < LONGEST - 1; second++) {
            passes(1);
            sends("aaaaaaaaaa");
        }
        assertThat(client.isOpen()).isTrue();

        passes(1);

        assertThat(client.isOpen()).isFalse();
    }

    /** It waits for us, who read no more until the one before is answered. */
    @Test
    void halfAHeadBehindARequestThatIsNotAnsweredHasItsTimeFromThenOn() {
        isBeingAnswered(true);
        sends(HALF_A_HEAD);
        passes(3 * PAUSE);
        isBeingAnswered(false);
        passes(PAUSE - 1);
        assertThat(client.isOpen()).isTrue();

        passes(1);

        assertThat(told()).startsWith("HTTP/1.1 408 ");
        assertThat(client.isOpen()).isFalse();
    }

    @Test
    void aPauseOfABodyWhileWeDoNotReadIsNoPause() {
        sends(HALF_A_BODY);
        client.config().setAutoRead(false);
        passes(3 * PAUSE);
        client.config().setAutoRead(true);
        sends("a");
        passes(PAUSE / 2);
        sends("a");
        passes(PAUSE - 1);
        assertThat(client.isOpen()).isTrue();

        passes(1);

        assertThat(client.isOpen()).isFalse();
        assertThat(told()).as("what may be in the middle of an answer").isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\r\n\r\n"})
    void whoseHeadIsTooLargeForTheMemoryThatIsLeftIsToldSoAndNothingElse(String end) {
        takeAllMemory();

        sends(HALF_A_HEAD + "X-A: " + "a".repeat(5_000) + end);

        assertThat(told()).startsWith("HTTP/1.1 503 ");
        assertThat(client.isOpen()).isFalse();
        assertThat(client.inboundMessages()).isEmpty();
    }

    @Test
    void aLargeHeadIsOneInHoweverManyPiecesItComes() {
        takeAllMemory();

        sends(HALF_A_HEAD + "X-A: ");
        for (int i = 0; i < 5 && client.isOpen(); i++) {
            sends("a".repeat(1_000));
        }

        assertThat(told()).startsWith("HTTP/1.1 503 ");
    }

    @Test
    void aBodyIsNoHeadHoweverLargeItIs() {
        takeAllMemory();

        sends("POST / HTTP/1.1\r\nHost: sale\r\nContent-Length: 60000\r\n\r\n");
        for (int i = 0; i < 3; i++) {
            sends("a".repeat(20_000));
        }
        sends(HALF_A_HEAD);

        assertThat(client.isOpen()).isTrue();
    }

    /** It would be taken for the answer to the one before. */
    @Test
    void whoseHeadIsTooLargeBehindARequestThatIsNotAnsweredIsToldNothing() {
        takeAllMemory();
        isBeingAnswered(true);

        sends(HALF_A_HEAD + "X-A: " + "a".repeat(5_000));

        assertThat(told()).isEmpty();
        assertThat(client.isOpen()).isFalse();
    }

    private void sends(String text) {
        client.writeInbound(Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII));
    }

    private void passes(int seconds) {
        for (int second = 0; second < seconds; second++) {
            client.advanceTimeBy(1, TimeUnit.SECONDS);
            client.runScheduledPendingTasks();
        }
    }

    private void isBeingAnswered(boolean is) {
        client.attr(IdleConnections.IS_USED).set(is);
    }

    private void takeAllMemory() {
        while (shares.of(client).keeps(Limit.HEADS, 1_000)) {
            // until there is none left
        }
    }

    private String told() {
        StringBuilder told = new StringBuilder();
        for (ByteBuf part = client.readOutbound(); part != null; part = client.readOutbound()) {
            told.append(part.toString(StandardCharsets.UTF_8));
            part.release();
        }
        return told.toString();
    }
}
