package dev.stagedoor.gateway.ops;

import dev.stagedoor.common.Problem;
import dev.stagedoor.common.ProblemCode;
import dev.stagedoor.gateway.ops.TicketStories.Asked;
import dev.stagedoor.gateway.waitingroom.operators.Operator;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;

import reactor.core.publisher.Mono;

/** What operators ask about single tickets, and taking them away. */
record TicketCalls(TicketStories stories, OpsAnswers answers) {

    private static final Logger LOG = LoggerFactory.getLogger(TicketCalls.class);

    Mono<ServerResponse> explain(ServerRequest request) {
        return Body.of(request).map(stories::asked).flatMap(asked -> explain(request, asked));
    }

    Mono<ServerResponse> revoke(ServerRequest request) {
        return Body.of(request).map(stories::asked).flatMap(asked -> revoke(request, asked));
    }

    private Mono<ServerResponse> explain(ServerRequest request, Asked asked) {
        return switch (asked) {
            case Asked.OfTicket(var room, var ticket) ->
                    stories.tell(room, ticket).flatMap(answers::ok);
            case Asked.OfUser(var room, var user) -> stories.tell(room, user).flatMap(answers::ok);
            case Asked.NotOurs _ -> answers.ok(TicketStory.invalid());
            case Asked.NoSuchRoom _ -> noSuchRoom(request);
            case Asked.Unclear(var field, var must) ->
                    answers.problem(request, OpsAnswers.wrong(field, must));
        };
    }

    private Mono<ServerResponse> revoke(ServerRequest request, Asked asked) {
        Operator by = OpsFilter.operator(request);
        return switch (asked) {
            case Asked.OfTicket(var room, var ticket) ->
                    stories.revoke(room, ticket, by)
                            .flatMap(done -> revoked(request, done, stories.tell(room, ticket)));
            case Asked.OfUser(var room, var user) ->
                    stories.revoke(room, user, by)
                            .flatMap(done -> revoked(request, done, stories.tell(room, user)));
            case Asked.NotOurs _ ->
                    answers.problem(request, OpsAnswers.wrong("token", "be one of ours"));
            case Asked.NoSuchRoom _ -> noSuchRoom(request);
            case Asked.Unclear(var field, var must) ->
                    answers.problem(request, OpsAnswers.wrong(field, must));
        };
    }

    private Mono<ServerResponse> revoked(
            ServerRequest request, boolean done, Mono<TicketStory> story) {
        if (!done) {
            return answers.problem(request, Problem.of(ProblemCode.TICKET_NOT_FOUND));
        }
        Operator by = OpsFilter.operator(request);
        return story.doOnNext(
                        it ->
                                LOG.info(
                                        "{}: ticket {} of {} revoked by {} from {}",
                                        it.whose().room(),
                                        it.whose().sequence(),
                                        it.whose().user(),
                                        by.name(),
                                        by.address()))
                .flatMap(answers::ok);
    }

    private Mono<ServerResponse> noSuchRoom(ServerRequest request) {
        return answers.problem(request, Problem.of(ProblemCode.ROOM_NOT_FOUND));
    }
}
