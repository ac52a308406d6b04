package dev.stagedoor.gateway.connection;

import dev.stagedoor.gateway.share.Limits.Limit;
import dev.stagedoor.gateway.share.Shares;
import dev.stagedoor.gateway.share.Shares.Share;

import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpRequest;

/**
 * What the heads of one connection take of memory beyond what any may. What has come of a head is
 * kept until the rest comes, and the decoder keeps room for the longest field of all so far: so it
 * is counted until the connection ends.
 */
final class HeadMemory {

    /** Nearly all heads are smaller, and cost nothing here. */
    private static final int USUAL = 4 * 1024;

    private static final int STEP = 4 * 1024;

    /** A colon, a blank, and the end of the line. */
    private static final int BETWEEN = 4;

    /** Its blanks, its version and its end; and the empty line. */
    private static final int FIRST_LINE = 14;

    private final Shares shares;
    private final Channel channel;
    private int counted;

    HeadMemory(Shares shares, Channel channel) {
        this.shares = shares;
        this.channel = channel;
    }

    static boolean isUnusual(int bytes) {
        return bytes > USUAL;
    }

    /** How many bytes it was on the line, about. */
    static int sizeOf(Object message) {
        int size = 0;
        if (message instanceof HttpRequest request) {
            size = request.method().name().length() + request.uri().length() + FIRST_LINE;
            for (var fields = request.headers().iteratorCharSequence(); fields.hasNext(); ) {
                var field = fields.next();
                size += field.getKey().length() + field.getValue().length() + BETWEEN;
            }
        }
        return message instanceof HttpContent part ? size + part.content().readableBytes() : size;
    }

    /**
     * Whether there is memory for a head of so many bytes so far: each twice, where it is kept, and
     * where it was read.
     */
    boolean mayBe(int bytes) {
        int all = 2 * STEP * Math.ceilDiv(bytes - USUAL, STEP);
        if (all <= counted) {
            return true;
        }
        Share client = shares.of(channel);
        int more = all - counted;
        if (!client.keeps(Limit.HEADS, more)) {
            return false;
        }
        channel.closeFuture().addListener(_ -> client.letsGo(Limit.HEADS, more));
        counted = all;
        return true;
    }
}
