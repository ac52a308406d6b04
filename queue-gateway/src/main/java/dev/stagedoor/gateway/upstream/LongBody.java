package dev.stagedoor.gateway.upstream;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;

import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

import java.util.ArrayDeque;
import java.util.Objects;
import java.util.Queue;

/**
 * The body of a long answer on its way: as much at a time as whoever reads it wants and the client
 * takes in. It comes on the thread of the pool, and is waited with while there is some of it here.
 */
final class LongBody implements Publisher<ByteBuf>, Subscription {

    private final Pool pool;
    private final Exchange exchange;

    /** What nobody has wanted yet. */
    private final Queue<ByteBuf> parts = new ArrayDeque<>(2);

    private @Nullable Pace pace;
    private @Nullable Subscriber<? super ByteBuf> reader;
    private long wanted;
    private boolean isHandingOut;
    private boolean isLetGo;
    private boolean isComplete;
    private @Nullable Throwable failure;

    LongBody(Pool pool, Exchange exchange) {
        this.pool = pool;
        this.exchange = exchange;
    }

    // ── as it arrives ───────────────────────────────────────────────────────────────────────────

    void arrived(ByteBuf part) {
        parts.add(part);
        handOut();
    }

    void complete() {
        isComplete = true;
        handOut();
    }

    /** Once what has arrived is handed out. */
    void fail(Throwable cause) {
        failure = cause;
        handOut();
    }

    // ── as it is passed on ──────────────────────────────────────────────────────────────────────

    Publisher<ByteBuf> to(Channel client) {
        pace = Pace.of(client, () -> pool.run(this::handOut));
        return this;
    }

    /** On any thread: what has ended meanwhile is told when it has begun. */
    @Override
    public void subscribe(Subscriber<? super ByteBuf> subscriber) {
        subscriber.onSubscribe(this);
        pool.run(
                () -> {
                    reader = subscriber;
                    handOut();
                });
    }

    /** On any thread. */
    @Override
    public void request(long more) {
        pool.run(
                () -> {
                    wanted = wanted + more < 0 ? Long.MAX_VALUE : wanted + more;
                    handOut();
                });
    }

    /** On any thread. */
    @Override
    public void cancel() {
        exchange.close();
    }

    private void handOut() {
        if (isHandingOut || isLetGo) {
            return;
        }
        Subscriber<? super ByteBuf> to = reader;
        isHandingOut = true;
        while (to != null && wanted > 0 && !parts.isEmpty() && pace().allows()) {
            wanted--;
            ByteBuf part = parts.remove();
            int bytes = part.readableBytes();
            to.onNext(part);
            pace().hasHandedOut(bytes);
        }
        isHandingOut = false;
        if (isLetGo) {
            return; // by whoever was just given some of it
        }
        if (parts.isEmpty() && to != null && (failure != null || isComplete)) {
            reader = null;
            end(to);
        } else {
            exchange.readOn(parts.isEmpty());
        }
    }

    private void end(Subscriber<? super ByteBuf> to) {
        if (failure == null) {
            to.onComplete();
        } else {
            to.onError(failure);
        }
    }

    private Pace pace() {
        return Objects.requireNonNull(pace);
    }

    /** Nobody wants more of it. */
    void letGo() {
        isLetGo = true;
        parts.forEach(ByteBuf::release);
        parts.clear();
        if (pace != null) {
            pace.end();
        }
    }
}
