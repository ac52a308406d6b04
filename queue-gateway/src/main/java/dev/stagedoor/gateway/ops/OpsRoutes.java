package dev.stagedoor.gateway.ops;

import static org.springframework.web.reactive.function.server.RequestPredicates.methods;
import static org.springframework.web.reactive.function.server.RequestPredicates.path;
import static org.springframework.web.reactive.function.server.RouterFunctions.nest;
import static org.springframework.web.reactive.function.server.RouterFunctions.route;

import dev.stagedoor.common.Problem;
import dev.stagedoor.common.ProblemCode;
import dev.stagedoor.gateway.answer.Answers;
import dev.stagedoor.gateway.answer.Refusals;
import dev.stagedoor.gateway.waitingroom.BadSetting;
import dev.stagedoor.gateway.waitingroom.LineUnavailable;

import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.web.reactive.function.server.HandlerFunction;
import org.springframework.web.reactive.function.server.RequestPredicate;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import java.net.URI;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The addresses of operators, top to bottom. */
record OpsRoutes(
        RoomCalls rooms,
        TicketCalls tickets,
        VisitorCalls visitors,
        OpsFilter guard,
        Answers answers) {

    private static final String API = "/ops/api";
    private static final String SESSION = API + "/session";
    private static final String ROOMS = API + "/rooms";
    private static final String ROOM = ROOMS + "/{room}";
    private static final String BANS = ROOM + "/bans";
    private static final String EXPLAIN = API + "/explain";

    /** What a viewer may call. */
    static final RequestPredicate CHANGES_NOTHING =
            methods(HttpMethod.GET, HttpMethod.HEAD).or(path(EXPLAIN));

    RouterFunction<ServerResponse> routes() {
        return route().add(forEverybody())
                .add(forOperators())
                .before(OpsRoutes::guarding)
                .onError(Refusal.class, this::refused)
                .onError(LineUnavailable.class, this::redisIsAway)
                .onError(BadSetting.class, this::badSetting)
                .build();
    }

    /** Nothing of what operators are told may be kept by anybody between. */
    private static ServerRequest guarding(ServerRequest request) {
        HttpHeaders headers = headers(request);
        headers.set(HttpHeaders.CACHE_CONTROL, "no-store");
        headers.set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
        headers.set("X-Content-Type-Options", "nosniff");
        headers.set("Referrer-Policy", "no-referrer");
        return request;
    }

    private static HttpHeaders headers(ServerRequest answered) {
        return answered.exchange().getResponse().getHeaders();
    }

    /** The page holds no secret: whoever opens it is asked for the password by it. */
    private RouterFunction<ServerResponse> forEverybody() {
        return route().route(
                        read("/ops"),
                        _ -> ServerResponse.permanentRedirect(URI.create("/ops/")).build())
                .add(nest(methods(HttpMethod.GET, HttpMethod.HEAD), Console.files()))
                .route(read("/ops/assets/**"), this::nothingHere)
                .build();
    }

    private RouterFunction<ServerResponse> calls() {
        return route().route(read(SESSION), this::session)
                .route(read(ROOMS), told(rooms::rooms))
                .POST(ROOMS, rooms::make)
                .route(read(ROOM), told(rooms::room))
                .PATCH(ROOM + "/settings", told(rooms::change))
                .route(read(ROOM + "/history"), told(rooms::history))
                .route(read(ROOM + "/changes"), told(rooms::changes))
                .route(read(ROOM + "/people"), told(rooms::people))
                .POST(ROOM + "/end", told(visitors::end))
                .route(read(BANS), told(visitors::bans))
                .POST(BANS, told(visitors::ban))
                .DELETE(BANS, visitors::lift)
                .POST(EXPLAIN, told(tickets::explain))
                .POST(API + "/revoke", told(tickets::revoke))
                .build();
    }

    private static HandlerFunction<ServerResponse> told(Function<ServerRequest, Mono<?>> call) {
        return request -> call.apply(request).flatMap(ServerResponse.ok()::bodyValue);
    }

    private static RequestPredicate read(String path) {
        return methods(HttpMethod.GET, HttpMethod.HEAD).and(path(path));
    }

    private RouterFunction<ServerResponse> forOperators() {
        return route().add(calls())
                .route(path(API + "/**").or(path(API)), this::byAnotherMethod)
                .filter(guard)
                .build();
    }

    /** Who asks, for the console to know it. */
    private Mono<ServerResponse> session(ServerRequest request) {
        return ServerResponse.ok().bodyValue(OpsFilter.login(request));
    }

    private Mono<ServerResponse> nothingHere(ServerRequest request) {
        return Refusal.because(ProblemCode.NOT_FOUND);
    }

    /** Perhaps there is a call by others. */
    private Mono<ServerResponse> byAnotherMethod(ServerRequest request) {
        return Flux.fromArray(HttpMethod.values())
                .filterWhen(method -> isCalled(request, method))
                .map(HttpMethod::name)
                .collect(Collectors.joining(", "))
                .filter(methods -> !methods.isEmpty())
                .switchIfEmpty(Refusal.because(ProblemCode.NOT_FOUND))
                .doOnNext(methods -> headers(request).set(HttpHeaders.ALLOW, methods))
                .then(Refusal.because(ProblemCode.METHOD_NOT_ALLOWED));
    }

    private Mono<Boolean> isCalled(ServerRequest request, HttpMethod method) {
        return calls().route(ServerRequest.from(request).method(method).build()).hasElement();
    }

    private Mono<ServerResponse> refused(Throwable why, ServerRequest request) {
        return problem(request, ((Refusal) why).problem);
    }

    private Mono<ServerResponse> redisIsAway(Throwable away, ServerRequest request) {
        return problem(request, Refusals.UNAVAILABLE);
    }

    private Mono<ServerResponse> badSetting(Throwable error, ServerRequest request) {
        return problem(request, Problem.invalid(List.of(SettingsChange.wrong((BadSetting) error))));
    }

    private Mono<ServerResponse> problem(ServerRequest request, Problem problem) {
        return Answers.written(request, it -> answers.problem(it, problem));
    }
}
