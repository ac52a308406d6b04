package dev.stagedoor.gateway.page;

import dev.stagedoor.common.Problem;
import dev.stagedoor.common.RoomId;
import dev.stagedoor.gateway.answer.Answers;
import dev.stagedoor.gateway.answer.Decision;
import dev.stagedoor.gateway.answer.Refusals;
import dev.stagedoor.gateway.line.Joining;
import dev.stagedoor.gateway.request.Caller;
import dev.stagedoor.gateway.visitor.Credentials;
import dev.stagedoor.gateway.waitingroom.EndReason;
import dev.stagedoor.gateway.waitingroom.Place;
import dev.stagedoor.gateway.waitingroom.RoomSettings;
import dev.stagedoor.gateway.waitingroom.RoomView;
import dev.stagedoor.gateway.waitingroom.Standing;
import dev.stagedoor.gateway.waitingroom.Ticket;
import dev.stagedoor.gateway.waitingroom.room.Room;

import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.stereotype.Component;
import org.springframework.web.server.ServerWebExchange;

import reactor.core.publisher.Mono;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;

/**
 * What a browser sees instead of the page it asked for. It stays at that page's address: when the
 * turn has come, it simply asks again. Everything on it works without scripts; with them it is
 * live.
 *
 * <p>Asking for a page takes a place in line, but only for a browser that has shown that it keeps
 * cookies. So asking again finds the place that is held, and whoever keeps none (crawlers,
 * previews, a page fetched in advance) takes none, however often they ask.
 */
@Component
public record WaitingPage(Answers answers, Joining joining, Credentials credentials, Pages pages) {

    private static final Duration SHORTEST_REFRESH = Duration.ofSeconds(5);

    /** With some twenty of them nginx, as it comes, takes the head of no request any more. */
    private static final int MOST_COOKIES = 16;

    private static final int MOST_TAKEN_BACK = 8;

    /** What is said at the gate, as a page. */
    public Mono<Void> answer(ServerWebExchange exchange, Decision.Refusing decision) {
        if (Navigation.isForm(Caller.of(exchange))) {
            return unsent(exchange, Refusals.of(decision));
        }
        Room room = decision.room();
        return switch (decision) {
            case Decision.Missing _ -> greet(exchange, room);
            case Decision.Invalid _ when Navigation.mayTakeAPlace(Caller.of(exchange)) ->
                    joining.join(exchange, room)
                            .flatMap(outcome -> placed(exchange, room, outcome));
            case Decision.Invalid _ -> greet(exchange, room);
            case Decision.Waiting(_, Ticket ticket, long ahead) ->
                    waiting(
                            exchange,
                            room,
                            view -> view.placeOf(ticket, ahead, room.pollBudget()),
                            ticket);
            case Decision.Ended(_, EndReason reason) -> ended(exchange, room, reason);
            case Decision.Throttled _, Decision.Closed _, Decision.Unavailable _ ->
                    refuse(exchange, Refusals.of(decision));
        };
    }

    /** A problem as a page for a person, as a document for a program. */
    public Mono<Void> refuse(ServerWebExchange exchange, Problem problem) {
        return Navigation.isPageOfAPerson(Caller.of(exchange))
                ? pages.problem(exchange, problem, Navigation.back(Caller.of(exchange)))
                : answers.problem(exchange, problem);
    }

    /** Another place for somebody whose ticket has ended; back to where they wanted to go. */
    Mono<Void> joinAgain(ServerWebExchange exchange, Room room, String back) {
        return joining.join(exchange, room)
                .flatMap(
                        outcome ->
                                switch (outcome) {
                                    case Joining.Outcome.Placed _ -> goTo(exchange, back);
                                    case Joining.Outcome.Refused(Problem problem) ->
                                            pages.problem(exchange, problem, back);
                                });
    }

    static Mono<Void> goTo(ServerWebExchange exchange, String address) {
        ServerHttpResponse response = exchange.getResponse();
        response.setStatusCode(HttpStatus.SEE_OTHER);
        response.getHeaders().setLocation(URI.create(address));
        response.getHeaders().set(HttpHeaders.CACHE_CONTROL, "no-store");
        return response.setComplete();
    }

    /**
     * A form cannot wait in line: whoever has sent it queues where it stood, and sends it again.
     */
    private Mono<Void> unsent(ServerWebExchange exchange, Problem problem) {
        PageWords words = PageWords.of(Caller.of(exchange));
        return pages.show(
                exchange,
                Pages.Kind.PROBLEM,
                problem.status(),
                Duration.ofSeconds(problem.retryAfterSeconds()),
                Map.of(
                        "back", Navigation.back(Caller.of(exchange)),
                        "heading", words.word("unsent"),
                        "text", words.word("unsent.detail")));
    }

    // ── states ──────────────────────────────────────────────────────────────────────────────────

    private Mono<Void> greet(ServerWebExchange exchange, Room room) {
        Caller caller = Caller.of(exchange);
        if (Navigation.isInAdvance(caller)) {
            return pages.problem(exchange, Refusals.UNAVAILABLE, caller.address());
        }
        takeBackTheOldest(exchange, caller);
        Answers.addCookie(exchange, credentials.probe(caller, room.id()));
        return pages.show(exchange, Pages.Kind.GREETING, 202, Duration.ofSeconds(1), Map.of());
    }

    /** Of somebody who goes from room to room; not those by which they may wait. */
    private void takeBackTheOldest(ServerWebExchange exchange, Caller caller) {
        List<RoomId> kept = credentials.keptRooms(caller);
        kept.stream()
                .filter(id -> !joining.mayWait(caller, id))
                .limit(Math.clamp(kept.size() - MOST_COOKIES, 0, MOST_TAKEN_BACK))
                .forEach(id -> Answers.addCookie(exchange, credentials.forget(caller, id)));
    }

    private Mono<Void> placed(ServerWebExchange exchange, Room room, Joining.Outcome outcome) {
        return switch (outcome) {
            case Joining.Outcome.Placed(_, Ticket ticket, Standing.Waiting(long ahead), _, _, _) ->
                    waiting(
                            exchange,
                            room,
                            view -> view.firstPlaceOf(ticket, ahead, room.pollBudget()),
                            ticket);
            case Joining.Outcome.Placed _ -> goTo(exchange, Caller.of(exchange).address());
            case Joining.Outcome.Refused(Problem problem) -> refuse(exchange, problem);
        };
    }

    private Mono<Void> waiting(
            ServerWebExchange exchange, Room room, Function<RoomView, Place> told, Ticket ticket) {
        return room.view()
                .map(view -> waiting(exchange, ticket, told.apply(view), view.settings()))
                .orElseGet(() -> refuse(exchange, Refusals.UNAVAILABLE));
    }

    private Mono<Void> waiting(
            ServerWebExchange exchange, Ticket ticket, Place place, RoomSettings settings) {
        PageWords words = PageWords.of(Caller.of(exchange));
        Duration pollAfter = place.pollAfter();
        return pages.show(
                exchange,
                Pages.Kind.WAITING,
                202,
                pollAfter.compareTo(SHORTEST_REFRESH) < 0 ? SHORTEST_REFRESH : pollAfter,
                Map.of(
                        "room", ticket.room().name(),
                        "sequence", Long.toString(ticket.sequence()),
                        "position", words.number(place.position()),
                        "ahead", Long.toString(place.ahead()),
                        "behind", words.number(place.waiting() - place.position()),
                        "wait", words.guess(place.estimate()),
                        "notice", place.notice().map(words::notice).orElse(""),
                        "silence", words.length(settings.idleTimeout()),
                        "session", words.length(settings.session())));
    }

    /** The status is that of the gate for everybody: nobody passes with this ticket any more. */
    private Mono<Void> ended(ServerWebExchange exchange, Room room, EndReason reason) {
        PageWords words = PageWords.of(Caller.of(exchange));
        String name = reason.name().toLowerCase(Locale.ROOT);
        return pages.show(
                exchange,
                Pages.Kind.ENDED,
                Refusals.notAdmitted(reason).status(),
                Duration.ZERO,
                Map.of(
                        "room", room.id().name(),
                        "heading", words.word(name),
                        "text", words.word(name + ".detail")));
    }
}
