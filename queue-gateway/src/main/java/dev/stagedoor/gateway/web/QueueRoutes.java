package dev.stagedoor.gateway.web;

import static org.springframework.web.reactive.function.server.RequestPredicates.path;
import static org.springframework.web.reactive.function.server.RouterFunctions.route;

import dev.stagedoor.common.Problem;
import dev.stagedoor.common.ProblemCode;
import dev.stagedoor.common.RoomId;
import dev.stagedoor.gateway.waitingroom.Rooms;

import org.springframework.core.ParameterizedTypeReference;
import org.springframework.http.HttpHeaders;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import org.springframework.web.server.ServerWebExchange;

import reactor.core.publisher.Mono;

import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** The addresses of the queue, top to bottom. */
final class QueueRoutes {

    static final String PREFIX = "/api/v1/queue/";
    static final String TOKENS = PREFIX + "tokens";
    static final String CURRENT = TOKENS + "/current";
    static final String EVENTS = PREFIX + "events";
    static final String LEAVE = PREFIX + "page/leave";
    static final String JOIN_AGAIN = PREFIX + "page/join";
    static final String ROOM = PREFIX + "rooms/{room}";
    static final String ASSETS = "/queue-assets/";

    private static final ParameterizedTypeReference<Map<String, Object>> MEMBERS =
            new ParameterizedTypeReference<>() {};

    private final QueueCalls calls;
    private final QueueEvents events;
    private final RoomDocuments documents;
    private final PageForms forms;
    private final PageFiles files;
    private final Answers answers;
    private final Rooms rooms;

    QueueRoutes(
            QueueCalls calls,
            QueueEvents events,
            RoomDocuments documents,
            PageForms forms,
            PageFiles files,
            Answers answers,
            Rooms rooms) {
        this.calls = calls;
        this.events = events;
        this.documents = documents;
        this.forms = forms;
        this.files = files;
        this.answers = answers;
        this.rooms = rooms;
    }

    /** {@code GET} of {@link #CURRENT} is answered by {@link FrontDoor}. */
    RouterFunction<ServerResponse> routes() {
        return route().POST(TOKENS, this::join)
                .DELETE(CURRENT, written(calls::leave))
                .GET(EVENTS, written(events::stream))
                .GET(ROOM, this::room)
                .POST(LEAVE, written(forms::leave))
                .POST(JOIN_AGAIN, written(forms::join))
                .GET(ASSETS + "{name}", this::asset)
                .add(known(TOKENS))
                .add(known(CURRENT))
                .add(known(EVENTS))
                .add(known(ROOM))
                .add(known(LEAVE))
                .add(known(JOIN_AGAIN))
                .build();
    }

    private Mono<ServerResponse> join(ServerRequest request) {
        return members(request)
                .map(QueueRoutes::roomNamedIn)
                .defaultIfEmpty(Named.NOTHING)
                .flatMap(named -> answered(request, exchange -> join(exchange, named)));
    }

    /** Nothing has no type, whatever it is said to be: forms and many clients say so. */
    private static Mono<Map<String, Object>> members(ServerRequest request) {
        HttpHeaders headers = request.headers().asHttpHeaders();
        return headers.getContentLength() > 0
                        || headers.containsHeader(HttpHeaders.TRANSFER_ENCODING)
                ? request.bodyToMono(MEMBERS)
                : Mono.empty();
    }

    private Mono<Void> join(ServerWebExchange exchange, Named named) {
        return (named.isPresent() ? named.room() : onlyRoom())
                .map(room -> calls.join(exchange, room))
                .orElseGet(() -> answers.problem(exchange, noSuchRoom(named)));
    }

    /** What the body says of the room; it may leave it out. */
    private record Named(boolean isPresent, Optional<RoomId> room) {
        static final Named NOTHING = new Named(false, Optional.empty());
    }

    private static Named roomNamedIn(Map<String, Object> body) {
        Object room = body.get("room");
        return room == null
                ? Named.NOTHING
                : new Named(
                        true, room instanceof String name ? RoomId.parse(name) : Optional.empty());
    }

    private static Problem noSuchRoom(Named named) {
        return named.isPresent()
                ? Problem.of(ProblemCode.ROOM_NOT_FOUND)
                : Problem.of(ProblemCode.VALIDATION_FAILED)
                        .with(
                                "errors",
                                java.util.List.of(Map.of("field", "room", "message", "is needed")));
    }

    /** Whoever names no room means the only one, or the one called main. */
    private Optional<RoomId> onlyRoom() {
        RoomId main = new RoomId("main");
        return rooms.all().size() == 1
                ? rooms.all().stream().map(room -> room.id()).findFirst()
                : rooms.find(main).map(room -> main);
    }

    private Mono<ServerResponse> room(ServerRequest request) {
        return answered(
                request,
                exchange ->
                        RoomId.parse(request.pathVariable("room"))
                                .flatMap(rooms::find)
                                .map(room -> documents.tell(exchange, room))
                                .orElseGet(
                                        () ->
                                                answers.problem(
                                                        exchange,
                                                        Problem.of(ProblemCode.ROOM_NOT_FOUND))));
    }

    private Mono<ServerResponse> asset(ServerRequest request) {
        return answered(request, exchange -> files.answer(exchange, request.pathVariable("name")));
    }

    /** An address that exists, asked by a method that it does not know. */
    private RouterFunction<ServerResponse> known(String pattern) {
        return route(
                path(pattern),
                written(
                                exchange ->
                                        answers.problem(
                                                exchange,
                                                Problem.of(ProblemCode.METHOD_NOT_ALLOWED)))
                        ::handle);
    }

    private static org.springframework.web.reactive.function.server.HandlerFunction<ServerResponse>
            written(Function<ServerWebExchange, Mono<Void>> write) {
        return request -> answered(request, write);
    }

    /** Our calls write their answers themselves; to the framework the exchange is handled then. */
    private static Mono<ServerResponse> answered(
            ServerRequest request, Function<ServerWebExchange, Mono<Void>> write) {
        return write.apply(request.exchange()).then(Mono.empty());
    }
}
