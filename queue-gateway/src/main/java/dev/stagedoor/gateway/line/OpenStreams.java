package dev.stagedoor.gateway.line;

import dev.stagedoor.gateway.waitingroom.Ticket;

import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Every stream that is open, a few per ticket: whoever opens one tab more wants that one, so the
 * oldest ends.
 */
final class OpenStreams {

    private static final int MOST_OF_ONE_TICKET = 4;

    private final int most;
    private final Map<Ticket, Deque<Stream>> streams = new HashMap<>();
    private int open;

    OpenStreams(int most) {
        this.most = most;
    }

    record Stream(Ticket ticket, Sinks.Empty<Void> end) {

        /** Completes when it has to end before its time. */
        Mono<Void> hasToEnd() {
            return end.asMono();
        }
    }

    /** Nothing if there are as many as there may be. */
    synchronized Optional<Stream> begin(Ticket ticket) {
        if (open >= most) {
            return Optional.empty();
        }
        open++;
        Stream stream = new Stream(ticket, Sinks.empty());
        Deque<Stream> sameTicket = streams.computeIfAbsent(ticket, _ -> new ArrayDeque<>(1));
        sameTicket.add(stream);
        if (sameTicket.size() > MOST_OF_ONE_TICKET) {
            sameTicket.remove().end().tryEmitEmpty(); // while it ends, the next one may come
        }
        return Optional.of(stream);
    }

    /** To be called once for each that has begun, however it ended. */
    synchronized void ended(Stream stream) {
        open--;
        streams.computeIfPresent(
                stream.ticket(),
                (_, sameTicket) -> {
                    sameTicket.removeIf(other -> other == stream);
                    return sameTicket.isEmpty() ? null : sameTicket;
                });
    }

    void endAll() {
        all().forEach(stream -> stream.end().tryEmitEmpty());
    }

    private synchronized List<Stream> all() {
        return streams.values().stream().<Stream>mapMulti(Iterable::forEach).toList();
    }
}
