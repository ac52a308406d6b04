package dev.stagedoor.gateway.upstream;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.LastHttpContent;

import org.reactivestreams.Subscription;

import reactor.core.publisher.BaseSubscriber;

import java.util.function.Consumer;

/**
 * The body of a request on its way: as much at a time as the upstream takes. It comes on the thread
 * of the client and goes on that of the pool.
 */
final class Sending extends BaseSubscriber<ByteBuf> {

    private final Pool pool;
    private final Channel channel;
    private final Consumer<Throwable> failed;
    private boolean isAsked;
    private boolean isSent;

    Sending(Pool pool, Channel channel, Consumer<Throwable> failed) {
        this.pool = pool;
        this.channel = channel;
        this.failed = failed;
    }

    @Override
    protected void hookOnSubscribe(Subscription subscription) {
        pool.run(this::more);
    }

    @Override
    protected void hookOnNext(ByteBuf part) {
        pool.run(
                () -> {
                    isAsked = false;
                    channel.writeAndFlush(new DefaultHttpContent(part), channel.voidPromise());
                    more();
                });
    }

    void more() {
        if (!isAsked && !isSent && channel.isWritable()) {
            isAsked = true;
            request(1);
        }
    }

    @Override
    protected void hookOnComplete() {
        pool.run(
                () -> {
                    isSent = true;
                    channel.writeAndFlush(
                            LastHttpContent.EMPTY_LAST_CONTENT, channel.voidPromise());
                });
    }

    @Override
    protected void hookOnError(Throwable error) {
        pool.run(() -> failed.accept(error));
    }

    /** To its end. */
    boolean isSent() {
        return isSent;
    }
}
