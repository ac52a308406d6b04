package dev.stagedoor.gateway.door;

import dev.stagedoor.common.Problem;
import dev.stagedoor.common.ProblemCode;
import dev.stagedoor.common.UserId;
import dev.stagedoor.gateway.GatewayProperties;
import dev.stagedoor.gateway.answer.Answers;
import dev.stagedoor.gateway.answer.Refusals;
import dev.stagedoor.gateway.gate.Decision;
import dev.stagedoor.gateway.gate.Gate;
import dev.stagedoor.gateway.gate.RoomPaths;
import dev.stagedoor.gateway.gate.Throttle;
import dev.stagedoor.gateway.line.QueueCalls;
import dev.stagedoor.gateway.line.QueueRoutes;
import dev.stagedoor.gateway.meters.GatewayMeters;
import dev.stagedoor.gateway.page.PageRoutes;
import dev.stagedoor.gateway.page.WaitingPage;
import dev.stagedoor.gateway.visitor.Applicant;
import dev.stagedoor.gateway.visitor.Applicants;
import dev.stagedoor.gateway.waitingroom.EndReason;
import dev.stagedoor.gateway.waitingroom.Ticket;
import dev.stagedoor.gateway.waitingroom.room.Room;

import org.springframework.context.ApplicationContext;
import org.springframework.http.HttpMethod;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpRequestDecorator;
import org.springframework.http.server.reactive.ServerHttpResponseDecorator;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;

import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

import java.util.Optional;
import java.util.function.Function;

/**
 * Every public request comes in here, before anything else of the framework: polls and guarded
 * paths are answered in this filter, the queue's other calls go on to their routes.
 */
public final class SpringDoor implements WebFilter {

    private final ApplicationContext ours;
    private final RoomPaths paths;
    private final Applicants applicants;
    private final Gate gate;
    private final Admitting passage;
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
    public SpringDoor(
            ApplicationContext ours,
            RoomPaths paths,
            Applicants applicants,
            Gate gate,
            Admitting passage,
            QueueCalls queue,
            WaitingPage page,
            Answers answers,
            GatewayProperties properties,
            GatewayMeters meters) {
        this.ours = ours;
        this.paths = paths;
        this.applicants = applicants;
        this.gate = gate;
        this.passage = passage;
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
        if (path.startsWith(QueueRoutes.PREFIX) || path.startsWith(PageRoutes.ASSETS)) {
            return chain.filter(exchange);
        }
        if (RoomPaths.isNeverForwarded(path)) {
            return answers.problem(exchange, Problem.of(ProblemCode.NOT_FOUND));
        }
        return paths.guarding(exchange.getRequest().getPath().pathWithinApplication())
                .map(room -> guard(exchange, room))
                .orElseGet(() -> answers.problem(exchange, Problem.of(ProblemCode.NOT_FOUND)));
    }

    private Mono<Void> guard(ServerWebExchange exchange, Room room) {
        ServerHttpRequest request = exchange.getRequest();
        if (paths.isOpen(room, request.getMethod(), request.getPath().pathWithinApplication())) {
            return passOpenPath(exchange, room);
        }
        return gate.decide(room, applicants.token(request, room))
                .flatMap(decision -> act(exchange, room, decision));
    }

    private Mono<Void> passOpenPath(ServerWebExchange exchange, Room room) {
        if (!openPaths.allows()) {
            meters.decided(room.id().name(), "throttled");
            return page.refuse(exchange, Refusals.throttled());
        }
        meters.decided(room.id().name(), "open_path");
        return passage.open(request(exchange), response(exchange), refusing(exchange));
    }

    private Mono<Void> act(ServerWebExchange exchange, Room room, Decision decision) {
        if (!decision.passes() && page.isWantedBy(exchange.getRequest())) {
            return page.answer(exchange, room, decision);
        }
        return switch (decision) {
            case Decision.Passed(Ticket ticket) -> admit(exchange, room, ticket);
            case Decision.FailedOpen(Ticket ticket) -> admit(exchange, room, ticket);
            case Decision.WalkedIn(Optional<Ticket> shown) -> walkIn(exchange, room, shown);
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

    /** Whoever shows no ticket is the one that the sale knows, or a new guest each time. */
    private Mono<Void> walkIn(ServerWebExchange exchange, Room room, Optional<Ticket> shown) {
        return shown.map(ticket -> admit(exchange, room, ticket))
                .orElseGet(
                        () ->
                                applicants
                                        .of(exchange.getRequest(), room)
                                        .flatMap(comer -> walkIn(exchange, room, comer)));
    }

    private Mono<Void> walkIn(ServerWebExchange exchange, Room room, Applicant comer) {
        return switch (comer) {
            case Applicant.Known(UserId user) -> admit(exchange, room, walkIn(room, user));
            case Applicant.Guest _ -> admit(exchange, room, walkIn(room, UserId.random()));
            case Applicant.Refused(Problem problem) -> page.refuse(exchange, problem);
        };
    }

    /** Of nobody's place: no line has given out the number 0. */
    private static Ticket walkIn(Room room, UserId user) {
        return new Ticket(room.id(), user, 0, 0);
    }

    private Mono<Void> admit(ServerWebExchange exchange, Room room, Ticket ticket) {
        return passage.admitted(
                request(exchange), response(exchange), refusing(exchange), room, ticket);
    }

    private Function<Problem, Mono<Void>> refusing(ServerWebExchange exchange) {
        return problem -> page.refuse(exchange, problem);
    }

    private static HttpServerRequest request(ServerWebExchange exchange) {
        return ServerHttpRequestDecorator.getNativeRequest(exchange.getRequest());
    }

    private static HttpServerResponse response(ServerWebExchange exchange) {
        return ServerHttpResponseDecorator.getNativeResponse(exchange.getResponse());
    }
}
