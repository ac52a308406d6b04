package dev.stagedoor.gateway.answer;

import dev.stagedoor.common.NowAndThen;
import dev.stagedoor.common.Problem;
import dev.stagedoor.common.ProblemCode;
import dev.stagedoor.common.ProblemDocuments;
import dev.stagedoor.common.TraceId;
import dev.stagedoor.gateway.meters.GatewayMeters;
import dev.stagedoor.gateway.request.Caller;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeadersFactory;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.server.reactive.ServerHttpRequestDecorator;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.http.server.reactive.ServerHttpResponseDecorator;
import org.springframework.stereotype.Component;
import org.springframework.web.reactive.function.server.HandlerFunction;
import org.springframework.web.reactive.function.server.RequestPredicates;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import org.springframework.web.server.ServerWebExchange;

import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;

/** Writes bodies that are ready as bytes, and problems. */
@Component
public final class Answers {

    private static final Logger LOG = LoggerFactory.getLogger(Answers.class);

    private static final String JSON = "application/json";
    private static final String PERSONAL = "no-store";
    private static final String TYPES = "X-Content-Type-Options";
    private static final String AS_TOLD = "nosniff";

    /** Nothing in them was written by anybody else. */
    private static final HttpHeadersFactory OURS =
            DefaultHttpHeadersFactory.headersFactory().withValidation(false);

    private final ProblemDocuments documents = new ProblemDocuments();
    private final NowAndThen stacks = new NowAndThen();
    private final GatewayMeters meters;

    public Answers(GatewayMeters meters) {
        this.meters = meters;
    }

    public Mono<Void> problem(ServerWebExchange exchange, Problem problem) {
        HttpServerRequest request = request(exchange);
        return send(exchange, problem(request.requestHeaders(), request.uri(), problem));
    }

    /** The same, before the framework has made anything of the request. */
    public Mono<Void> problem(
            HttpServerRequest request, HttpServerResponse response, Problem problem) {
        return send(request, response, problem(request.requestHeaders(), request.uri(), problem));
    }

    public static Mono<Void> send(ServerWebExchange exchange, FullHttpResponse answer) {
        exchange.getResponse().setStatusCode(null); // or the framework said it too, and too late
        return send(request(exchange), response(exchange), answer);
    }

    public static Mono<Void> send(
            HttpServerRequest request, HttpServerResponse response, FullHttpResponse answer) {
        response.status(answer.status()).responseHeaders().setAll(answer.headers());
        return request.method().equals(io.netty.handler.codec.http.HttpMethod.HEAD)
                ? response.send().then()
                : response.sendObject(answer.content()).then();
    }

    /** The same, before anybody has made anything of the request, and as the last word. */
    public FullHttpResponse last(
            io.netty.handler.codec.http.HttpHeaders headers, String uri, Problem problem) {
        FullHttpResponse response = problem(headers, uri, problem);
        response.headers().set(HttpHeaders.CONNECTION, "close");
        return response;
    }

    /** The same, to be sent. */
    public FullHttpResponse problem(Caller caller, Problem problem) {
        return problem(caller.headers(), caller.address(), problem);
    }

    private FullHttpResponse problem(
            io.netty.handler.codec.http.HttpHeaders headers, String uri, Problem problem) {
        meters.problem(problem.code());
        byte[] document =
                documents.write(
                        problem,
                        headers.get(HttpHeaders.ACCEPT_LANGUAGE),
                        uri,
                        TraceId.of(headers.get(TraceId.HEADER)));
        return whole(
                HttpResponseStatus.valueOf(problem.status()),
                OURS.newHeaders(),
                ProblemDocuments.MEDIA_TYPE,
                document,
                problem.retryAfter());
    }

    /** Of this program: somebody must look, and whoever has asked is told no more than a trace. */
    public Problem mistake(Caller caller, Throwable error) {
        String trace = trace(caller.headers());
        LOG.atError()
                .addKeyValue("traceId", trace)
                .setCause(stacks.isTime() ? error : null)
                .log(
                        "{} {} failed, trace {}: {}",
                        caller.method(),
                        caller.path(),
                        trace,
                        error.toString());
        return Problem.of(ProblemCode.INTERNAL_ERROR);
    }

    /**
     * One that begins here is said as if it had come: what the client is told is what is logged.
     */
    private static String trace(io.netty.handler.codec.http.HttpHeaders asked) {
        if (TraceId.parent(asked.get(TraceId.HEADER)) == null) {
            asked.set(TraceId.HEADER, TraceId.newTraceparent());
        }
        return TraceId.of(asked.get(TraceId.HEADER));
    }

    /** Of a place. */
    public FullHttpResponse status(int status, StatusDocument document, Optional<String> cookie) {
        io.netty.handler.codec.http.HttpHeaders headers = OURS.newHeaders();
        cookie.ifPresent(it -> headers.add(HttpHeaders.SET_COOKIE, it));
        return whole(
                HttpResponseStatus.valueOf(status),
                headers,
                JSON,
                document.json(),
                document.pollAfter());
    }

    private static FullHttpResponse whole(
            HttpResponseStatus status,
            io.netty.handler.codec.http.HttpHeaders headers,
            String mediaType,
            byte[] body,
            @Nullable Duration wait) {
        if (wait != null) {
            headers.add(HttpHeaders.RETRY_AFTER, Long.toString(Problem.wholeSeconds(wait)));
        }
        headers.add(HttpHeaders.CACHE_CONTROL, PERSONAL)
                .add(HttpHeaders.CONTENT_TYPE, mediaType)
                .add(TYPES, AS_TOLD)
                .add(HttpHeaders.CONTENT_LENGTH, Integer.toString(body.length));
        return new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1,
                status,
                Unpooled.wrappedBuffer(body),
                headers,
                EmptyHttpHeaders.INSTANCE);
    }

    public Mono<Void> write(ServerWebExchange exchange, int status, String mediaType, byte[] body) {
        ServerHttpResponse response = exchange.getResponse();
        response.setStatusCode(HttpStatusCode.valueOf(status));
        HttpHeaders headers = response.getHeaders();
        headers.set(HttpHeaders.CONTENT_TYPE, mediaType);
        headers.set(TYPES, AS_TOLD);
        headers.setContentLength(body.length);
        return exchange.getRequest().getMethod() == HttpMethod.HEAD
                ? response.setComplete()
                : response.writeWith(Mono.fromSupplier(() -> response.bufferFactory().wrap(body)));
    }

    /** An address that exists, asked by a method that it does not know. */
    public RouterFunction<ServerResponse> known(String pattern) {
        return RouterFunctions.route(
                RequestPredicates.path(pattern),
                writing(exchange -> problem(exchange, Problem.of(ProblemCode.METHOD_NOT_ALLOWED))));
    }

    public static HandlerFunction<ServerResponse> writing(
            Function<ServerWebExchange, Mono<Void>> write) {
        return request -> written(request, write);
    }

    /** Our calls write their answers themselves; to the framework the exchange is handled then. */
    public static Mono<ServerResponse> written(
            ServerRequest request, Function<ServerWebExchange, Mono<Void>> write) {
        return write.apply(request.exchange()).then(Mono.empty());
    }

    public static HttpServerRequest request(ServerWebExchange exchange) {
        return ServerHttpRequestDecorator.getNativeRequest(exchange.getRequest());
    }

    public static HttpServerResponse response(ServerWebExchange exchange) {
        return ServerHttpResponseDecorator.getNativeResponse(exchange.getResponse());
    }

    public static void addCookie(ServerWebExchange exchange, String cookie) {
        exchange.getResponse().getHeaders().add(HttpHeaders.SET_COOKIE, cookie);
    }
}
