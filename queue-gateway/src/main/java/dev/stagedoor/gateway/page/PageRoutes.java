package dev.stagedoor.gateway.page;

import static org.springframework.web.reactive.function.server.RouterFunctions.route;

import dev.stagedoor.common.Problem;
import dev.stagedoor.common.ProblemCode;
import dev.stagedoor.common.RoomId;
import dev.stagedoor.gateway.answer.Answers;
import dev.stagedoor.gateway.line.QueueAddresses;
import dev.stagedoor.gateway.request.Caller;
import dev.stagedoor.gateway.visitor.Credentials;
import dev.stagedoor.gateway.waitingroom.EndReason;
import dev.stagedoor.gateway.waitingroom.LineUnavailable;
import dev.stagedoor.gateway.waitingroom.room.Room;
import dev.stagedoor.gateway.waitingroom.room.Rooms;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.codec.DecodingException;
import org.springframework.util.MultiValueMap;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import org.springframework.web.server.ServerWebExchange;

import reactor.core.publisher.Mono;

import java.util.Optional;

/**
 * What the page itself asks for: its files, and its buttons, which are forms so that they need no
 * script. They act on the cookie only: a browser does not send it with the form of another site, so
 * that no site can make a visitor lose a place; nor can another host of this one.
 */
@Configuration(proxyBeanMethods = false)
record PageRoutes(
        QueueAddresses addresses,
        Rooms rooms,
        Credentials credentials,
        WaitingPage page,
        PageFiles files,
        Answers answers) {

    @Bean
    RouterFunction<ServerResponse> callsOfThePage() {
        String leave = addresses.prefix() + "page/leave";
        String joinAgain = addresses.prefix() + "page/join";
        return route().POST(leave, Answers.writing(it -> pressed(it, this::leave)))
                .POST(joinAgain, Answers.writing(it -> pressed(it, this::join)))
                .GET(addresses.assets() + "{name}", this::file)
                .add(answers.known(leave, "POST"))
                .add(answers.known(joinAgain, "POST"))
                .build();
    }

    private Mono<ServerResponse> file(ServerRequest request) {
        return Answers.written(request, it -> files.answer(it, request.pathVariable("name")));
    }

    private interface Button {
        Mono<Void> press(ServerWebExchange exchange, Room room, String back);
    }

    /** The framework does not say that it is the form's fault if it cannot be decoded. */
    private Mono<Void> pressed(ServerWebExchange exchange, Button button) {
        if ("same-site".equals(Caller.of(exchange).header("Sec-Fetch-Site"))) {
            return answers.problem(exchange, Problem.of(ProblemCode.FOREIGN_ORIGIN));
        }
        return exchange.getFormData()
                .onErrorMap(
                        IllegalArgumentException.class,
                        error -> new DecodingException("not a form", error))
                .flatMap(
                        form ->
                                room(form)
                                        .map(room -> button.press(exchange, room, back(form)))
                                        .orElseGet(() -> WaitingPage.goTo(exchange, back(form))));
    }

    /** Gives the place back. The cookie stays, for the page to know that it was left. */
    private Mono<Void> leave(ServerWebExchange exchange, Room room, String back) {
        return Mono.justOrEmpty(credentials.ticket(Caller.of(exchange), room))
                .flatMap(held -> room.end(held, EndReason.LEFT))
                .onErrorResume(LineUnavailable.class, _ -> Mono.empty())
                .then(Mono.defer(() -> WaitingPage.goTo(exchange, back)));
    }

    /** Whoever shows no ticket of the room is asked to navigate like everybody else. */
    private Mono<Void> join(ServerWebExchange exchange, Room room, String back) {
        return credentials.ticket(Caller.of(exchange), room).isPresent()
                ? page.joinAgain(exchange, room, back)
                : WaitingPage.goTo(exchange, back);
    }

    private Optional<Room> room(MultiValueMap<String, String> form) {
        return Optional.ofNullable(form.getFirst("room"))
                .flatMap(RoomId::parse)
                .flatMap(rooms::find);
    }

    private static String back(MultiValueMap<String, String> form) {
        return Navigation.here(Optional.ofNullable(form.getFirst("back")).orElse("/"));
    }
}
