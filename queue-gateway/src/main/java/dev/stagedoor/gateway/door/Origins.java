package dev.stagedoor.gateway.door;

import dev.stagedoor.common.Problem;
import dev.stagedoor.common.ProblemCode;
import dev.stagedoor.gateway.GatewayProperties;
import dev.stagedoor.gateway.answer.Answers;
import dev.stagedoor.gateway.line.QueueAddresses;
import dev.stagedoor.gateway.request.Caller;
import dev.stagedoor.gateway.request.Caller.Sender;
import dev.stagedoor.gateway.visitor.Credentials;

import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpHeaders;
import org.springframework.stereotype.Component;
import org.springframework.web.cors.CorsConfiguration;
import org.springframework.web.cors.reactive.CorsProcessor;
import org.springframework.web.cors.reactive.CorsUtils;
import org.springframework.web.cors.reactive.DefaultCorsProcessor;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;

import reactor.core.publisher.Mono;

import java.time.Duration;
import java.util.List;

/**
 * Lets pages of listed origins call, besides those that come from here. It comes before the door,
 * which knows nothing of origins. Where none is listed, it is the site that says whose pages may
 * read it, and a browser's question before a request to it is a request like any other; so it is
 * where a proxy asks whether it may pass. The queue's own calls are for no other site then.
 */
@Component
@Order(Ordered.HIGHEST_PRECEDENCE)
final class Origins implements WebFilter {

    private final CorsProcessor processor = new DefaultCorsProcessor();
    private final CorsConfiguration listed;
    private final boolean areNone;
    private final QueueAddresses addresses;
    private final Credentials credentials;
    private final Answers answers;

    Origins(
            GatewayProperties properties,
            QueueAddresses addresses,
            Credentials credentials,
            Answers answers) {
        this.areNone = properties.corsOrigins().isEmpty();
        this.listed = corsOf(properties.corsOrigins());
        this.addresses = addresses;
        this.credentials = credentials;
        this.answers = answers;
    }

    @Override
    public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
        if (!areNone) {
            exchange.getResponse().getHeaders().add(HttpHeaders.VARY, HttpHeaders.ORIGIN);
        }
        if (isFromHere(exchange) || areNone && !asksTheQueue(exchange) || isForTheSite(exchange)) {
            return chain.filter(exchange);
        }
        if (areNone || !processor.process(listed, exchange)) {
            return answers.problem(exchange, Problem.of(ProblemCode.FOREIGN_ORIGIN));
        }
        return CorsUtils.isPreFlightRequest(exchange.getRequest())
                ? exchange.getResponse().setComplete()
                : chain.filter(exchange);
    }

    /** Without a word on origins a browser would not believe any other answer. */
    private boolean asksTheQueue(ServerWebExchange exchange) {
        return CorsUtils.isPreFlightRequest(exchange.getRequest())
                && addresses.isOwn(Caller.of(exchange));
    }

    /** So is what the form of a page posts, whose answer no script reads. */
    private boolean isForTheSite(ServerWebExchange exchange) {
        Caller caller = Caller.of(exchange);
        return CorsUtils.isPreFlightRequest(exchange.getRequest())
                ? Sender.PROXY.hasSent(caller.channel())
                : "navigate".equals(caller.header("Sec-Fetch-Mode")) && !addresses.isOwn(caller);
    }

    /**
     * As the browser sees it: behind a proxy that ends TLS, it is the proxy that is here. Best is
     * what it says itself: it hides the origin of a form whose page sends no referrer.
     */
    private boolean isFromHere(ServerWebExchange exchange) {
        HttpHeaders headers = exchange.getRequest().getHeaders();
        String scheme = credentials.isSecure(Caller.of(exchange)) ? "https://" : "http://";
        return "same-origin".equals(headers.getFirst("Sec-Fetch-Site"))
                || (scheme + headers.getFirst(HttpHeaders.HOST)).equals(headers.getOrigin());
    }

    private static CorsConfiguration corsOf(List<String> origins) {
        CorsConfiguration allowed = new CorsConfiguration();
        allowed.setAllowedOrigins(origins);
        allowed.addAllowedMethod(CorsConfiguration.ALL);
        allowed.addAllowedHeader(CorsConfiguration.ALL);
        allowed.setAllowCredentials(true);
        allowed.setExposedHeaders(
                List.of("Retry-After", "Location", "Idempotency-Replayed", "ETag"));
        allowed.setMaxAge(Duration.ofHours(1));
        return allowed;
    }
}
