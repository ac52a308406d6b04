package dev.stagedoor.gateway.forward;

import dev.stagedoor.common.Running;

import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.stereotype.Component;

import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Those who have hung up on a write of which it is not known yet what it comes to. The server knows
 * nothing of them any more: a gateway that stops waits for them itself.
 */
@Component
final class Departed extends Running {

    private final Set<CompletableFuture<Void>> awaited = ConcurrentHashMap.newKeySet();

    /** One more, until that is complete. */
    CompletableFuture<Void> one() {
        CompletableFuture<Void> heard = new CompletableFuture<>();
        awaited.add(heard);
        heard.thenRun(() -> awaited.remove(heard));
        return heard;
    }

    @Override
    public void stop(Runnable done) {
        stop();
        CompletableFuture.allOf(awaited.toArray(CompletableFuture[]::new)).thenRun(done);
    }

    /** When nobody can hang up any more, and before Redis is told the last. */
    @Override
    public int getPhase() {
        return WebServerApplicationContext.GRACEFUL_SHUTDOWN_PHASE - 1;
    }
}
