package dev.stagedoor.gateway.line;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.common.RoomId;
import dev.stagedoor.common.UserId;
import dev.stagedoor.gateway.line.OpenStreams.Stream;
import dev.stagedoor.gateway.share.Share;
import dev.stagedoor.gateway.share.Shares;
import dev.stagedoor.gateway.share.TestShares;
import dev.stagedoor.gateway.waitingroom.Ticket;

import org.junit.jupiter.api.Test;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

class OpenStreamsTests {

    private static final Ticket TICKET = new Ticket(new RoomId("main"), UserId.random(), 1, 1);

    private final OpenStreams streams = new OpenStreams(50);
    private final Share client = TestShares.of("192.0.2.7");

    /** The first ones are still ending when the next ones begin. */
    @Test
    void leavesATicketFourStreamsHoweverFastItOpensThem() {
        List<Stream> begun = begin(50);

        assertThat(begun.stream().filter(OpenStreamsTests::hasToEnd)).hasSize(46);
        assertThat(begun.subList(46, 50)).noneMatch(OpenStreamsTests::hasToEnd);
    }

    @Test
    void hasRoomAgainWhenAllHaveEndedInWhateverOrder() {
        List<Stream> begun = begin(50);
        assertThat(streams.begin(TICKET, client)).isEqualTo(OpenStreams.TooMany.HERE);

        begun.reversed().forEach(streams::ended);

        assertThat(begin(50)).hasSize(50);
    }

    @Test
    void leavesAClientItsShareAndNoOtherOneLess() {
        Shares shares = TestShares.with("limits.streams=2");
        Share greedy = shares.of(InetAddress.ofLiteral("192.0.2.7"));
        Share other = shares.of(InetAddress.ofLiteral("198.51.100.7"));
        Stream first = (Stream) streams.begin(TICKET, greedy);
        streams.begin(TICKET, greedy);

        assertThat(streams.begin(TICKET, greedy)).isEqualTo(OpenStreams.TooMany.OF_THE_CLIENT);
        assertThat(streams.begin(TICKET, other)).isInstanceOf(Stream.class);
        streams.ended(first);
        assertThat(streams.begin(TICKET, greedy)).isInstanceOf(Stream.class);
    }

    private List<Stream> begin(int count) {
        List<Stream> begun = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            begun.add((Stream) streams.begin(TICKET, client));
        }
        return begun;
    }

    private static boolean hasToEnd(Stream stream) {
        AtomicBoolean hasToEnd = new AtomicBoolean();
        stream.hasToEnd().doOnTerminate(() -> hasToEnd.set(true)).subscribe().dispose();
        return hasToEnd.get();
    }
}
