package dev.stagedoor.gateway.waitingroom.redis;

import io.lettuce.core.resource.EventLoopGroupProvider;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.EventExecutorGroup;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ImmediateEventExecutor;

import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Connections to Redis on the threads of the server: what is asked for there is sent there, and
 * answered where it came in. The server ends them, and has others when it is started again.
 *
 * @param loops those of now
 */
public record SharedLoops(Supplier<EventLoopGroup> loops, int threadPoolSize)
        implements EventLoopGroupProvider {

    /** Of whatever class they are, they carry connections of the same transport. */
    @Override
    @SuppressWarnings("unchecked")
    public <T extends EventLoopGroup> T allocate(Class<T> type) {
        return (T) loops.get();
    }

    @Override
    public Future<Boolean> release(
            EventExecutorGroup group, long quietPeriod, long timeout, TimeUnit unit) {
        return shutdown(quietPeriod, timeout, unit);
    }

    @Override
    public Future<Boolean> shutdown(long quietPeriod, long timeout, TimeUnit unit) {
        return ImmediateEventExecutor.INSTANCE.newSucceededFuture(true);
    }
}
