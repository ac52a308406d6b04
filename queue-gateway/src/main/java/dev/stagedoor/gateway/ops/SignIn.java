package dev.stagedoor.gateway.ops;

import dev.stagedoor.gateway.ops.signin.ConsoleSessions;
import dev.stagedoor.gateway.ops.signin.Login;
import dev.stagedoor.gateway.ops.signin.OperatorLogin;
import dev.stagedoor.gateway.waitingroom.Operator;

import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;

import reactor.core.publisher.Mono;

import java.util.Map;

/** The console's way in and out. */
final class SignIn {

    private final OperatorLogin login;
    private final ConsoleSessions sessions;
    private final OpsAnswers answers;

    SignIn(OperatorLogin login, ConsoleSessions sessions, OpsAnswers answers) {
        this.login = login;
        this.sessions = sessions;
        this.answers = answers;
    }

    /** {@code {"name":…,"password":…}}; the name is only for the record of changes. */
    Mono<ServerResponse> begin(ServerRequest request) {
        return Body.of(request).flatMap(body -> begin(request, body));
    }

    Mono<ServerResponse> current(ServerRequest request) {
        return answers.ok(Map.of("name", OpsFilter.operator(request).name()));
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
        if (login.isForeign(raw)) {
            return answers.problem(request, OpsFilter.foreign());
        }
        return switch (login.enter(raw, body.text("name"), body.text("password"))) {
            case Login.Granted(Operator operator) -> begun(request, operator);
            case Login.Refused _ -> answers.problem(request, OpsFilter.refused());
            case Login.TooSoon tooSoon -> answers.problem(request, OpsFilter.tooSoon(tooSoon));
            case Login.Foreign _ -> answers.problem(request, OpsFilter.foreign());
        };
    }

    private Mono<ServerResponse> begun(ServerRequest request, Operator operator) {
        return ServerResponse.ok()
                .headers(OpsAnswers::guarded)
                .cookie(sessions.begin(operator.name(), isSecure(request)))
                .bodyValue(Map.of("name", operator.name()));
    }

    private static boolean isSecure(ServerRequest request) {
        return "https".equals(request.uri().getScheme());
    }
}
