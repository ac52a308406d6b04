package dev.stagedoor.gateway.line;

import dev.stagedoor.gateway.share.Share;
import dev.stagedoor.gateway.waitingroom.Ticket;

import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

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

    /** What comes of somebody who wants a stream. */
    sealed interface Begun {}

    record Stream(Ticket ticket, Share client, Sinks.Empty<Void> end) implements Begun {

        /** Completes when it has to end before its time. */
        Mono<Void> hasToEnd() {
            return end.asMono();
        }
    }

    enum TooMany implements Begun {
        HERE,
        OF_THE_CLIENT
    }

    Begun begin(Ticket ticket, Share client) {
        if (!client.beginsStream()) {
            return TooMany.OF_THE_CLIENT;
        }
        Begun begun = begin(new Stream(ticket, client, Sinks.empty()));
        if (begun == TooMany.HERE) {
            client.endsStream();
        }
        return begun;
    }

    private synchronized Begun begin(Stream stream) {
        if (open >= most) {
            return TooMany.HERE;
        }
        open++;
        Deque<Stream> sameTicket =
                streams.computeIfAbsent(stream.ticket(), _ -> new ArrayDeque<>(1));
        sameTicket.add(stream);
        if (sameTicket.size() > MOST_OF_ONE_TICKET) {
            sameTicket.remove().end().tryEmitEmpty(); // while it ends, the next one may come
        }
        return stream;
    }

    /** To be called once for whatever has come of it, however it ended. */
    void ended(Begun begun) {
        if (begun instanceof Stream stream) {
            forget(stream);
            stream.client().endsStream();
        }
    }

    private synchronized void forget(Stream stream) {
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
