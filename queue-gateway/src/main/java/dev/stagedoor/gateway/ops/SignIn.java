package dev.stagedoor.gateway.ops;

import dev.stagedoor.common.Problem;
import dev.stagedoor.common.operators.Login;
import dev.stagedoor.gateway.ops.signin.ConsoleSessions;
import dev.stagedoor.gateway.ops.signin.OperatorLogin;

import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;

import reactor.core.publisher.Mono;

/** The console's way in and out. */
record SignIn(OperatorLogin operators, ConsoleSessions sessions, OpsAnswers answers) {

    /** {@code {"name":…,"password":…}}. */
    Mono<ServerResponse> begin(ServerRequest request) {
        ServerHttpRequest raw = request.exchange().getRequest();
        return Body.of(request)
                .flatMap(body -> operators.enter(raw, body.text("name"), body.text("password")))
                .flatMap(
                        login ->
                                switch (login) {
                                    case Login.Granted granted -> begun(request, granted);
                                    case Login.Refused(Problem why) ->
                                            answers.problem(request, why);
                                });
    }

    Mono<ServerResponse> current(ServerRequest request) {
        return answers.ok(OpsFilter.login(request));
    }

    Mono<ServerResponse> end(ServerRequest request) {
        ServerHttpRequest raw = request.exchange().getRequest();
        return ServerResponse.noContent()
                .headers(OpsAnswers::guarded)
                .cookie(sessions.end(raw, isSecure(request)))
                .build();
    }

    private Mono<ServerResponse> begun(ServerRequest request, Login.Granted login) {
        return ServerResponse.ok()
                .headers(OpsAnswers::guarded)
                .cookie(sessions.begin(login.name(), isSecure(request)))
                .bodyValue(login);
    }

    /** Anybody is believed: who lies about it is left without a session. */
    private static boolean isSecure(ServerRequest request) {
        return "https".equals(request.uri().getScheme())
                || "https".equalsIgnoreCase(request.headers().firstHeader("X-Forwarded-Proto"));
    }
}
