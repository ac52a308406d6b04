package dev.stagedoor.gateway.door;

import dev.stagedoor.common.Problem;
import dev.stagedoor.common.ProblemCode;
import dev.stagedoor.gateway.GatewayProperties;
import dev.stagedoor.gateway.GatewayProperties.UnknownHosts;
import dev.stagedoor.gateway.answer.Refusals;
import dev.stagedoor.gateway.forward.UpstreamForwarder;
import dev.stagedoor.gateway.gate.Decision;
import dev.stagedoor.gateway.gate.Gate;
import dev.stagedoor.gateway.gate.RoomPaths;
import dev.stagedoor.gateway.gate.RoomPaths.Guarded;
import dev.stagedoor.gateway.line.Polling;
import dev.stagedoor.gateway.line.QueueAddresses;
import dev.stagedoor.gateway.meters.GatewayMeters;
import dev.stagedoor.gateway.request.Caller;
import dev.stagedoor.gateway.waitingroom.EndReason;
import dev.stagedoor.gateway.waitingroom.Ticket;
import dev.stagedoor.gateway.waitingroom.room.Room;

import io.netty.channel.Channel;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.util.AttributeKey;

import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

import reactor.core.publisher.Mono;

import java.util.Optional;

/**
 * Where every public request comes in, whoever serves it: {@link NettyDoor} before the framework
 * makes anything of it, or {@link SpringDoor} where somebody has to be asked, a page has to be
 * written, or another site calls. What is said is the same.
 */
@Component
record Door(
        QueueAddresses addresses,
        RoomPaths paths,
        Gate gate,
        Polling polling,
        GatewayProperties properties,
        GatewayMeters meters) {

    private static final Answer MISDIRECTED = new Answer.Nowhere(ProblemCode.MISDIRECTED_REQUEST);

    /** What becomes of a request. */
    sealed interface Answer {

        /** At an address of the queue's own, which has routes. */
        record Routed() implements Answer {}

        /** Of a place, or why not. */
        record Told(FullHttpResponse answer) implements Answer {}

        record Gated(Decision decision) implements Answer {}

        /** Of no room, not for the public, or asked of somebody else. */
        record Nowhere(ProblemCode why) implements Answer {}
    }

    /** Empty where somebody has to be asked. */
    Optional<Answer> known(Caller caller) {
        if (isMisdirected(caller)) {
            return Optional.of(MISDIRECTED);
        }
        if (caller.asks(HttpMethod.GET, addresses.current())) {
            return polling.known(caller).map(Answer.Told::new);
        }
        Optional<Guarded> guarded = guarded(caller);
        return guarded.isPresent()
                ? gate.known(guarded.get(), caller).map(Answer.Gated::new)
                : Optional.of(unguarded(caller));
    }

    /** Who may be read by other sites is decided with the framework's help. */
    boolean isOfAnotherSite(Caller caller) {
        return !properties.corsOrigins().isEmpty() && caller.header(HttpHeaderNames.ORIGIN) != null;
    }

    Mono<Answer> answer(Caller caller) {
        if (isMisdirected(caller)) {
            return Mono.just(MISDIRECTED);
        }
        if (caller.asks(HttpMethod.GET, addresses.current())) {
            return polling.ask(caller).map(Answer.Told::new);
        }
        return guarded(caller)
                .map(guarded -> gate.decide(guarded, caller).<Answer>map(Answer.Gated::new))
                .orElseGet(() -> Mono.just(unguarded(caller)));
    }

    private Optional<Guarded> guarded(Caller caller) {
        return addresses.isOwn(caller) ? Optional.empty() : paths.guarding(caller);
    }

    private boolean isMisdirected(Caller caller) {
        return properties.unknownHosts() == UnknownHosts.REFUSED && paths.isUnknownHost(caller);
    }

    private Answer unguarded(Caller caller) {
        return addresses.isOwn(caller)
                ? new Answer.Routed()
                : new Answer.Nowhere(ProblemCode.NOT_FOUND);
    }

    /** Once for every request, by whoever carries it out. */
    void count(Decision decision) {
        meters.decided(decision.room().id().name(), decision.outcome());
    }

    Problem problem(Decision.Refusing decision) {
        return switch (decision) {
            case Decision.Missing _ -> Refusals.MISSING;
            case Decision.Invalid _ -> Refusals.INVALID;
            case Decision.Waiting(Room room, Ticket ticket, long ahead) ->
                    room.view()
                            .map(view -> view.placeOf(ticket, ahead, room.pollBudget()))
                            .map(Refusals::waiting)
                            .orElse(Refusals.UNAVAILABLE);
            case Decision.Ended(_, EndReason reason) -> Refusals.notAdmitted(reason);
            case Decision.Throttled _ -> Refusals.THROTTLED;
            case Decision.Closed _ -> Refusals.CLOSED;
            case Decision.Unavailable _ -> Refusals.UNAVAILABLE;
        };
    }

    /** What one door has found out of a request, and leaves to the next one. */
    sealed interface Left {

        AttributeKey<Left> LEFT = AttributeKey.valueOf("stagedoor-left");

        /** What is to be carried out. */
        record Known(Answer answer) implements Left {}

        /** What is on its way already. */
        record Begun(UpstreamForwarder.Begun request) implements Left {}

        record Refused(Problem problem) implements Left {}

        static void leave(Channel channel, Left left) {
            channel.attr(LEFT).set(left);
        }

        /** If nobody has taken it: by now it may be that of the next request. */
        static void takeBack(Channel channel, Left left) {
            channel.attr(LEFT).compareAndSet(left, null);
        }

        static @Nullable Left take(Channel channel) {
            return channel.attr(LEFT).getAndSet(null);
        }
    }
}
