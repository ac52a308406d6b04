package dev.stagedoor.gateway.door;

import dev.stagedoor.common.Problem;
import dev.stagedoor.common.ProblemCode;
import dev.stagedoor.gateway.answer.Answers;
import dev.stagedoor.gateway.answer.Decision;
import dev.stagedoor.gateway.answer.Refusals;
import dev.stagedoor.gateway.door.Carrying.Way;
import dev.stagedoor.gateway.door.Door.Answer;
import dev.stagedoor.gateway.door.Door.Left;
import dev.stagedoor.gateway.forward.UpstreamForwarder.Begun;
import dev.stagedoor.gateway.page.Navigation;
import dev.stagedoor.gateway.request.Caller;

import io.netty.handler.codec.http.FullHttpResponse;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.reactor.netty.NettyRouteProvider;
import org.springframework.http.server.reactive.HttpHandler;
import org.springframework.http.server.reactive.ReactorHttpHandlerAdapter;
import org.springframework.stereotype.Component;

import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;
import reactor.netty.http.server.HttpServerRoutes;

/**
 * Answers whatever is known at once before the framework makes anything of the request: polls,
 * those who are inside, and those who may not pass. All else goes on to {@link SpringDoor}.
 */
@Component
record NettyDoor(
        Door door, Carrying carrying, Answers answers, ObjectProvider<HttpHandler> framework)
        implements NettyRouteProvider {

    @Override
    public HttpServerRoutes apply(HttpServerRoutes routes) {
        HttpHandler handler = framework.getObject();
        ReactorHttpHandlerAdapter spring =
                new ReactorHttpHandlerAdapter(
                        (request, response) -> handler.handle(new FewPieces(request), response));
        return routes.route(
                _ -> true, (request, response) -> new Visit(request, response, spring).answer());
    }

    private final class Visit {

        private final HttpServerRequest request;
        private final HttpServerResponse response;
        private final ReactorHttpHandlerAdapter spring;
        private final Caller caller;

        Visit(
                HttpServerRequest request,
                HttpServerResponse response,
                ReactorHttpHandlerAdapter spring) {
            this.request = request;
            this.response = response;
            this.spring = spring;
            this.caller = new Caller(request);
        }

        Mono<Void> answer() {
            return switch (Left.take(caller.channel())) {
                case Left.Known(Answer answer) -> carryOut(answer);
                case Left.Begun(Begun begun) -> carrying.goOn(begun, way());
                case Left.Refused(Problem problem) -> refuse(problem);
                case null -> find();
            };
        }

        private Mono<Void> find() {
            return door.isOfAnotherSite(caller)
                    ? goOn()
                    : door.known(caller).map(this::carryOut).orElseGet(this::goOn);
        }

        private Mono<Void> carryOut(Answer answer) {
            return switch (answer) {
                case Answer.Told(FullHttpResponse told) -> Answers.send(request, response, told);
                case Answer.Gated(Decision.Passing passing) -> {
                    door.count(passing);
                    yield carrying.carry(passing, way());
                }
                case Answer.Gated(Decision.Refusing _) when Navigation.isPageOfAPerson(caller) ->
                        goOn();
                case Answer.Gated(Decision.Refusing refusing) -> {
                    door.count(refusing);
                    yield tell(Refusals.of(refusing));
                }
                case Answer.Nowhere(ProblemCode why) -> tell(Problem.of(why));
                case Answer.Routed _ -> goOn();
            };
        }

        private Way way() {
            return new Way(request, response, caller, this::refuse);
        }

        private Mono<Void> tell(Problem problem) {
            return answers.problem(request, response, problem);
        }

        /** Pages are written by the framework: it is told what of, unless it refuses by itself. */
        private Mono<Void> refuse(Problem problem) {
            if (!Navigation.isPageOfAPerson(caller)) {
                return tell(problem);
            }
            Left left = new Left.Refused(problem);
            Left.leave(caller.channel(), left);
            return goOn().doFinally(_ -> Left.takeBack(caller.channel(), left));
        }

        private Mono<Void> goOn() {
            return spring.apply(request, response);
        }
    }
}
