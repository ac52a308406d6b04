package dev.stagedoor.gateway.ops;

import org.springframework.core.ParameterizedTypeReference;
import org.springframework.web.reactive.function.server.ServerRequest;

import reactor.core.publisher.Mono;

import java.util.Map;

/** The members of a JSON object that was sent; none if nothing was. */
record Body(Map<String, Object> members) {

    private static final ParameterizedTypeReference<Map<String, Object>> MEMBERS =
            new ParameterizedTypeReference<>() {};

    static Mono<Body> of(ServerRequest request) {
        return request.bodyToMono(MEMBERS).defaultIfEmpty(Map.of()).map(Body::new);
    }

    /** Empty if it is not there, or no text. */
    String text(String name) {
        return members.get(name) instanceof String text ? text : "";
    }

    /** None if there is no such member, or it is no object. */
    @SuppressWarnings("unchecked") // the members of a JSON object have names
    Map<String, Object> settings() {
        return members.get("settings") instanceof Map<?, ?> settings
                ? (Map<String, Object>) settings
                : Map.of();
    }
}
