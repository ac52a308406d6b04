package dev.stagedoor.gateway.line;

import dev.stagedoor.gateway.answer.Answers.StatusDocument;
import dev.stagedoor.gateway.answer.Refusals;
import dev.stagedoor.gateway.share.Shares.Share;
import dev.stagedoor.gateway.waitingroom.EndReason;
import dev.stagedoor.gateway.waitingroom.LineUnavailable;
import dev.stagedoor.gateway.waitingroom.Place;
import dev.stagedoor.gateway.waitingroom.PollInterval;
import dev.stagedoor.gateway.waitingroom.RoomView;
import dev.stagedoor.gateway.waitingroom.Standing;
import dev.stagedoor.gateway.waitingroom.Ticket;
import dev.stagedoor.gateway.waitingroom.Timings;
import dev.stagedoor.gateway.waitingroom.room.Room;

import io.netty.util.concurrent.EventExecutor;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import reactor.core.Disposable;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;

/**
 * One stream, and what has been told on it. All happens on the event loop of its connection. There
 * are thousands: whatever it does not need, it does not hold.
 */
public final class EventStream implements QueueEvents.Outcome {

    private static final Logger LOG = LoggerFactory.getLogger(EventStream.class);

    private static final Duration SIGN_EVERY =
            PollInterval.FIRST_SIGN_WITHIN.multipliedBy(10).dividedBy(22);

    /** Where it is written to; always called on the event loop. */
    public interface Outlet {

        /** Whether more would be taken in: if not, it is told of a later view. */
        boolean isReady();

        void tell(byte[] event);

        void end();
    }

    private final Ticket ticket;
    private final Share client;
    private final Audience audience;
    private @Nullable Standing first;
    private @Nullable Outlet outlet;

    /** In the audience; none before it is open. */
    private int seat = -1;

    boolean isAsking;
    boolean isOver;
    private boolean isToldOf;
    private long toldAhead;
    private long toldWaiting;
    private Place.@Nullable Notice toldNotice;
    private long toldAt;
    private Duration pause = Duration.ZERO;
    private long shownAt;

    EventStream(Ticket ticket, Standing first, Share client, Audience audience) {
        this.ticket = ticket;
        this.first = first;
        this.client = client;
        this.audience = audience;
    }

    Ticket ticket() {
        return ticket;
    }

    Share client() {
        return client;
    }

    // ── on any thread ───────────────────────────────────────────────────────────────────────────

    public void open(Outlet outlet) {
        later(() -> openHere(outlet));
    }

    /** Before its time. */
    void end() {
        later(this::endHere);
    }

    /** Nobody listens any more. */
    public void hasGone() {
        later(this::frees);
    }

    private void later(Runnable task) {
        if (audience.loop.inEventLoop()) {
            task.run();
        } else {
            audience.loop.execute(task);
        }
    }

    // ── on the event loop ───────────────────────────────────────────────────────────────────────

    private void openHere(Outlet outlet) {
        this.outlet = outlet;
        boolean hasToEnd = isOver;
        shows();
        hear(first);
        first = null;
        if (hasToEnd) {
            outlet.end();
        } else if (!isOver) {
            audience.add(this);
        }
    }

    private void endHere() {
        if (frees() && outlet != null) {
            outlet.end();
        }
    }

    private boolean frees() {
        if (isOver) {
            return false;
        }
        isOver = true;
        if (seat >= 0) {
            audience.remove(this);
        }
        audience.open.ended(this);
        return true;
    }

    /** There is a new view; whatever goes wrong here is nobody else's loss. */
    private void look() {
        try {
            if (!isAsking && outlet.isReady()) {
                look(audience.room);
            }
        } catch (RuntimeException error) {
            failed(error);
            endHere();
        }
    }

    private void look(Room room) {
        Standing standing = isSignDue(room) ? shown(room) : room.lookUp(ticket);
        if (standing == null) {
            ask(room);
        } else {
            hear(standing);
        }
    }

    /** As seldom as of somebody who polls, and so often that one may be lost. */
    private boolean isSignDue(Room room) {
        Duration silence = pause.compareTo(SIGN_EVERY) < 0 ? SIGN_EVERY : pause;
        return audience.nanoTime.getAsLong() - shownAt
                >= silence.minus(room.settings().interval()).toNanos();
    }

    private @Nullable Standing shown(Room room) {
        shows();
        return room.known(ticket).orElse(null);
    }

    private void shows() {
        shownAt = audience.nanoTime.getAsLong();
        client.shows(ticket);
    }

    /** Views that come meanwhile are not missed but skipped. */
    private void ask(Room room) {
        isAsking = true;
        shows();
        room.standing(ticket)
                .doFinally(_ -> later(() -> isAsking = false))
                .subscribe(standing -> later(() -> hasFound(standing)), this::failed);
    }

    private void hasFound(Standing standing) {
        if (!isOver) {
            hear(standing);
        }
    }

    private void failed(Throwable error) {
        if (!(error instanceof LineUnavailable)) {
            LOG.error("{}: a stream could not be told of its place", ticket.room(), error);
        }
    }

    private void hear(Standing standing) {
        switch (standing) {
            case Standing.Ended(EndReason reason) -> {
                outlet.tell(event("ended", code(reason)));
                endHere();
            }
            case Standing.Active _ -> {
                if (tells(standing)) {
                    endHere();
                }
            }
            case Standing.Waiting(long ahead) -> {
                RoomView view = audience.room.view().orElse(null);
                if (view != null && isNews(view, ahead) && tells(standing)) {
                    toldAhead = ahead;
                    toldWaiting = view.waiting();
                    toldNotice = view.notice().orElse(null);
                }
            }
        }
    }

    /** How many stand behind is told as seldom as to those who poll. */
    private boolean isNews(RoomView view, long ahead) {
        long silence = audience.nanoTime.getAsLong() - toldAt;
        return !isToldOf
                || ahead != toldAhead
                || view.notice().orElse(null) != toldNotice
                || view.waiting() != toldWaiting && silence >= pause.toNanos()
                || silence >= audience.longestSilenceNanos;
    }

    /** Not without a view that may be told: it is as it is, until there is one. */
    private boolean tells(Standing standing) {
        StatusDocument status =
                StatusDocument.of(ticket, standing, audience.room, null).orElse(null);
        if (status == null) {
            return false;
        }
        outlet.tell(event("status", status.json()));
        toldAt = audience.nanoTime.getAsLong();
        pause = status.pollAfter();
        return true;
    }

    private static byte[] code(EndReason reason) {
        return "{\"code\":\"%s\"}"
                .formatted(Refusals.gone(reason).code().code())
                .getBytes(StandardCharsets.UTF_8);
    }

    private byte[] event(String name, byte[] data) {
        byte[] head = (comeBack() + "event: " + name + "\ndata: ").getBytes(StandardCharsets.UTF_8);
        byte[] event = Arrays.copyOf(head, head.length + data.length + 2);
        System.arraycopy(data, 0, event, head.length, data.length);
        event[event.length - 2] = '\n';
        event[event.length - 1] = '\n';
        return event;
    }

    /**
     * When this gateway goes, its streams end in one moment; not all come to the next one in one.
     */
    private String comeBack() {
        if (isToldOf) {
            return "";
        }
        isToldOf = true;
        return "retry: " + ThreadLocalRandom.current().nextInt(1_000, 5_000) + "\n\n";
    }

    /**
     * Those who listen to one room on one event loop: a view is heard of once for all of them. They
     * are gone round some at a time, so that nobody else who is answered there has to wait for
     * long; views that come meanwhile are made up for by one more round.
     */
    static final class Audience {

        private static final int AT_A_TIME = 128;

        private final Room room;
        private final EventExecutor loop;

        /** Of which it is a part. */
        private final OpenStreams open;

        private final long longestSilenceNanos;
        private final LongSupplier nanoTime;

        private final List<EventStream> streams = new ArrayList<>();
        private final AtomicInteger news = new AtomicInteger();
        private @Nullable Disposable views;

        /** So many, from the first one on, have not had their turn in this round. */
        private int left;

        /** Views that this round is for. */
        private int heard;

        Audience(
                Room room,
                EventExecutor loop,
                OpenStreams open,
                Timings timings,
                LongSupplier nanoTime) {
            this.room = room;
            this.loop = loop;
            this.open = open;
            this.longestSilenceNanos = timings.longestSilence().toNanos();
            this.nanoTime = nanoTime;
        }

        private void add(EventStream stream) {
            stream.seat = streams.size();
            streams.add(stream);
            if (views == null) {
                views = room.views().subscribe(_ -> hear());
            }
        }

        /** The last one takes its seat: nobody loses their turn by it. */
        private void remove(EventStream stream) {
            EventStream last = streams.removeLast();
            if (last != stream) {
                last.seat = stream.seat;
                streams.set(last.seat, last);
            }
            if (streams.isEmpty() && views != null) {
                views.dispose();
                views = null;
            }
        }

        private void begin() {
            heard = news.get();
            left = streams.size();
            goRound();
        }

        private void goRound() {
            for (int i = 0; i < AT_A_TIME && left > 0; i++) {
                left = Math.min(left, streams.size()) - 1;
                if (left >= 0) {
                    streams.get(left).look();
                }
            }
            if (left > 0) {
                loop.execute(this::goRound);
            } else if (news.addAndGet(-heard) > 0) {
                loop.execute(this::begin);
            }
        }

        /** On any thread; all else on the event loop. */
        private void hear() {
            if (news.getAndIncrement() == 0) {
                loop.execute(this::begin);
            }
        }
    }
}
