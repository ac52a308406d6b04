package dev.stagedoor.gateway.line;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.MAP;

import dev.stagedoor.common.RoomId;
import dev.stagedoor.common.UserId;
import dev.stagedoor.gateway.line.EventStream.Audience;
import dev.stagedoor.gateway.line.OpenStreams.Begun;
import dev.stagedoor.gateway.share.Shares;
import dev.stagedoor.gateway.share.Shares.Share;
import dev.stagedoor.gateway.share.TestShares;
import dev.stagedoor.gateway.waitingroom.Standing;
import dev.stagedoor.gateway.waitingroom.Ticket;
import dev.stagedoor.gateway.waitingroom.Timings;

import io.netty.channel.DefaultEventLoop;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.ImmediateEventExecutor;

import org.junit.jupiter.api.Test;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

class OpenStreamsTests {

    private static final Ticket TICKET = new Ticket(new RoomId("main"), UserId.random(), 1, 1);

    private final OpenStreams streams = new OpenStreams(50);
    private final Share client = TestShares.of("192.0.2.7");

    @Test
    void leavesATicketFourStreamsHoweverFastItOpensThem() {
        List<EventStream> begun = begin(50, ImmediateEventExecutor.INSTANCE);

        assertThat(begun.subList(0, 46)).allMatch(it -> it.isOver);
        assertThat(begun.subList(46, 50)).noneMatch(it -> it.isOver);
    }

    /** The first ones are still ending when the next ones begin. */
    @Test
    void hasRoomAgainWhenAllHaveEnded() throws Exception {
        DefaultEventLoop loop = new DefaultEventLoop();
        CountDownLatch isBusy = new CountDownLatch(1);
        loop.execute(() -> waitFor(isBusy));
        List<EventStream> begun = begin(50, loop);
        assertThat(streams.begin(stream(client, loop))).isEqualTo(Begun.TOO_MANY_HERE);

        begun.reversed().forEach(EventStream::hasGone);
        isBusy.countDown();
        loop.submit(() -> {}).get(10, TimeUnit.SECONDS);

        assertThat(begin(50, loop)).hasSize(50);
        loop.shutdownGracefully();
    }

    @Test
    void keepsNothingOfThoseThatHaveEnded() {
        begin(50, ImmediateEventExecutor.INSTANCE).forEach(EventStream::hasGone);

        assertThat(streams).extracting("streams").asInstanceOf(MAP).isEmpty();
    }

    private static void waitFor(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void leavesAClientItsShareAndNoOtherOneLess() {
        Shares shares = TestShares.with("limits.streams=2");
        Share greedy = shares.of(InetAddress.ofLiteral("192.0.2.7"));
        Share other = shares.of(InetAddress.ofLiteral("198.51.100.7"));
        EventStream first = stream(greedy);
        streams.begin(first);
        streams.begin(stream(greedy));

        assertThat(streams.begin(stream(greedy))).isEqualTo(Begun.TOO_MANY_OF_THE_CLIENT);
        assertThat(streams.begin(stream(other))).isEqualTo(Begun.ONE_MORE);
        first.end();
        first.hasGone();
        assertThat(streams.begin(stream(greedy))).isEqualTo(Begun.ONE_MORE);
        assertThat(streams.begin(stream(greedy))).isEqualTo(Begun.TOO_MANY_OF_THE_CLIENT);
    }

    @Test
    void endsAlsoWhoeverBeginsAfterTheEnd() {
        EventStream early = stream(client);
        EventStream late = stream(client);
        EventStream next = stream(client);
        streams.begin(early);

        streams.endAll();
        streams.begin(late);
        streams.beginAgain();
        streams.begin(next);

        assertThat(early.isOver).isTrue();
        assertThat(late.isOver).isTrue();
        assertThat(next.isOver).isFalse();
    }

    private List<EventStream> begin(int count, EventExecutor loop) {
        List<EventStream> begun = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            EventStream stream = stream(client, loop);
            assertThat(streams.begin(stream)).isEqualTo(Begun.ONE_MORE);
            begun.add(stream);
        }
        return begun;
    }

    private EventStream stream(Share owner) {
        return stream(owner, ImmediateEventExecutor.INSTANCE);
    }

    private EventStream stream(Share owner, EventExecutor loop) {
        return new EventStream(
                TICKET,
                new Standing.Waiting(0),
                owner,
                new Audience(null, loop, streams, Timings.USUAL, System::nanoTime));
    }
}
