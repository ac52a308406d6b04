package dev.stagedoor.gateway.ops;

import dev.stagedoor.gateway.waitingroom.Operator;

import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;

import reactor.core.publisher.Mono;

import java.util.Map;

/** The console's way in and out. */
final class SignIn {

    private final Doorkeeper doorkeeper;
    private final Sessions sessions;
    private final OpsAnswers answers;

    SignIn(Doorkeeper doorkeeper, Sessions sessions, OpsAnswers answers) {
        this.doorkeeper = doorkeeper;
        this.sessions = sessions;
        this.answers = answers;
    }

    /** {@code {"name":…,"password":…}}; the name is only for the record of changes. */
    Mono<ServerResponse> begin(ServerRequest request) {
        return Body.of(request).flatMap(body -> begin(request, body));
    }

    Mono<ServerResponse> current(ServerRequest request) {
        return answers.ok(Map.of("name", Guard.operator(request).name()));
    }

    Mono<ServerResponse> end(ServerRequest request) {
        ServerHttpRequest raw = request.exchange().getRequest();
        return ServerResponse.noContent()
                .headers(OpsAnswers::guarded)
                .cookie(sessions.end(raw, isSecure(request)))
                .build();
    }

    private Mono<ServerResponse> begin(ServerRequest request, Body body) {
        ServerHttpRequest raw = request.exchange().getRequest();
        if (doorkeeper.isForeign(raw)) {
            return answers.problem(request, Guard.foreign());
        }
        return switch (doorkeeper.enter(raw, body.text("name"), body.text("password"))) {
            case Entry.Granted(Operator operator) -> begun(request, operator);
            case Entry.Refused _ -> answers.problem(request, Guard.refused());
            case Entry.TooSoon tooSoon -> answers.problem(request, Guard.tooSoon(tooSoon));
            case Entry.Foreign _ -> answers.problem(request, Guard.foreign());
        };
    }

    private Mono<ServerResponse> begun(ServerRequest request, Operator operator) {
        return ServerResponse.ok()
                .headers(OpsAnswers::guarded)
                .cookie(sessions.begin(operator.name(), isSecure(request)))
                .bodyValue(Map.of("name", operator.name()));
    }

    /** Anybody is believed: who lies about it is left without a session. */
    private static boolean isSecure(ServerRequest request) {
        return "https".equals(request.uri().getScheme())
                || "https".equalsIgnoreCase(request.headers().firstHeader("X-Forwarded-Proto"));
    }
}
