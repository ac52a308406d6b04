package dev.stagedoor.gateway.answer;

import dev.stagedoor.common.Problem;
import dev.stagedoor.common.ProblemCode;
import dev.stagedoor.common.ProblemDocuments;
import dev.stagedoor.common.TraceId;
import dev.stagedoor.common.log.NowAndThen;
import dev.stagedoor.gateway.meters.GatewayMeters;
import dev.stagedoor.gateway.request.Caller;
import dev.stagedoor.gateway.waitingroom.EndReason;
import dev.stagedoor.gateway.waitingroom.Place;
import dev.stagedoor.gateway.waitingroom.RoomView;
import dev.stagedoor.gateway.waitingroom.Standing;
import dev.stagedoor.gateway.waitingroom.Ticket;
import dev.stagedoor.gateway.waitingroom.room.Room;

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

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.function.Function;

/** Writes bodies that are ready as bytes, problems, and what somebody is told of their place. */
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
        io.netty.handler.codec.http.HttpHeaders answered = OURS.newHeaders();
        String challenge = problem.challenge();
        if (challenge != null) {
            answered.add(HttpHeaders.WWW_AUTHENTICATE, challenge);
        }
        return whole(
                HttpResponseStatus.valueOf(problem.status()),
                answered,
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

    /**
     * An address that exists, asked by a method that it does not know.
     *
     * @param methods that it knows
     */
    public RouterFunction<ServerResponse> known(String pattern, String methods) {
        return RouterFunctions.route(
                RequestPredicates.path(pattern),
                writing(
                        exchange -> {
                            exchange.getResponse().getHeaders().set(HttpHeaders.ALLOW, methods);
                            return problem(exchange, Problem.of(ProblemCode.METHOD_NOT_ALLOWED));
                        }));
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

    /**
     * What somebody is told of their place. Written by hand: every waiting visitor asks for it
     * again and again, and nothing in it needs escaping.
     */
    public record StatusDocument(byte[] json, Duration pollAfter) {

        /**
         * Empty where the last view is too old to be told.
         *
         * @param token of a place that has just been taken
         */
        public static Optional<StatusDocument> of(
                Ticket ticket, Standing standing, Room room, @Nullable String token) {
            RoomView view = room.view().orElse(null);
            if (view == null) {
                return Optional.empty();
            }
            return Optional.of(
                    switch (standing) {
                        case Standing.Waiting(long ahead) ->
                                waiting(ticket, ahead, view, room.pollBudget(), token);
                        case Standing.Active(Instant until) -> active(ticket, until, view, token);
                        case Standing.Ended(EndReason reason) ->
                                throw new IllegalArgumentException(
                                        "a ticket that is " + reason + " has no status");
                    });
        }

        private static StatusDocument waiting(
                Ticket ticket, long ahead, RoomView view, long pollBudget, @Nullable String token) {
            Place place =
                    token == null
                            ? view.placeOf(ticket, ahead, pollBudget)
                            : view.firstPlaceOf(ticket, ahead, pollBudget);
            StringBuilder json = begin(ticket, "WAITING", token);
            json.append(",\"position\":").append(place.position());
            json.append(",\"ahead\":").append(ahead);
            json.append(",\"waiting\":").append(place.waiting());
            json.append(",\"estimatedWaitSeconds\":").append(place.estimateSeconds().orElse(null));
            place.notice()
                    .ifPresent(notice -> json.append(",\"notice\":\"").append(notice).append('"'));
            return end(json, view, place.pollAfter());
        }

        private static StatusDocument active(
                Ticket ticket, Instant until, RoomView view, @Nullable String token) {
            Duration pollAfter = Duration.ofSeconds(10);
            Instant now = view.now();
            StringBuilder json = begin(ticket, "ACTIVE", token);
            json.append(",\"position\":0,\"ahead\":0");
            json.append(",\"waiting\":").append(view.waiting());
            json.append(",\"expiresAt\":\"")
                    .append(until.truncatedTo(ChronoUnit.MILLIS))
                    .append('"');
            json.append(",\"remainingSeconds\":").append(Math.max(0, now.until(until).toSeconds()));
            return end(json, view, pollAfter);
        }

        private static StringBuilder begin(Ticket ticket, String state, @Nullable String token) {
            StringBuilder json = new StringBuilder(token == null ? 224 : 640);
            json.append("{\"room\":\"")
                    .append(ticket.room())
                    .append("\",\"state\":\"")
                    .append(state)
                    .append('"');
            if (token != null) {
                json.append(",\"token\":\"").append(token).append('"');
            }
            return json.append(",\"sequence\":").append(ticket.sequence());
        }

        private static StatusDocument end(StringBuilder json, RoomView view, Duration pollAfter) {
            json.append(",\"pollAfterMillis\":").append(pollAfter.toMillis());
            json.append(",\"asOf\":\"").append(view.asOfText()).append("\"}");
            return new StatusDocument(json.toString().getBytes(StandardCharsets.UTF_8), pollAfter);
        }
    }
}
