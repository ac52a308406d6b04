package dev.stagedoor.gateway.ops;

import static org.springframework.web.reactive.function.server.RequestPredicates.all;
import static org.springframework.web.reactive.function.server.RequestPredicates.methods;
import static org.springframework.web.reactive.function.server.RequestPredicates.path;
import static org.springframework.web.reactive.function.server.RouterFunctions.nest;
import static org.springframework.web.reactive.function.server.RouterFunctions.route;

import dev.stagedoor.common.Problem;
import dev.stagedoor.common.ProblemCode;
import dev.stagedoor.gateway.waitingroom.BadSetting;
import dev.stagedoor.gateway.waitingroom.LineUnavailable;

import org.springframework.http.HttpMethod;
import org.springframework.web.reactive.function.server.RequestPredicate;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;

import reactor.core.publisher.Mono;

import java.net.URI;
import java.util.List;

/** The addresses of operators, top to bottom. */
record OpsRoutes(
        RoomCalls rooms,
        TicketCalls tickets,
        VisitorCalls visitors,
        OpsFilter guard,
        OpsAnswers answers) {

    private static final String API = "/ops/api";
    private static final String SESSION = API + "/session";
    private static final String ROOMS = API + "/rooms";
    private static final String ROOM = ROOMS + "/{room}";
    private static final String BANS = ROOM + "/bans";
    private static final String EXPLAIN = API + "/explain";

    private static final RequestPredicate KNOWN =
            path(API + "/{call:session|rooms|explain|revoke}")
                    .or(path(ROOM))
                    .or(path(ROOM + "/{part:settings|history|changes|people|end|bans}"));

    /** What a viewer may call. */
    static final RequestPredicate CHANGES_NOTHING =
            methods(HttpMethod.GET, HttpMethod.HEAD).or(path(EXPLAIN));

    RouterFunction<ServerResponse> routes() {
        return route().add(forEverybody()).add(forOperators()).build();
    }

    /** The page holds no secret: whoever opens it is asked for the password by it. */
    private RouterFunction<ServerResponse> forEverybody() {
        return route().GET(
                        "/ops", _ -> ServerResponse.permanentRedirect(URI.create("/ops/")).build())
                .add(nest(methods(HttpMethod.GET, HttpMethod.HEAD), Console.files()))
                .GET("/ops/assets/**", this::nothingHere)
                .build();
    }

    private RouterFunction<ServerResponse> forOperators() {
        return route().GET(SESSION, this::session)
                .GET(ROOMS, rooms::rooms)
                .POST(ROOMS, rooms::make)
                .GET(ROOM, rooms::room)
                .PATCH(ROOM + "/settings", rooms::change)
                .GET(ROOM + "/history", rooms::history)
                .GET(ROOM + "/changes", rooms::changes)
                .GET(ROOM + "/people", rooms::people)
                .POST(ROOM + "/end", visitors::end)
                .GET(BANS, visitors::bans)
                .POST(BANS, visitors::ban)
                .DELETE(BANS, visitors::lift)
                .POST(EXPLAIN, tickets::explain)
                .POST(API + "/revoke", tickets::revoke)
                .route(path(API + "/**").or(path(API)).and(all()), this::nothingHere)
                .onError(LineUnavailable.class, this::redisIsAway)
                .onError(BadSetting.class, this::badSetting)
                .filter(guard)
                .build();
    }

    /** Who asks, for the console to know it. */
    private Mono<ServerResponse> session(ServerRequest request) {
        return answers.ok(OpsFilter.login(request));
    }

    private Mono<ServerResponse> nothingHere(ServerRequest request) {
        boolean isKnown = KNOWN.test(request);
        return answers.problem(
                request,
                Problem.of(isKnown ? ProblemCode.METHOD_NOT_ALLOWED : ProblemCode.NOT_FOUND));
    }

    private Mono<ServerResponse> redisIsAway(Throwable away, ServerRequest request) {
        return answers.problem(
                request, Problem.of(ProblemCode.QUEUE_UNAVAILABLE).retryAfter(Problem.SOON));
    }

    private Mono<ServerResponse> badSetting(Throwable error, ServerRequest request) {
        return answers.problem(
                request, Problem.invalid(List.of(SettingsChange.wrong((BadSetting) error))));
    }
}
