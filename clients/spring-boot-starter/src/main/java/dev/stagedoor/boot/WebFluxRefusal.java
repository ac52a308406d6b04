package dev.stagedoor.boot;

import dev.stagedoor.common.ProblemCode;

import org.springframework.web.server.ServerWebExchange;

import reactor.core.publisher.Mono;

/**
 * How an application of WebFlux tells somebody that they are not let in. A bean of this type takes
 * the place of ours, which writes a problem document.
 */
@FunctionalInterface
public interface WebFluxRefusal {

    Mono<Void> refuse(ServerWebExchange exchange, ProblemCode code);
}
