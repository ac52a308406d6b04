package dev.stagedoor.booking.web;

import dev.stagedoor.common.TraceId;
import dev.stagedoor.common.tracing.Tracing;
import dev.stagedoor.common.tracing.Tracing.Hop;

import org.springframework.http.HttpStatusCode;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;

import reactor.core.publisher.Mono;

/** Tells of every request, below the gateway's hop. Not there at all while tracing is off. */
record TraceFilter(Tracing tracing) implements WebFilter {

    @Override
    public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
        ServerHttpRequest request = exchange.getRequest();
        Hop hop =
                tracing.arrive(
                        "booking",
                        request.getMethod().name(),
                        request.getURI().getRawPath(),
                        request.getHeaders().getFirst(TraceId.HEADER));
        exchange.getResponse().beforeCommit(() -> ended(hop, exchange.getResponse()));
        return chain.filter(exchange).doOnCancel(() -> hop.end(0));
    }

    /** Also a failure is committed in the end, as a problem. */
    private static Mono<Void> ended(Hop hop, ServerHttpResponse response) {
        HttpStatusCode status = response.getStatusCode();
        return Mono.fromRunnable(() -> hop.end(status == null ? 200 : status.value()));
    }
}
