package dev.stagedoor.booking.store;

import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;

import reactor.netty.resources.LoopResources;

import java.time.Duration;

/**
 * The event loops that the connections to PostgreSQL run on, which is also the one place where the
 * driver lets somebody else see a connection: each gets its {@link AnswerDeadline}. The driver puts
 * TLS in front of it, so it sees what PostgreSQL says.
 */
record WatchedConnections(LoopResources loops, Duration patience) implements LoopResources {

    @Override
    public <C extends Channel> C onChannel(Class<C> type, EventLoopGroup group) {
        C channel = loops.onChannel(type, group);
        channel.pipeline().addLast(new AnswerDeadline(patience));
        return channel;
    }

    @Override
    public <C extends Channel> Class<? extends C> onChannelClass(
            Class<C> type, EventLoopGroup group) {
        return loops.onChannelClass(type, group);
    }

    @Override
    public EventLoopGroup onClient(boolean useNative) {
        return loops.onClient(useNative);
    }

    @Override
    public EventLoopGroup onServer(boolean useNative) {
        return loops.onServer(useNative);
    }

    @Override
    public boolean daemon() {
        return loops.daemon();
    }
}
