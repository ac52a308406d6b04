package dev.stagedoor.gateway.answer;

import dev.stagedoor.common.Problem;
import dev.stagedoor.common.ProblemCode;
import dev.stagedoor.gateway.request.Caller;
import dev.stagedoor.gateway.waitingroom.LineUnavailable;

import io.netty.util.ReferenceCountUtil;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.annotation.Order;
import org.springframework.core.codec.DecodingException;
import org.springframework.core.io.buffer.DataBufferLimitException;
import org.springframework.http.InvalidMediaTypeException;
import org.springframework.stereotype.Component;
import org.springframework.util.InvalidMimeTypeException;
import org.springframework.web.server.MethodNotAllowedException;
import org.springframework.web.server.ResponseStatusException;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebExceptionHandler;

import reactor.core.publisher.Hooks;
import reactor.core.publisher.Mono;
import reactor.netty.channel.AbortedException;

/** Whatever else goes wrong is told in the same form, and never how. */
@Order(-2) // before Boot's own, which knows another form
@Component
record UnhandledProblems(Answers answers) implements WebExceptionHandler {

    private static final Logger LOG = LoggerFactory.getLogger(UnhandledProblems.class);

    static {
        Hooks.onErrorDropped(UnhandledProblems::nobodyIsLeftToTell);
        // Bytes for a stream that has just been ended: nobody else gives them back.
        Hooks.onNextDropped(ReferenceCountUtil::release);
    }

    @Override
    public Mono<Void> handle(ServerWebExchange exchange, Throwable error) {
        if (isAnswered(exchange)) {
            return exchange.getResponse().isCommitted() ? Mono.error(error) : Mono.empty();
        }
        if (hasHungUp(error)) {
            return Mono.empty(); // hung up in the middle of a request: nobody is left to tell
        }
        if (error instanceof MethodNotAllowedException asked) {
            exchange.getResponse().getHeaders().setAllow(asked.getSupportedMethods());
        }
        ProblemCode code = code(error);
        return answers.problem(
                exchange,
                code == ProblemCode.INTERNAL_ERROR
                        ? answers.mistake(Caller.of(exchange), error)
                        : Problem.of(code));
    }

    private static boolean hasHungUp(Throwable error) {
        return error instanceof AbortedException || AbortedException.isConnectionReset(error);
    }

    /**
     * Reactor would log each with its stack, and anybody may reset connections all day, also in an
     * outage.
     */
    private static void nobodyIsLeftToTell(Throwable error) {
        if (!hasHungUp(error) && !(error instanceof LineUnavailable)) {
            LOG.error("Nobody is left to be told", error);
        }
    }

    /** By the framework, or below it: the server itself refuses what it cannot even read. */
    private static boolean isAnswered(ServerWebExchange exchange) {
        return exchange.getResponse().isCommitted() || Answers.response(exchange).hasSentHeaders();
    }

    private static ProblemCode code(Throwable error) {
        return switch (error) {
            case InvalidMimeTypeException _ -> ProblemCode.NOT_ACCEPTABLE;
            case InvalidMediaTypeException _ -> ProblemCode.UNSUPPORTED_MEDIA_TYPE;
            case DataBufferLimitException _ -> ProblemCode.BODY_TOO_LARGE;
            case DecodingException _ -> ProblemCode.VALIDATION_FAILED;
            case ResponseStatusException it -> ProblemCode.ofStatus(it.getStatusCode().value());
            default -> ProblemCode.INTERNAL_ERROR;
        };
    }
}
