package dev.stagedoor.gateway.line;

import dev.stagedoor.gateway.share.Limits.Limit;
import dev.stagedoor.gateway.waitingroom.Ticket;

import org.jspecify.annotations.Nullable;

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
    private final Map<Ticket, Deque<EventStream>> streams = new HashMap<>();
    private int open;
    private boolean isOver;

    OpenStreams(int most) {
        this.most = most;
    }

    enum Begun {
        ONE_MORE,
        TOO_MANY_HERE,
        TOO_MANY_OF_THE_CLIENT
    }

    Begun begin(EventStream stream) {
        if (!stream.client().beginsStream()) {
            return Begun.TOO_MANY_OF_THE_CLIENT;
        }
        if (!add(stream)) {
            stream.client().ends(Limit.STREAMS);
            return Begun.TOO_MANY_HERE;
        }
        EventStream last = lastOf(stream);
        if (last != null) {
            last.end(); // while it does, the next one may come
        }
        return Begun.ONE_MORE;
    }

    private synchronized boolean add(EventStream stream) {
        if (open >= most) {
            return false;
        }
        open++;
        streams.computeIfAbsent(stream.ticket(), _ -> new ArrayDeque<>(1)).add(stream);
        return true;
    }

    private synchronized @Nullable EventStream lastOf(EventStream stream) {
        if (isOver) {
            return stream;
        }
        Deque<EventStream> sameTicket = streams.get(stream.ticket());
        return sameTicket != null && sameTicket.size() > MOST_OF_ONE_TICKET
                ? sameTicket.remove()
                : null;
    }

    /** To be called once for each that has begun. */
    void ended(EventStream stream) {
        forget(stream);
        stream.client().ends(Limit.STREAMS);
    }

    private synchronized void forget(EventStream stream) {
        open--;
        streams.computeIfPresent(
                stream.ticket(),
                (_, sameTicket) -> {
                    sameTicket.removeIf(other -> other == stream);
                    return sameTicket.isEmpty() ? null : sameTicket;
                });
    }

    /** And whichever begins from now on. */
    void endAll() {
        all().forEach(EventStream::end);
    }

    private synchronized List<EventStream> all() {
        isOver = true;
        return streams.values().stream().<EventStream>mapMulti(Iterable::forEach).toList();
    }

    synchronized void beginAgain() {
        isOver = false;
    }
}
