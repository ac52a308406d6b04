package dev.stagedoor.common;

import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.resolver.AddressResolver;
import io.netty.resolver.AddressResolverGroup;
import io.netty.resolver.InetNameResolver;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;

import org.jspecify.annotations.Nullable;

import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.security.Security;
import java.util.List;
import java.util.concurrent.Callable;

/**
 * Looks names up as everything else in the JVM does, for each connection anew: a server that comes
 * back at another address is found. Netty's own resolver keeps an address for as long as whoever
 * told it says, which may be days.
 */
public final class FreshNames extends AddressResolverGroup<InetSocketAddress> {

    public static final FreshNames INSTANCE = new FreshNames();

    private FreshNames() {}

    /**
     * Lets the JVM itself believe an address for two seconds; to be called before it has looked
     * anything up. While nobody can be asked, what was said last counts a minute longer.
     */
    public static void forgottenSoon() {
        Security.setProperty("networkaddress.cache.ttl", "2");
        Security.setProperty("networkaddress.cache.negative.ttl", "1");
        Security.setProperty("networkaddress.cache.stale.ttl", "60");
    }

    /** For clients whose resolver cannot be chosen: looks up again what theirs has found. */
    public static ChannelHandler again() {
        return new ChannelOutboundHandlerAdapter() {
            @Override
            public void connect(
                    ChannelHandlerContext context,
                    SocketAddress found,
                    @Nullable SocketAddress from,
                    ChannelPromise connected) {
                INSTANCE.getResolver(context.executor())
                        .resolve(unresolved(found))
                        .addListener(
                                (Future<InetSocketAddress> fresh) ->
                                        context.connect(
                                                fresh.isSuccess() ? fresh.getNow() : found,
                                                from,
                                                connected));
            }
        };
    }

    /** An address remembers the name by which it was found. */
    private static InetSocketAddress unresolved(SocketAddress found) {
        InetSocketAddress address = (InetSocketAddress) found;
        return InetSocketAddress.createUnresolved(address.getHostString(), address.getPort());
    }

    @Override
    protected AddressResolver<InetSocketAddress> newResolver(EventExecutor executor) {
        return new OnAnotherThread(executor).asAddressResolver();
    }

    /** The JVM waits for the answer, which an event loop must not. */
    private static final class OnAnotherThread extends InetNameResolver {

        OnAnotherThread(EventExecutor executor) {
            super(executor);
        }

        @Override
        protected void doResolve(String name, Promise<InetAddress> answer) {
            look(() -> InetAddress.getByName(name), answer);
        }

        @Override
        protected void doResolveAll(String name, Promise<List<InetAddress>> answer) {
            look(() -> List.of(InetAddress.getAllByName(name)), answer);
        }

        private static <T> void look(Callable<T> question, Promise<T> answer) {
            Mono.fromCallable(question)
                    .subscribeOn(Schedulers.boundedElastic())
                    .subscribe(answer::trySuccess, answer::tryFailure);
        }
    }
}
