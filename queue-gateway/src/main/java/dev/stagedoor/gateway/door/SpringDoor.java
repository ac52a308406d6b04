package dev.stagedoor.gateway.door;

import dev.stagedoor.common.Problem;
import dev.stagedoor.common.ProblemCode;
import dev.stagedoor.gateway.answer.Answers;
import dev.stagedoor.gateway.answer.Decision;
import dev.stagedoor.gateway.answer.Refusals;
import dev.stagedoor.gateway.door.Carrying.Way;
import dev.stagedoor.gateway.door.Door.Answer;
import dev.stagedoor.gateway.door.Door.Left;
import dev.stagedoor.gateway.page.Navigation;
import dev.stagedoor.gateway.page.WaitingPage;
import dev.stagedoor.gateway.request.Caller;

import io.netty.handler.codec.http.FullHttpResponse;

import org.springframework.context.ApplicationContext;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;

import reactor.core.publisher.Mono;

/**
 * Answers, before anything else of the framework, what {@link NettyDoor} has left: where Redis or
 * an identity provider has to be asked, and where a page is to be written. The queue's own calls go
 * on to their routes.
 *
 * @param ours tells the public's requests from those of the management port, which see every filter
 */
@Component
@Order(Ordered.HIGHEST_PRECEDENCE + 1)
record SpringDoor(
        ApplicationContext ours, Door door, Carrying carrying, WaitingPage page, Answers answers)
        implements WebFilter {

    @Override
    public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
        if (exchange.getApplicationContext() != ours) {
            return chain.filter(exchange);
        }
        return Left.take(Caller.of(exchange).channel()) instanceof Left.Refused(Problem problem)
                ? page.refuse(exchange, problem)
                : door.answer(Caller.of(exchange))
                        .flatMap(answer -> carryOut(exchange, chain, answer));
    }

    private Mono<Void> carryOut(ServerWebExchange exchange, WebFilterChain chain, Answer answer) {
        return switch (answer) {
            case Answer.Told(FullHttpResponse told) -> Answers.send(exchange, told);
            case Answer.Gated(Decision.Passing passing) -> {
                door.count(passing);
                yield carrying.carry(
                        passing,
                        new Way(
                                Answers.request(exchange),
                                Answers.response(exchange),
                                Caller.of(exchange),
                                problem -> page.refuse(exchange, problem)));
            }
            case Answer.Gated(Decision.Refusing refusing) -> {
                door.count(refusing);
                yield Navigation.isPageOfAPerson(Caller.of(exchange))
                        ? page.answer(exchange, refusing)
                        : answers.problem(exchange, Refusals.of(refusing));
            }
            case Answer.Nowhere(ProblemCode why) -> answers.problem(exchange, Problem.of(why));
            case Answer.Routed _ -> chain.filter(exchange);
        };
    }
}
