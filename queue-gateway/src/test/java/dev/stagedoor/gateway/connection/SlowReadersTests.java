package dev.stagedoor.gateway.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.timeout.IdleStateHandler;
import io.netty.handler.timeout.WriteTimeoutHandler;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Beside what Netty has of the kind. */
class SlowReadersTests {

    private static final long MILLIS = 100;
    private static final long FOREVER = 20_000;
    private static final int ANSWER = 1 << 20;

    private final Client client = new Client();

    @AfterEach
    void hangUp() {
        client.close();
    }

    @Test
    void leaveAloneWhoeverTakesInALittleFromTimeToTimeAndNobodyElse() {
        guardedBy(new SlowReaders(Duration.ofMillis(MILLIS), client));

        takesIn(true, 5 * MILLIS);
        assertThat(client.isOpen()).isTrue();

        takesIn(false, FOREVER);
        assertThat(client.isOpen()).isFalse();
    }

    @Test
    void waitNoLongerForWhoeverTakesNothingHoweverOftenItIsFlushed() {
        guardedBy(new SlowReaders(Duration.ofMillis(MILLIS), client));
        for (int passed = 1; passed < MILLIS; passed++) {
            takesIn(false, 1);
            client.flush();
        }
        assertThat(client.isOpen()).isTrue();

        takesIn(false, 1);

        assertThat(client.isOpen()).isFalse();
    }

    @Test
    void waitForNobodyWhoHasAllAndForWhoeverGetsMoreOnceAgain() {
        guardedBy(new SlowReaders(Duration.ofMillis(MILLIS), client));
        client.takesIn(ANSWER);
        takesIn(false, 5 * MILLIS);
        assertThat(client.isOpen()).isTrue();
        answer();
        takesIn(false, MILLIS - 1);
        assertThat(client.isOpen()).isTrue();

        takesIn(false, 1);

        assertThat(client.isOpen()).isFalse();
    }

    /** Once it does not, {@link SlowReaders} may go. */
    @Test
    void nettyCallsAClientIdleThatTakesInALittle() {
        guardedBy(
                new IdleStateHandler(true, 0, MILLIS, 0, TimeUnit.MILLISECONDS),
                new ChannelDuplexHandler() {
                    @Override
                    public void userEventTriggered(ChannelHandlerContext context, Object event) {
                        context.close();
                    }
                });

        takesIn(true, FOREVER);

        assertThat(client.isOpen()).isFalse();
    }

    @Test
    void nettyWaitsNoLongerForAWriteHoweverMuchOfItIsTakenIn() {
        guardedBy(new WriteTimeoutHandler(MILLIS, TimeUnit.MILLISECONDS));

        takesIn(true, FOREVER);

        assertThat(client.isOpen()).isFalse();
    }

    private void guardedBy(ChannelHandler... guards) {
        client.freezeTime();
        client.pipeline().addLast(guards);
        answer();
    }

    private void answer() {
        client.write(Unpooled.wrappedBuffer(new byte[ANSWER]));
        client.flush();
    }

    /** A byte for each millisecond, until it is closed. */
    private void takesIn(boolean something, long longest) {
        for (long passed = 0; client.isOpen() && passed < longest; passed++) {
            client.takesIn(something ? 1 : 0);
            client.advanceTimeBy(1, TimeUnit.MILLISECONDS);
            client.runScheduledPendingTasks();
        }
    }

    /** Takes in what it is told to. */
    private static final class Client extends EmbeddedChannel {

        @Override
        protected void doWrite(ChannelOutboundBuffer pending) {}

        void takesIn(int bytes) {
            ChannelOutboundBuffer pending = unsafe().outboundBuffer();
            if (pending != null) {
                pending.removeBytes(bytes);
            }
        }
    }
}
