package dev.stagedoor.gateway.forward;

import dev.stagedoor.common.Running;

import io.netty.channel.EventLoopGroup;

import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.http.client.ReactorResourceFactory;
import org.springframework.stereotype.Component;

import reactor.netty.resources.LoopResources;

import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * Those who have hung up on a write of which it is not known yet what it comes to. The server knows
 * nothing of them any more: a gateway that stops waits for them itself.
 */
@Component
final class Departed extends Running {

    private final EventLoopGroup loops;
    private final Set<CompletableFuture<Void>> awaited = ConcurrentHashMap.newKeySet();

    Departed(ReactorResourceFactory resources) {
        this.loops = resources.getLoopResources().onServer(LoopResources.DEFAULT_NATIVE);
    }

    /** One more, until that is complete. */
    CompletableFuture<Void> one() {
        CompletableFuture<Void> heard = new CompletableFuture<>();
        awaited.add(heard);
        heard.thenRun(() -> awaited.remove(heard));
        return heard;
    }

    /**
     * First for the event loops: of a connection that ends the server may know, and not yet we, who
     * hear of it a round later.
     */
    @Override
    public void stop(Runnable done) {
        stop();
        haveGoneRound()
                .thenCompose(_ -> haveGoneRound())
                .thenCompose(_ -> all(awaited.stream()))
                .thenRun(done);
    }

    private CompletableFuture<Void> haveGoneRound() {
        return all(
                StreamSupport.stream(loops.spliterator(), false)
                        .map(loop -> CompletableFuture.runAsync(() -> {}, loop)));
    }

    private static CompletableFuture<Void> all(Stream<CompletableFuture<Void>> some) {
        return CompletableFuture.allOf(some.toArray(CompletableFuture[]::new));
    }

    /** When nobody can hang up any more, and before Redis is told the last. */
    @Override
    public int getPhase() {
        return WebServerApplicationContext.GRACEFUL_SHUTDOWN_PHASE - 1;
    }
}
