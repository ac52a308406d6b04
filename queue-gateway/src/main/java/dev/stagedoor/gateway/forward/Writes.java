package dev.stagedoor.gateway.forward;

import dev.stagedoor.common.Running;
import dev.stagedoor.gateway.upstream.Exchange;

import io.netty.channel.Channel;

import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.stereotype.Component;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Of which it is not known yet what they come to. Of whoever has hung up on one the server knows
 * nothing any more: a gateway that stops waits for those itself.
 */
@Component
final class Writes extends Running {

    private final Map<Exchange, Write> underWay = new ConcurrentHashMap<>();

    private record Write(Channel visitor, CompletableFuture<Void> end) {}

    /** From the beginning: that a connection has ended, the server may know before we do. */
    void begin(Exchange exchange, Channel visitor) {
        if (exchange.isWrite()) {
            underWay.put(exchange, new Write(visitor, new CompletableFuture<>()));
        }
    }

    void end(Exchange exchange) {
        Write ended = exchange.isWrite() ? underWay.remove(exchange) : null;
        if (ended != null) {
            ended.end().complete(null);
        }
    }

    @Override
    public void stop(Runnable done) {
        stop();
        CompletableFuture.allOf(
                        underWay.values().stream()
                                .filter(write -> !write.visitor().isActive())
                                .map(Write::end)
                                .toArray(CompletableFuture[]::new))
                .thenRun(done);
    }

    /** When nobody can hang up any more, and before Redis is told the last. */
    @Override
    public int getPhase() {
        return WebServerApplicationContext.GRACEFUL_SHUTDOWN_PHASE - 1;
    }
}
