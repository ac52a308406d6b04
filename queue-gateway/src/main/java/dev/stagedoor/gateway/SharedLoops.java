package dev.stagedoor.gateway;

import io.lettuce.core.resource.EventLoopGroupProvider;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.EventExecutorGroup;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ImmediateEventExecutor;

import org.springframework.http.client.ReactorResourceFactory;

import reactor.netty.resources.LoopResources;

import java.util.concurrent.TimeUnit;

/**
 * Connections to Redis on the threads of the server: what is asked for there is sent there, and
 * answered where it came in. The server ends them, and has others when it is started again.
 */
record SharedLoops(ReactorResourceFactory server, int threadPoolSize)
        implements EventLoopGroupProvider {

    @Override
    @SuppressWarnings(
            "unchecked") // of whatever class, it carries connections of the same transport
    public <T extends EventLoopGroup> T allocate(Class<T> type) {
        return (T) server.getLoopResources().onServer(LoopResources.DEFAULT_NATIVE);
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
