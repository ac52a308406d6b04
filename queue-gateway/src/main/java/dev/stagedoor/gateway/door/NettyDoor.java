package dev.stagedoor.gateway.door;

import dev.stagedoor.common.Headers;
import dev.stagedoor.gateway.answer.Answers;
import dev.stagedoor.gateway.answer.StatusDocument;
import dev.stagedoor.gateway.gate.Gate;
import dev.stagedoor.gateway.gate.RoomPaths;
import dev.stagedoor.gateway.line.QueueCalls;
import dev.stagedoor.gateway.line.QueueRoutes;
import dev.stagedoor.gateway.page.PageRoutes;
import dev.stagedoor.gateway.token.QueueTokens;
import dev.stagedoor.gateway.waitingroom.Ticket;
import dev.stagedoor.gateway.waitingroom.room.Room;
import dev.stagedoor.gateway.waitingroom.room.Rooms;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;

import org.springframework.boot.reactor.netty.NettyRouteProvider;
import org.springframework.http.server.PathContainer;
import org.springframework.http.server.reactive.HttpHandler;
import org.springframework.http.server.reactive.ReactorHttpHandlerAdapter;

import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;
import reactor.netty.http.server.HttpServerRoutes;

import java.util.Optional;
import java.util.function.Supplier;

/**
 * Answers the two requests that nearly all the others are, before the framework makes anything of
 * them: the poll of somebody whose standing is known here, and the request of somebody who is
 * inside for certain. Whatever is not quite plain goes on to {@link SpringDoor}, which knows every
 * case.
 */
public final class NettyDoor implements NettyRouteProvider {

    private final RoomPaths paths;
    private final Rooms rooms;
    private final QueueTokens tokens;
    private final Gate gate;
    private final QueueCalls queue;
    private final Admitting passage;
    private final Answers answers;
    private final Supplier<HttpHandler> framework;

    public NettyDoor(
            RoomPaths paths,
            Rooms rooms,
            QueueTokens tokens,
            Gate gate,
            QueueCalls queue,
            Admitting passage,
            Answers answers,
            Supplier<HttpHandler> framework) {
        this.paths = paths;
        this.rooms = rooms;
        this.tokens = tokens;
        this.gate = gate;
        this.queue = queue;
        this.passage = passage;
        this.answers = answers;
        this.framework = framework;
    }

    @Override
    public HttpServerRoutes apply(HttpServerRoutes routes) {
        ReactorHttpHandlerAdapter others = new ReactorHttpHandlerAdapter(framework.get());
        return routes.route(
                _ -> true,
                (request, response) ->
                        atOnce(request, response).orElseGet(() -> others.apply(request, response)));
    }

    private Optional<Mono<Void>> atOnce(HttpServerRequest request, HttpServerResponse response) {
        String token = request.requestHeaders().get(Headers.QUEUE_TOKEN);
        if (token == null || request.requestHeaders().contains(HttpHeaderNames.ORIGIN)) {
            return Optional.empty();
        }
        String path = RoomPaths.pathOf(request.uri());
        if (path.startsWith(QueueRoutes.PREFIX)) {
            return isPoll(request, path) ? polled(response, token) : Optional.empty();
        }
        return guarded(path, request.method())
                .flatMap(room -> passed(request, response, room, token));
    }

    private static boolean isPoll(HttpServerRequest request, String path) {
        return path.equals(QueueRoutes.CURRENT) && request.method().equals(HttpMethod.GET);
    }

    private Optional<Mono<Void>> polled(HttpServerResponse response, String token) {
        return tokens.verify(token)
                .flatMap(ticket -> rooms.find(ticket.room()).flatMap(room -> status(room, ticket)))
                .map(document -> answers.status(response, document));
    }

    private Optional<StatusDocument> status(Room room, Ticket ticket) {
        return room.known(ticket).flatMap(standing -> queue.polled(room, ticket, standing));
    }

    private Optional<Room> guarded(String path, HttpMethod method) {
        if (RoomPaths.isNeverForwarded(path) || path.startsWith(PageRoutes.ASSETS)) {
            return Optional.empty();
        }
        PathContainer parsed = PathContainer.parsePath(path);
        var asked = org.springframework.http.HttpMethod.valueOf(method.name());
        return paths.guarding(parsed).filter(room -> !paths.isOpen(room, asked, parsed));
    }

    private Optional<Mono<Void>> passed(
            HttpServerRequest request, HttpServerResponse response, Room room, String token) {
        return gate.passesAtOnce(room, token)
                .map(
                        passed ->
                                passage.admitted(
                                        request,
                                        response,
                                        problem -> answers.problem(request, response, problem),
                                        room,
                                        passed.ticket()));
    }
}
