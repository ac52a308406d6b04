package dev.stagedoor.booking.web;

import dev.stagedoor.booking.store.Outages;
import dev.stagedoor.common.Problem;
import dev.stagedoor.common.ProblemCode;
import dev.stagedoor.common.ProblemDocuments;
import dev.stagedoor.common.TraceId;
import dev.stagedoor.common.log.NowAndThen;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.stereotype.Component;
import org.springframework.web.server.MethodNotAllowedException;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebExceptionHandler;

import reactor.core.publisher.Mono;
import reactor.netty.channel.AbortedException;

/** Writes every failure as a problem document; before Boot's own handler, which would not. */
@Component
@Order(-2)
final class ProblemHandler implements WebExceptionHandler {

    private static final Logger log = LoggerFactory.getLogger(ProblemHandler.class);

    private final NowAndThen stacks = new NowAndThen();
    private final ProblemDocuments documents;
    private final WebMeters meters;
    private final Outages outages;

    ProblemHandler(ProblemDocuments documents, WebMeters meters, Outages outages) {
        this.documents = documents;
        this.meters = meters;
        this.outages = outages;
    }

    @Override
    public Mono<Void> handle(ServerWebExchange exchange, Throwable error) {
        if (exchange.getResponse().isCommitted()) {
            return Mono.error(error);
        }
        if (haveHungUp(error)) {
            return Mono.never(); // nobody is there to be told, and nothing is wrong here
        }
        Problem problem = Problems.of(error);
        outages.note(error);
        meters.problem(problem.code());
        String trace = TraceId.of(exchange.getRequest().getHeaders().getFirst(TraceId.HEADER));
        if (problem.code() == ProblemCode.INTERNAL_ERROR) {
            log.atError()
                    .addKeyValue("traceId", trace)
                    .setCause(stacks.isTime() ? error : null)
                    .log(
                            "{} {} failed, trace {}: {}",
                            exchange.getRequest().getMethod(),
                            exchange.getRequest().getPath(),
                            trace,
                            error.toString());
        }
        if (error instanceof MethodNotAllowedException wrong) {
            exchange.getResponse().getHeaders().setAllow(wrong.getSupportedMethods());
        }
        return write(exchange, problem, trace);
    }

    private static boolean haveHungUp(Throwable error) {
        return error instanceof AbortedException || AbortedException.isConnectionReset(error);
    }

    private Mono<Void> write(ServerWebExchange exchange, Problem problem, String trace) {
        ServerHttpRequest request = exchange.getRequest();
        ServerHttpResponse response = exchange.getResponse();
        HttpHeaders headers = response.getHeaders();
        byte[] body =
                documents.write(
                        problem,
                        request.getHeaders().getFirst(HttpHeaders.ACCEPT_LANGUAGE),
                        request.getPath().value(),
                        trace);
        response.setStatusCode(HttpStatusCode.valueOf(problem.status()));
        headers.set(HttpHeaders.CONTENT_TYPE, ProblemDocuments.MEDIA_TYPE);
        headers.setContentLength(body.length);
        headers.setCacheControl("no-store");
        headers.set(HttpHeaders.VARY, HttpHeaders.ACCEPT_LANGUAGE);
        if (problem.challenge() != null) {
            headers.set(HttpHeaders.WWW_AUTHENTICATE, problem.challenge());
        }
        if (problem.retryAfter() != null) {
            headers.set(HttpHeaders.RETRY_AFTER, Long.toString(problem.retryAfterSeconds()));
        }
        return response.writeWith(Mono.fromSupplier(() -> response.bufferFactory().wrap(body)));
    }
}
