package dev.stagedoor.gateway.upstream;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseDecoder;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.LastHttpContent;

import java.util.List;
import java.util.function.BooleanSupplier;

/** Knows whether anything has come of an answer that is not told yet. */
final class AnswerDecoder extends HttpResponseDecoder {

    /** All that one may be asked to hold of a head. */
    private static final int LONGEST = 8192;

    /** Of a body, as much as one read brings: it goes on part by part, and each wakes somebody. */
    private static final int LARGEST_PART = 64 << 10;

    private final BooleanSupplier isToAHead;
    private boolean hasBegun;
    private boolean hasSpoken;

    AnswerDecoder(BooleanSupplier isToAHead) {
        super(
                new HttpDecoderConfig()
                        .setMaxInitialLineLength(LONGEST / 2)
                        .setMaxHeaderSize(LONGEST)
                        .setMaxChunkSize(LARGEST_PART));
        this.isToAHead = isToAHead;
    }

    @Override
    protected HttpMessage createMessage(String[] firstLine) {
        hasBegun = true;
        HttpMessage answer = super.createMessage(firstLine);
        if (((HttpResponse) answer).status().codeClass() == HttpStatusClass.UNKNOWN) {
            throw new IllegalArgumentException("no status: " + firstLine[1]);
        }
        return answer;
    }

    @Override
    protected boolean isContentAlwaysEmpty(HttpMessage answer) {
        return isToAHead.getAsBoolean() || super.isContentAlwaysEmpty(answer);
    }

    @Override
    protected void decode(ChannelHandlerContext context, ByteBuf bytes, List<Object> told)
            throws Exception {
        hasSpoken = true;
        super.decode(context, bytes, told);
        if (!told.isEmpty() && told.getLast() instanceof LastHttpContent) {
            hasBegun = false;
        }
    }

    void isAsked() {
        hasSpoken = false;
    }

    /** Whether anything at all has come since the upstream was asked. */
    boolean hasSpoken() {
        return hasSpoken;
    }

    boolean isBetweenAnswers() {
        return !hasBegun && actualReadableBytes() == 0;
    }
}
