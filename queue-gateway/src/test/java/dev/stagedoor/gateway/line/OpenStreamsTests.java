package dev.stagedoor.gateway.line;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.common.RoomId;
import dev.stagedoor.common.UserId;
import dev.stagedoor.gateway.line.OpenStreams.Stream;
import dev.stagedoor.gateway.waitingroom.Ticket;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

class OpenStreamsTests {

    private static final Ticket TICKET = new Ticket(new RoomId("main"), UserId.random(), 1, 1);

    private final OpenStreams streams = new OpenStreams(50);

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
        assertThat(streams.begin(TICKET)).isEmpty();

        begun.reversed().forEach(streams::ended);

        assertThat(begin(50)).hasSize(50);
    }

    private List<Stream> begin(int count) {
        List<Stream> begun = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            streams.begin(TICKET).ifPresent(begun::add);
        }
        return begun;
    }

    private static boolean hasToEnd(Stream stream) {
        AtomicBoolean hasToEnd = new AtomicBoolean();
        stream.hasToEnd().doOnTerminate(() -> hasToEnd.set(true)).subscribe().dispose();
        return hasToEnd.get();
    }
}
