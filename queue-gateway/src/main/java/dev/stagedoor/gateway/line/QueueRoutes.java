package dev.stagedoor.gateway.line;

import static org.springframework.web.reactive.function.server.RouterFunctions.route;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.stagedoor.common.ApiDocument;
import dev.stagedoor.common.RoomId;
import dev.stagedoor.gateway.answer.Answers;
import dev.stagedoor.gateway.answer.Refusals;
import dev.stagedoor.gateway.request.Caller;
import dev.stagedoor.gateway.token.QueueTokens;
import dev.stagedoor.gateway.visitor.Credentials;
import dev.stagedoor.gateway.waitingroom.EndReason;
import dev.stagedoor.gateway.waitingroom.LineUnavailable;
import dev.stagedoor.gateway.waitingroom.RoomView;
import dev.stagedoor.gateway.waitingroom.Ticket;
import dev.stagedoor.gateway.waitingroom.room.Room;
import dev.stagedoor.gateway.waitingroom.room.Rooms;

import org.springframework.boot.availability.ApplicationAvailability;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.ParameterizedTypeReference;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import org.springframework.web.server.ServerWebExchange;

import reactor.core.publisher.Mono;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/** The calls of the queue, top to bottom. */
@Configuration(proxyBeanMethods = false)
record QueueRoutes(
        QueueAddresses addresses,
        Joining joining,
        QueueTokens tokens,
        Credentials credentials,
        QueueEvents events,
        Answers answers,
        Rooms rooms,
        ApplicationAvailability availability) {

    private static final ParameterizedTypeReference<Map<String, Object>> MEMBERS =
            new ParameterizedTypeReference<>() {};

    private static final byte[] UP = "{\"status\":\"UP\"}".getBytes(UTF_8);

    @Bean
    RouterFunction<ServerResponse> callsOfTheQueue() {
        byte[] outline = ApiDocument.beside(QueueRoutes.class, "openapi.yaml");
        byte[] description = addresses.moved(new String(outline, UTF_8)).getBytes(UTF_8);
        return route().POST(addresses.tokens(), this::join)
                .DELETE(addresses.current(), Answers.writing(this::leave))
                .GET(addresses.events(), Answers.writing(events::stream))
                .GET(addresses.room(), this::room)
                .GET(addresses.health(), Answers.writing(this::health))
                .HEAD(addresses.health(), Answers.writing(this::health))
                .GET(
                        addresses.description(),
                        Answers.writing(it -> tellAll(it, "public, max-age=300", description)))
                .add(answers.known(addresses.tokens(), "POST"))
                .add(answers.known(addresses.current(), "GET, DELETE"))
                .add(answers.known(addresses.events(), "GET"))
                .add(answers.known(addresses.room(), "GET"))
                .add(answers.known(addresses.health(), "GET, HEAD"))
                .build();
    }

    /** Of what is longer, or of another kind, than what is answered before there are routes. */
    private Mono<ServerResponse> join(ServerRequest request) {
        return members(request)
                .map(body -> Optional.ofNullable(body.get("room")))
                .defaultIfEmpty(Optional.empty())
                .flatMap(name -> joining.join(Caller.of(request.exchange()), name.orElse(null)))
                .flatMap(
                        outcome ->
                                Answers.written(
                                        request,
                                        it ->
                                                Answers.send(
                                                        it,
                                                        joining.answer(Caller.of(it), outcome))));
    }

    /** Nothing has no type, whatever it is said to be: forms and many clients say so. */
    private static Mono<Map<String, Object>> members(ServerRequest request) {
        HttpHeaders headers = request.headers().asHttpHeaders();
        return headers.getContentLength() > 0
                        || headers.containsHeader(HttpHeaders.TRANSFER_ENCODING)
                ? request.bodyToMono(MEMBERS)
                : Mono.empty();
    }

    // ── leave ───────────────────────────────────────────────────────────────────────────────────

    /** Whoever has no place any more, or never had one, has left all the same. */
    Mono<Void> leave(ServerWebExchange exchange) {
        String token = credentials.queueToken(Caller.of(exchange));
        if (token == null) {
            return answers.problem(exchange, Refusals.MISSING);
        }
        Optional<Ticket> ticket = tokens.verify(token);
        return ticket.isEmpty()
                ? answers.problem(exchange, Refusals.INVALID)
                : leave(exchange, ticket.get());
    }

    private Mono<Void> leave(ServerWebExchange exchange, Ticket ticket) {
        Answers.addCookie(exchange, credentials.forget(Caller.of(exchange), ticket.room()));
        return Mono.justOrEmpty(rooms.find(ticket.room()))
                .flatMap(room -> room.end(ticket, EndReason.LEFT))
                .then(Mono.defer(() -> noContent(exchange)))
                .onErrorResume(
                        LineUnavailable.class,
                        away -> answers.problem(exchange, Refusals.of(away)));
    }

    private static Mono<Void> noContent(ServerWebExchange exchange) {
        exchange.getResponse().setStatusCode(HttpStatus.NO_CONTENT);
        return exchange.getResponse().setComplete();
    }

    // ── a room ──────────────────────────────────────────────────────────────────────────────────

    private Mono<ServerResponse> room(ServerRequest request) {
        Optional<Room> asked = RoomId.parse(request.pathVariable("room")).flatMap(rooms::find);
        return Answers.written(
                request,
                exchange ->
                        asked.map(room -> tell(exchange, room))
                                .orElseGet(() -> answers.problem(exchange, Refusals.NO_ROOM)));
    }

    private Mono<Void> tell(ServerWebExchange exchange, Room room) {
        return room.view()
                .map(view -> tellAll(exchange, "public, max-age=1", document(room, view)))
                .orElseGet(() -> answers.problem(exchange, Refusals.UNAVAILABLE));
    }

    /** Nothing in it needs escaping. */
    private static byte[] document(Room room, RoomView view) {
        return """
        {"room":"%s","mode":"%s","recovering":%b,"waiting":%d,"active":%d,"estimatedWaitSeconds":%s,"asOf":"%s"}\
        """
                .formatted(
                        room.id(),
                        view.settings().mode(),
                        view.recovering(),
                        view.waiting(),
                        view.active(),
                        view.estimateForNewcomer().map(Duration::toSeconds).orElse(null),
                        view.asOfText())
                .getBytes(UTF_8);
    }

    /** Whether to send anybody here, for load balancers that reach no other port. */
    private Mono<Void> health(ServerWebExchange exchange) {
        return availability.getReadinessState() == ReadinessState.ACCEPTING_TRAFFIC
                ? tellAll(exchange, "no-store", UP)
                : answers.problem(exchange, Refusals.UNAVAILABLE);
    }

    /** What anybody may know: the same for all, so that caches can answer most of it. */
    private Mono<Void> tellAll(ServerWebExchange exchange, String cached, byte[] json) {
        exchange.getResponse().getHeaders().set(HttpHeaders.CACHE_CONTROL, cached);
        return answers.write(exchange, 200, ApiDocument.MEDIA_TYPE, json);
    }
}
