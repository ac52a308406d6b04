package dev.stagedoor.gateway.forward;

import dev.stagedoor.gateway.share.Limits.Limit;
import dev.stagedoor.gateway.share.Shares.Share;
import dev.stagedoor.gateway.upstream.UpstreamProperties;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpHeaderNames;

import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.netty.channel.ChannelOperations;
import reactor.netty.http.server.HttpServerRequest;

/**
 * The body of a request. Its beginning, mostly all of it, is gathered before a connection to the
 * upstream is taken: one that drips in (slow post) holds nothing but the visitor's own. It becomes
 * one buffer, so that what is kept are its bytes and nothing of the frame that they came in; and
 * who keeps how much is counted. The rest goes on piece by piece, as the upstream wants it.
 *
 * <p>All of it happens on the thread of the client, who may disappear at any time.
 */
final class Body implements CoreSubscriber<ByteBuf>, Publisher<ByteBuf>, Subscription {

    private static final int DIGITS_OF_LONG = 18;

    private final HttpServerRequest request;
    private final Channel channel;
    private final Share client;
    private final Limit kind;
    private final long mostGathered;
    private final long most;

    private @Nullable MonoSink<Body> told;
    private @Nullable Subscription source;
    private long size;

    /** Until it is handed on. */
    private @Nullable ByteBuf beginning;

    private long kept;

    private @Nullable Subscriber<? super ByteBuf> reader;
    private boolean hasBegun;
    private boolean isWanted;
    private boolean isRead;
    private boolean isOver;
    private @Nullable Throwable failure;

    /**
     * @param kind of the memory that it takes
     */
    Body(
            HttpServerRequest request,
            Channel channel,
            Share client,
            Limit kind,
            UpstreamProperties upstream) {
        this.request = request;
        this.channel = channel;
        this.client = client;
        this.kind = kind;
        this.mostGathered = upstream.bodyBuffer().toBytes();
        this.most = upstream.maxBodySize().toBytes();
    }

    // ── as it comes ─────────────────────────────────────────────────────────────────────────────

    /** This, as soon as enough of it is here. To be followed by {@link #close} in any case. */
    Mono<Body> begins() {
        return isTooLargeAsTold() ? Mono.error(Refused.TOO_LARGE) : Mono.create(this::receive);
    }

    private boolean isTooLargeAsTold() {
        String length = request.requestHeaders().get(HttpHeaderNames.CONTENT_LENGTH, "0");
        return length.length() > DIGITS_OF_LONG || Long.parseLong(length) > most;
    }

    private void receive(MonoSink<Body> told) {
        this.told = told;
        request.receive().subscribe(this);
    }

    @Override
    public void onSubscribe(Subscription source) {
        this.source = source;
        if (isOver) {
            source.cancel();
        } else {
            source.request(1);
        }
    }

    /** Whoever calls releases it. */
    @Override
    public void onNext(ByteBuf part) {
        if (isRead || isOver) {
            return;
        }
        size += part.readableBytes();
        if (size > most) {
            giveUp(Refused.TOO_LARGE);
        } else if (hasBegun) {
            reader.onNext(part.retain());
        } else {
            gather(part);
        }
    }

    private void gather(ByteBuf part) {
        ByteBuf all = beginning == null ? channel.alloc().buffer(part.readableBytes()) : beginning;
        beginning = all;
        boolean isEnough = size >= mostGathered;
        if (isEnough && part.readableBytes() > all.writableBytes()) {
            all.capacity(all.writerIndex() + part.readableBytes()); // twice as much is for more
        }
        all.writeBytes(part);
        if (!mayKeep(all.capacity() - kept)) {
            giveUp(Refused.TOO_MUCH);
        } else if (isEnough) {
            begin();
        } else {
            source.request(1);
        }
    }

    private boolean mayKeep(long more) {
        if (more > 0 && !client.keeps(kind, more)) {
            return false;
        }
        kept += more;
        return true;
    }

    private void giveUp(Throwable why) {
        source.cancel();
        end(why);
    }

    /**
     * The server says so as well of what it does not want to read any more, as its answer is out:
     * what goes on as whole must be whole.
     */
    @Override
    public void onComplete() {
        ChannelOperations<?, ?> server = ChannelOperations.get(channel);
        if (server != null && !server.isInboundCancelled()) {
            end(null);
        }
    }

    /** However the client's connection has ended, the upstream has no part in it. */
    @Override
    public void onError(Throwable cause) {
        end(new BrokenOff(cause));
    }

    private void end(@Nullable Throwable why) {
        if (isRead || isOver) {
            return;
        }
        isRead = true;
        failure = why;
        if (isWanted) {
            conclude();
        } else if (hasBegun) {
            // told when it is asked for
        } else if (why == null) {
            begin();
        } else {
            told.error(why);
        }
    }

    private void begin() {
        hasBegun = true;
        told.success(this);
    }

    // ── as it goes on ───────────────────────────────────────────────────────────────────────────

    /** Once, on any thread, when it has begun. */
    @Override
    public void subscribe(Subscriber<? super ByteBuf> subscriber) {
        reader = subscriber;
        subscriber.onSubscribe(this);
    }

    /** On any thread. */
    @Override
    public void request(long more) {
        run(() -> handOn(more));
    }

    private void handOn(long more) {
        if (isOver) {
            return;
        }
        isWanted = true;
        ByteBuf first = beginning;
        if (first != null) {
            forget();
            reader.onNext(first);
        }
        long left = first == null ? more : more - 1;
        if (isRead) {
            conclude();
        } else if (left > 0) {
            source.request(left);
        }
    }

    private void conclude() {
        if (isOver) {
            return;
        }
        isOver = true;
        if (failure == null) {
            reader.onComplete();
        } else {
            reader.onError(failure);
        }
    }

    private void forget() {
        beginning = null;
        client.letsGo(kind, kept);
        kept = 0;
    }

    // ── the end ─────────────────────────────────────────────────────────────────────────────────

    @Override
    public void cancel() {
        close();
    }

    /** Nobody wants more of it. On any thread, and also when it is over already. */
    void close() {
        run(
                () -> {
                    isOver = true;
                    if (source != null && !isRead) {
                        source.cancel();
                    }
                    if (beginning != null) {
                        beginning.release();
                        forget();
                    }
                });
    }

    private void run(Runnable step) {
        if (channel.eventLoop().inEventLoop()) {
            step.run();
        } else {
            channel.eventLoop().execute(step);
        }
    }

    /** By the client, of whom nothing more comes. */
    static final class BrokenOff extends RuntimeException {

        private static final long serialVersionUID = 1;

        private BrokenOff(Throwable cause) {
            super("A body is broken off", cause, false, false);
        }
    }

    /** Nobody reads the rest. */
    static final class Refused extends RuntimeException {

        private static final long serialVersionUID = 1;

        /** More came than anybody may send. */
        private static final Refused TOO_LARGE = new Refused(Forwarded.Failed.TOO_LARGE);

        /** Others have sent so much that there is no room for this one. */
        private static final Refused TOO_MUCH = new Refused(Forwarded.Failed.BUSY);

        final Forwarded.Failed outcome;

        private Refused(Forwarded.Failed outcome) {
            super("A body is refused: " + outcome, null, false, false);
            this.outcome = outcome;
        }
    }
}
