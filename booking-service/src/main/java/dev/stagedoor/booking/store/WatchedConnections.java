package dev.stagedoor.booking.store;

import dev.stagedoor.common.FreshNames;

import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;

import reactor.netty.resources.LoopResources;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The event loops that the connections to PostgreSQL run on, which is also the one place where the
 * driver lets somebody else see a connection: each goes to where PostgreSQL is now, and gets its
 * {@link AnswerDeadline}. The driver puts TLS in front of it, so it sees what PostgreSQL says.
 */
final class WatchedConnections implements LoopResources {

    private final LoopResources loops;
    private final Duration patience;
    private final Set<AnswerDeadline> open = ConcurrentHashMap.newKeySet();

    WatchedConnections(LoopResources loops, Duration patience) {
        this.loops = loops;
        this.patience = patience;
    }

    @Override
    public <C extends Channel> C onChannel(Class<C> type, EventLoopGroup group) {
        C channel = loops.onChannel(type, group);
        AnswerDeadline deadline = new AnswerDeadline(channel, patience, this::giveUpTheIdle);
        channel.pipeline().addLast(FreshNames.again(), deadline);
        open.add(deadline);
        channel.closeFuture().addListener(_ -> open.remove(deadline));
        return channel;
    }

    private void giveUpTheIdle() {
        open.forEach(AnswerDeadline::giveUpIfIdle);
    }

    @Override
    public EventLoopGroup onClient(boolean useNative) {
        return loops.onClient(useNative);
    }

    @Override
    public EventLoopGroup onServer(boolean useNative) {
        return loops.onServer(useNative);
    }
}
