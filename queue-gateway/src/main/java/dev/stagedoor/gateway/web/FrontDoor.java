package dev.stagedoor.gateway.web;

import dev.stagedoor.common.Pass;
import dev.stagedoor.common.Passes;
import dev.stagedoor.common.Problem;
import dev.stagedoor.common.ProblemCode;
import dev.stagedoor.common.SessionCommand;
import dev.stagedoor.gateway.access.Decision;
import dev.stagedoor.gateway.access.Gate;
import dev.stagedoor.gateway.forward.Forwarding;
import dev.stagedoor.gateway.forward.UpstreamForwarder;
import dev.stagedoor.gateway.meters.GatewayMeters;
import dev.stagedoor.gateway.waitingroom.EndReason;
import dev.stagedoor.gateway.waitingroom.LineUnavailable;
import dev.stagedoor.gateway.waitingroom.Room;
import dev.stagedoor.gateway.waitingroom.Ticket;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.ApplicationContext;
import org.springframework.http.HttpMethod;
import org.springframework.http.server.reactive.ServerHttpRequestDecorator;
import org.springframework.http.server.reactive.ServerHttpResponseDecorator;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;

import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;

/**
 * Every public request comes in here, before anything else of the framework: polls and guarded
 * paths are answered in this filter, the queue's other calls go on to their routes.
 */
final class FrontDoor implements WebFilter {

    private static final Logger LOG = LoggerFactory.getLogger(FrontDoor.class);

    private final ApplicationContext ours;
    private final RoomPaths paths;
    private final Gate gate;
    private final Passes passes;
    private final UpstreamForwarder upstream;
    private final QueueCalls queue;
    private final WaitingPage page;
    private final Answers answers;
    private final Throttle openPaths;
    private final GatewayProperties properties;
    private final GatewayMeters meters;

    /**
     * @param ours tells the public's requests from those of the management port, which see every
     *     filter
     */
    FrontDoor(
            ApplicationContext ours,
            RoomPaths paths,
            Gate gate,
            Passes passes,
            UpstreamForwarder upstream,
            QueueCalls queue,
            WaitingPage page,
            Answers answers,
            GatewayProperties properties,
            GatewayMeters meters) {
        this.ours = ours;
        this.paths = paths;
        this.gate = gate;
        this.passes = passes;
        this.upstream = upstream;
        this.queue = queue;
        this.page = page;
        this.answers = answers;
        this.openPaths = new Throttle(properties.openPathsPerSecond(), System::nanoTime);
        this.properties = properties;
        this.meters = meters;
    }

    @Override
    public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
        if (exchange.getApplicationContext() != ours) {
            return chain.filter(exchange);
        }
        String path = exchange.getRequest().getURI().getRawPath();
        if (path.equals(QueueRoutes.CURRENT)
                && exchange.getRequest().getMethod() == HttpMethod.GET) {
            return queue.poll(exchange);
        }
        if (RoomPaths.isAmbiguous(path)) {
            return answers.problem(exchange, ambiguous());
        }
        if (path.startsWith(QueueRoutes.PREFIX) || path.startsWith(QueueRoutes.ASSETS)) {
            return chain.filter(exchange);
        }
        if (isNeverForwarded(path)) {
            return answers.problem(exchange, Problem.of(ProblemCode.NOT_FOUND));
        }
        return paths.guarding(exchange.getRequest())
                .map(room -> guard(exchange, room))
                .orElseGet(() -> answers.problem(exchange, Problem.of(ProblemCode.NOT_FOUND)));
    }

    private Mono<Void> guard(ServerWebExchange exchange, Room room) {
        if (paths.isOpen(room, exchange.getRequest())) {
            return passOpenPath(exchange, room);
        }
        return gate.decide(room, Credentials.queueToken(exchange.getRequest(), room.id()))
                .flatMap(decision -> act(exchange, room, decision));
    }

    private Mono<Void> passOpenPath(ServerWebExchange exchange, Room room) {
        if (!openPaths.allows()) {
            meters.decided(room.id().name(), "throttled");
            return page.refuse(exchange, Refusals.throttled());
        }
        meters.decided(room.id().name(), "open_path");
        return forward(exchange, Optional.empty(), _ -> Mono.empty());
    }

    private Mono<Void> act(ServerWebExchange exchange, Room room, Decision decision) {
        boolean passes =
                decision instanceof Decision.Passed || decision instanceof Decision.FailedOpen;
        if (!passes && page.isWantedBy(exchange.getRequest())) {
            return page.answer(exchange, room, decision);
        }
        return switch (decision) {
            case Decision.Passed(Ticket ticket) -> forward(exchange, room, ticket);
            case Decision.FailedOpen(Ticket ticket) -> forward(exchange, room, ticket);
            case Decision.Missing _ -> answers.problem(exchange, Refusals.missing());
            case Decision.Invalid _ -> answers.problem(exchange, Refusals.invalid());
            case Decision.Waiting waiting -> answers.problem(exchange, waiting(room, waiting));
            case Decision.Ended(EndReason reason) ->
                    answers.problem(exchange, Refusals.notAdmitted(reason));
            case Decision.Closed _ -> answers.problem(exchange, Refusals.closed());
            case Decision.Unavailable _ -> answers.problem(exchange, Refusals.unavailable());
        };
    }

    private Problem waiting(Room room, Decision.Waiting waiting) {
        return room.view()
                .map(view -> Refusals.waiting(waiting, view, properties.pollBudget()))
                .orElseGet(Refusals::unavailable);
    }

    private Mono<Void> forward(ServerWebExchange exchange, Room room, Ticket ticket) {
        String pass = passes.sign(new Pass(ticket.user(), room.id(), ticket.sequence()));
        return forward(exchange, Optional.of(pass), command -> obey(room, ticket, command));
    }

    private Mono<Void> forward(
            ServerWebExchange exchange,
            Optional<String> pass,
            Function<SessionCommand, Mono<Void>> obey) {
        long begun = System.nanoTime();
        HttpServerRequest request =
                ServerHttpRequestDecorator.getNativeRequest(exchange.getRequest());
        HttpServerResponse response =
                ServerHttpResponseDecorator.getNativeResponse(exchange.getResponse());
        return upstream.forward(request, response, pass, obey)
                .flatMap(
                        outcome ->
                                conclude(
                                        exchange,
                                        response,
                                        outcome,
                                        Duration.ofNanos(System.nanoTime() - begun)));
    }

    private Mono<Void> conclude(
            ServerWebExchange exchange,
            HttpServerResponse response,
            Forwarding outcome,
            Duration took) {
        meters.forwarded(outcome.outcome(), took);
        return switch (outcome) {
            case Forwarding.Answered _ -> Mono.empty();
            case Forwarding.Failed failure -> page.refuse(exchange, Refusals.failed(failure));
            case Forwarding.BrokenOff _ -> breakOff(response);
        };
    }

    /** Half an answer must not look like a whole one. */
    private static Mono<Void> breakOff(HttpServerResponse response) {
        response.withConnection(connection -> connection.channel().close());
        return Mono.empty();
    }

    /**
     * What the upstream says of a session happens before its answer arrives; its answer never fails
     * by it.
     */
    private static Mono<Void> obey(Room room, Ticket ticket, SessionCommand command) {
        Mono<Void> done =
                switch (command) {
                    case SessionCommand.Complete _ -> room.end(ticket, EndReason.COMPLETED);
                    case SessionCommand.Extend(Duration by) -> room.extend(ticket, by);
                };
        return done.onErrorResume(
                LineUnavailable.class,
                away -> {
                    LOG.warn(
                            "{}: {} could not be told yet: {}",
                            room.id(),
                            command,
                            away.getMessage());
                    return Mono.empty();
                });
    }

    private static boolean isNeverForwarded(String path) {
        return isAtOrBelow(path, "/actuator")
                || isAtOrBelow(path, "/ops")
                || isAtOrBelow(path, "/admin");
    }

    private static boolean isAtOrBelow(String path, String folder) {
        return path.regionMatches(true, 0, folder, 0, folder.length())
                && (path.length() == folder.length() || path.charAt(folder.length()) == '/');
    }

    private static Problem ambiguous() {
        return Problem.of(ProblemCode.VALIDATION_FAILED).with("field", "path");
    }
}
