package dev.stagedoor.gateway.upstream;

import io.netty.channel.Channel;
import io.netty.util.AttributeKey;

import org.jspecify.annotations.Nullable;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;

/**
 * Who has the connections of a pool, and who waits for one: of either no client has more than half,
 * however long its answers take. On the thread of the pool.
 */
final class Fairness {

    private static final AttributeKey<Object> CLIENT = AttributeKey.valueOf("stagedoor-client");

    private final int mostOfOne;
    private final int mostWaiting;
    private final Deque<Exchange> waiting = new ArrayDeque<>();
    private final Map<Object, Integer> taken = new HashMap<>();

    Fairness(int most, int mostWaiting) {
        this.mostOfOne = Math.ceilDiv(most, 2);
        this.mostWaiting = mostWaiting;
    }

    // ── connections ─────────────────────────────────────────────────────────────────────────────

    /**
     * @param client null for whoever has no share
     */
    boolean mayHaveOneMore(@Nullable Object client) {
        return client == null || taken.getOrDefault(client, 0) < mostOfOne;
    }

    void takes(@Nullable Object client, Channel channel) {
        if (client != null) {
            channel.attr(CLIENT).set(client);
            taken.merge(client, 1, Integer::sum);
        }
    }

    /** Nothing happens if nobody has it. */
    void letsGo(Channel channel) {
        Object client = channel.attr(CLIENT).getAndSet(null);
        if (client != null) {
            taken.computeIfPresent(client, (_, before) -> before == 1 ? null : before - 1);
        }
    }

    // ── waiting ─────────────────────────────────────────────────────────────────────────────────

    /** Whether there is room for it. */
    boolean waits(Exchange exchange) {
        return waiting.size() < mostWaiting && isOfFew(exchange.client()) && waiting.add(exchange);
    }

    private boolean isOfFew(@Nullable Object client) {
        int half = mostWaiting / 2;
        return client == null
                || waiting.size() <= half
                || waiting.stream().filter(it -> client.equals(it.client())).count() <= half;
    }

    boolean waitsNoMore(Exchange exchange) {
        return waiting.remove(exchange);
    }

    /** Whoever has waited longest of those who may have one more. */
    @Nullable Exchange next() {
        for (Iterator<Exchange> all = waiting.iterator(); all.hasNext(); ) {
            Exchange next = all.next();
            if (mayHaveOneMore(next.client())) {
                all.remove();
                return next;
            }
        }
        return null;
    }
}
