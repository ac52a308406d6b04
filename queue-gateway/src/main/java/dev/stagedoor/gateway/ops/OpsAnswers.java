package dev.stagedoor.gateway.ops;

import dev.stagedoor.common.Problem;
import dev.stagedoor.common.ProblemCode;
import dev.stagedoor.common.ProblemDocuments;
import dev.stagedoor.common.TraceId;
import dev.stagedoor.gateway.meters.GatewayMeters;

import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;

import reactor.core.publisher.Mono;

/** Writes documents and problems for operators; nothing of it may be kept by anybody between. */
final class OpsAnswers {

    static final String API_POLICY = "default-src 'none'; frame-ancestors 'none'";

    private final ProblemDocuments documents = new ProblemDocuments();
    private final GatewayMeters meters;

    OpsAnswers(GatewayMeters meters) {
        this.meters = meters;
    }

    Mono<ServerResponse> ok(Object document) {
        return ServerResponse.ok().headers(OpsAnswers::guarded).bodyValue(document);
    }

    /**
     * @param methods by which there is something
     */
    Mono<ServerResponse> notAllowed(ServerRequest request, String methods) {
        request.exchange().getResponse().getHeaders().set(HttpHeaders.ALLOW, methods);
        return problem(request, Problem.of(ProblemCode.METHOD_NOT_ALLOWED));
    }

    Mono<ServerResponse> problem(ServerRequest request, Problem problem) {
        meters.problem(problem.code());
        ServerResponse.BodyBuilder answer =
                ServerResponse.status(problem.status())
                        .headers(OpsAnswers::guarded)
                        .contentType(MediaType.parseMediaType(ProblemDocuments.MEDIA_TYPE));
        if (problem.retryAfter() != null) {
            answer.header(HttpHeaders.RETRY_AFTER, Long.toString(problem.retryAfterSeconds()));
        }
        if (problem.code() == ProblemCode.OPS_REQUIRED) {
            answer.header(HttpHeaders.WWW_AUTHENTICATE, "Basic realm=\"ops\", charset=\"UTF-8\"");
        }
        return answer.bodyValue(
                documents.write(
                        problem,
                        request.headers().firstHeader(HttpHeaders.ACCEPT_LANGUAGE),
                        request.uri().getRawPath(),
                        TraceId.of(request.headers().firstHeader(TraceId.HEADER))));
    }

    static void guarded(HttpHeaders headers) {
        headers.set(HttpHeaders.CACHE_CONTROL, "no-store");
        headers.set("Content-Security-Policy", API_POLICY);
        headers.set("X-Content-Type-Options", "nosniff");
        headers.set("Referrer-Policy", "no-referrer");
    }
}
