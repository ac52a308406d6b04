package dev.stagedoor.gateway.line;

import dev.stagedoor.gateway.waitingroom.Timings;
import dev.stagedoor.gateway.waitingroom.room.Room;

import io.netty.util.concurrent.EventExecutor;

import org.jspecify.annotations.Nullable;

import reactor.core.Disposable;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;

/**
 * Those who listen to one room on one event loop: a view is heard of once for all of them. They are
 * gone round some at a time, so that nobody else who is answered there has to wait for long; views
 * that come meanwhile are made up for by one more round.
 */
final class Audience {

    private static final int AT_A_TIME = 128;

    final Room room;
    final EventExecutor loop;

    /** Of which it is a part. */
    final OpenStreams open;

    final long longestSilenceNanos;
    final LongSupplier nanoTime;

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

    // ── on the event loop ───────────────────────────────────────────────────────────────────────

    void add(EventStream stream) {
        stream.seat = streams.size();
        streams.add(stream);
        if (views == null) {
            views = room.views().subscribe(_ -> hear());
        }
    }

    /** The last one takes its seat: nobody loses their turn by it. */
    void remove(EventStream stream) {
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

    // ── on any thread ───────────────────────────────────────────────────────────────────────────

    private void hear() {
        if (news.getAndIncrement() == 0) {
            loop.execute(this::begin);
        }
    }
}
