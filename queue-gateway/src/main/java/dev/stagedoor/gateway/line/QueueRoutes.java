package dev.stagedoor.gateway.line;

import static org.springframework.web.reactive.function.server.RouterFunctions.route;

import dev.stagedoor.common.Problem;
import dev.stagedoor.common.ProblemCode;
import dev.stagedoor.common.RoomId;
import dev.stagedoor.gateway.answer.Answers;
import dev.stagedoor.gateway.waitingroom.room.Rooms;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.ParameterizedTypeReference;
import org.springframework.http.HttpHeaders;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import org.springframework.web.server.ServerWebExchange;

import reactor.core.publisher.Mono;

import java.util.Map;
import java.util.Optional;

/** The calls of the queue, top to bottom. */
@Configuration(proxyBeanMethods = false)
class QueueRoutes {

    private static final ParameterizedTypeReference<Map<String, Object>> MEMBERS =
            new ParameterizedTypeReference<>() {};

    private final QueueAddresses addresses;
    private final QueueCalls calls;
    private final QueueEvents events;
    private final RoomDocuments documents;
    private final Answers answers;
    private final Rooms rooms;

    QueueRoutes(
            QueueAddresses addresses,
            QueueCalls calls,
            QueueEvents events,
            RoomDocuments documents,
            Answers answers,
            Rooms rooms) {
        this.addresses = addresses;
        this.calls = calls;
        this.events = events;
        this.documents = documents;
        this.answers = answers;
        this.rooms = rooms;
    }

    @Bean
    RouterFunction<ServerResponse> callsOfTheQueue() {
        return route().POST(addresses.tokens(), this::join)
                .DELETE(addresses.current(), Answers.writing(calls::leave))
                .GET(addresses.events(), Answers.writing(events::stream))
                .GET(addresses.room(), this::room)
                .add(answers.known(addresses.tokens()))
                .add(answers.known(addresses.current()))
                .add(answers.known(addresses.events()))
                .add(answers.known(addresses.room()))
                .build();
    }

    private Mono<ServerResponse> join(ServerRequest request) {
        return members(request)
                .map(QueueRoutes::roomNamedIn)
                .defaultIfEmpty(Named.NOTHING)
                .flatMap(named -> Answers.written(request, exchange -> join(exchange, named)));
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
        return Answers.written(
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
}
