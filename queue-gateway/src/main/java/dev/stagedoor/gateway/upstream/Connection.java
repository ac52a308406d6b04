package dev.stagedoor.gateway.upstream;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.CombinedChannelDuplexHandler;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequestEncoder;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseDecoder;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.List;

/**
 * A connection to an upstream, which carries one exchange after the other. It goes back to the pool
 * only when all that was read with the end of an answer is known to belong to it: whatever comes
 * when nobody has asked must not be taken for the answer to the next request (response
 * desynchronisation).
 */
final class Connection extends ChannelInboundHandlerAdapter {

    private final Pool pool;
    private final Channel channel;
    private final Answers answers = new Answers();
    private @Nullable Exchange current;
    private long exchanges;
    private long idleSince;

    Connection(Pool pool, Channel channel) {
        this.pool = pool;
        this.channel = channel;
    }

    ChannelHandler codec() {
        return new CombinedChannelDuplexHandler<>(answers, new HttpRequestEncoder());
    }

    void begin(Exchange exchange) {
        current = exchange;
        exchanges++;
        answers.haveSpoken = false;
        exchange.begin(this);
    }

    Channel channel() {
        return channel;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (current == null || current.isRead() || !(message instanceof HttpObject part)) {
            ReferenceCountUtil.release(message);
            close();
        } else {
            current.arrived(part);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        if (current == null ? answers.areBetween() : !current.isRead()) {
            return;
        }
        boolean isGoodForMore =
                current != null
                        && current.leavesConnectionOpen()
                        && answers.areBetween()
                        && channel.isActive();
        current = null;
        if (isGoodForMore) {
            channel.config().setAutoRead(true);
            pool.giveBack(this);
        } else {
            close();
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        if (current != null) {
            current.sendMore();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        if (current != null) {
            exceptionCaught(context, new IOException("The upstream has closed the connection"));
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        Exchange failed = current;
        current = null;
        close();
        if (failed != null) {
            boolean isBroken = cause instanceof IOException;
            failed.fail(cause, isBroken && exchanges > 1 && !answers.haveSpoken);
        }
    }

    void rests() {
        idleSince = System.nanoTime();
    }

    /** Since before that moment. */
    boolean isIdleSince(long before) {
        return idleSince - before < 0;
    }

    /** Whoever takes it over closes it. */
    Channel handOver() {
        current = null;
        channel.pipeline().remove(ResponseTimeout.class);
        return channel;
    }

    void close() {
        channel.close();
    }

    /**
     * What has come of an answer that is not told yet. What an upstream says before its answer,
     * like 103 Early Hints, is told to nobody.
     */
    private final class Answers extends HttpResponseDecoder {

        /** All that one may be asked to hold of a head. */
        private static final int LONGEST = 8192;

        /** Of a body, as much as one read brings: it goes on part by part, each wakes somebody. */
        private static final int LARGEST_PART = 64 << 10;

        private boolean haveBegun;

        /** Anything at all since the upstream was asked. */
        private boolean haveSpoken;

        Answers() {
            super(
                    new HttpDecoderConfig()
                            .setMaxInitialLineLength(LONGEST / 2)
                            .setMaxHeaderSize(LONGEST)
                            .setMaxChunkSize(LARGEST_PART));
        }

        /** Where nobody has asked for another protocol, what follows its 101 would be no HTTP. */
        @Override
        protected HttpMessage createMessage(String[] firstLine) {
            haveBegun = true;
            HttpResponse answer = (HttpResponse) super.createMessage(firstLine);
            boolean isSwitch = answer.status().equals(HttpResponseStatus.SWITCHING_PROTOCOLS);
            if (answer.status().codeClass() == HttpStatusClass.UNKNOWN
                    || isSwitch && (current == null || !current.isForAnUpgrade())) {
                throw new IllegalArgumentException("no status: " + firstLine[1]);
            }
            return answer;
        }

        @Override
        protected boolean isContentAlwaysEmpty(HttpMessage answer) {
            return current != null && current.isForAHead() || super.isContentAlwaysEmpty(answer);
        }

        @Override
        protected void decode(ChannelHandlerContext context, ByteBuf bytes, List<Object> told)
                throws Exception {
            haveSpoken = true;
            super.decode(context, bytes, told);
            if (!told.isEmpty() && told.getLast() instanceof LastHttpContent) {
                haveBegun = false;
            }
            if (!told.isEmpty()
                    && told.getFirst() instanceof HttpResponse first
                    && isInterim(first)) {
                told.clear();
                context.read();
            }
        }

        private static boolean isInterim(HttpResponse answer) {
            return answer.status().codeClass() == HttpStatusClass.INFORMATIONAL
                    && !answer.status().equals(HttpResponseStatus.SWITCHING_PROTOCOLS)
                    && answer.decoderResult().isSuccess();
        }

        boolean areBetween() {
            return !haveBegun && actualReadableBytes() == 0;
        }
    }
}
