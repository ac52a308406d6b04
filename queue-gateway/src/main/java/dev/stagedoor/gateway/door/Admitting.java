package dev.stagedoor.gateway.door;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;

import dev.stagedoor.common.Pass;
import dev.stagedoor.common.Passes;
import dev.stagedoor.common.Problem;
import dev.stagedoor.common.SessionCommand;
import dev.stagedoor.gateway.answer.Refusals;
import dev.stagedoor.gateway.forward.Forwarded;
import dev.stagedoor.gateway.forward.UpstreamForwarder;
import dev.stagedoor.gateway.meters.GatewayMeters;
import dev.stagedoor.gateway.waitingroom.EndReason;
import dev.stagedoor.gateway.waitingroom.Ticket;
import dev.stagedoor.gateway.waitingroom.room.Room;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;

/** The way to the upstream: with a pass for whoever was admitted, and back with its answer. */
public final class Admitting {

    private static final Logger LOG = LoggerFactory.getLogger(Admitting.class);

    private final UpstreamForwarder upstream;
    private final GatewayMeters meters;

    /** A pass is good for 30 s; whoever asks often need not have one signed each time. */
    private final Cache<Pass, String> signed;

    private final Passes passes;

    public Admitting(UpstreamForwarder upstream, Passes passes, GatewayMeters meters) {
        this.upstream = upstream;
        this.passes = passes;
        this.meters = meters;
        this.signed =
                Caffeine.newBuilder()
                        .maximumSize(100_000)
                        .expireAfterWrite(Duration.ofSeconds(10))
                        .build();
    }

    /**
     * @param refuse how to tell the client that there is no answer from the upstream
     */
    Mono<Void> admitted(
            HttpServerRequest request,
            HttpServerResponse response,
            Function<Problem, Mono<Void>> refuse,
            Room room,
            Ticket ticket) {
        Pass pass = new Pass(ticket.user(), room.id(), ticket.sequence());
        return forward(
                request,
                response,
                refuse,
                Optional.of(signed.get(pass, passes::sign)),
                command -> obey(room, ticket, command));
    }

    Mono<Void> open(
            HttpServerRequest request,
            HttpServerResponse response,
            Function<Problem, Mono<Void>> refuse) {
        return forward(request, response, refuse, Optional.empty(), _ -> Mono.empty());
    }

    private Mono<Void> forward(
            HttpServerRequest request,
            HttpServerResponse response,
            Function<Problem, Mono<Void>> refuse,
            Optional<String> pass,
            Function<SessionCommand, Mono<Void>> obey) {
        long begun = System.nanoTime();
        return upstream.forward(request, response, pass, obey)
                .flatMap(outcome -> conclude(response, refuse, outcome, begun));
    }

    private Mono<Void> conclude(
            HttpServerResponse response,
            Function<Problem, Mono<Void>> refuse,
            Forwarded outcome,
            long begun) {
        meters.forwarded(outcome.outcome(), Duration.ofNanos(System.nanoTime() - begun));
        return switch (outcome) {
            case Forwarded.Answered _ -> Mono.empty();
            case Forwarded.Failed failure -> refuse.apply(Refusals.failed(failure));
            case Forwarded.BrokenOff _ -> breakOff(response);
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
                error -> {
                    LOG.warn(
                            "{}: {} could not be told yet: {}",
                            room.id(),
                            command,
                            error.toString());
                    return Mono.empty();
                });
    }
}
