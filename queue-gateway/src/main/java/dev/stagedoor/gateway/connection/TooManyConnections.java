package dev.stagedoor.gateway.connection;

import dev.stagedoor.common.Problem;
import dev.stagedoor.gateway.answer.Answers;
import dev.stagedoor.gateway.answer.Refusals;
import dev.stagedoor.gateway.share.Limits.Limit;
import dev.stagedoor.gateway.share.Shares;
import dev.stagedoor.gateway.share.Shares.Share;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.util.ReferenceCountUtil;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Counts the connections of the public, of all clients and of each. Beyond a bound newcomers are
 * told so at their first request; when as many again as a tenth are being told, the rest is closed
 * without a word.
 */
@Sharable
final class TooManyConnections extends ChannelInboundHandlerAdapter {

    static final String NAME = "too-many-connections";

    private final int most;
    private final Shares shares;
    private final Answers answers;
    private final AtomicInteger open = new AtomicInteger();

    TooManyConnections(int most, Shares shares, Answers answers) {
        this.most = most;
        this.shares = shares;
        this.answers = answers;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        Share client = shares.of(context.channel());
        int beyond = open.incrementAndGet() - most;
        int beyondItsShare = client.connects();
        context.channel().closeFuture().addListener(_ -> gone(client));
        if (beyond > 0) {
            shares.exhausted(Limit.CONNECTIONS);
            refuse(context, beyond, most, Refusals.CROWDED);
        } else if (beyondItsShare > 0) {
            refuse(context, beyondItsShare, shares.limits().connections(), Refusals.HASTY);
        } else {
            context.pipeline().remove(this);
        }
        context.fireChannelActive();
    }

    private void gone(Share client) {
        open.decrementAndGet();
        client.ends(Limit.CONNECTIONS);
    }

    private void refuse(ChannelHandlerContext context, int beyond, int most, Problem problem) {
        Channel channel = context.channel();
        if (beyond > Math.max(1, most / 10)) {
            channel.close();
        } else {
            channel.pipeline().replace(this, NAME, new Refusing(problem));
        }
    }

    private final class Refusing extends ChannelInboundHandlerAdapter {

        private final Problem problem;

        Refusing(Problem problem) {
            this.problem = problem;
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            if (message instanceof HttpRequest request) {
                context.writeAndFlush(answers.last(request.headers(), request.uri(), problem))
                        .addListener(ChannelFutureListener.CLOSE);
            }
            ReferenceCountUtil.release(message);
        }
    }
}
