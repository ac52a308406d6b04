package dev.stagedoor.gateway.door;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.LoadingCache;

import dev.stagedoor.common.Problem;
import dev.stagedoor.common.ProblemCode;
import dev.stagedoor.common.SessionCommand;
import dev.stagedoor.common.UserId;
import dev.stagedoor.common.log.NowAndThen;
import dev.stagedoor.gateway.answer.Answers;
import dev.stagedoor.gateway.answer.Decision;
import dev.stagedoor.gateway.answer.Refusals;
import dev.stagedoor.gateway.door.Admitting.Admission;
import dev.stagedoor.gateway.forward.Forwarded;
import dev.stagedoor.gateway.forward.Passage;
import dev.stagedoor.gateway.forward.Passage.Session;
import dev.stagedoor.gateway.forward.UpstreamForwarder;
import dev.stagedoor.gateway.forward.UpstreamForwarder.Begun;
import dev.stagedoor.gateway.meters.GatewayMeters;
import dev.stagedoor.gateway.request.Caller;
import dev.stagedoor.gateway.request.Caller.Sender;
import dev.stagedoor.gateway.upstream.Origin;
import dev.stagedoor.gateway.upstream.UpstreamProperties;
import dev.stagedoor.gateway.verdict.Verdict;
import dev.stagedoor.gateway.waitingroom.EndReason;
import dev.stagedoor.gateway.waitingroom.LineUnavailable;
import dev.stagedoor.gateway.waitingroom.RoomSettings;
import dev.stagedoor.gateway.waitingroom.Standing;
import dev.stagedoor.gateway.waitingroom.Ticket;
import dev.stagedoor.gateway.waitingroom.room.Room;

import io.netty.handler.codec.http.FullHttpResponse;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;

/** The way to the upstream of whoever was admitted, and back with its answer. */
@Component
final class Carrying {

    private static final Logger LOG = LoggerFactory.getLogger(Carrying.class);

    private final Admitting admitting;
    private final UpstreamForwarder upstream;
    private final Optional<Origin> usual;
    private final GatewayMeters meters;

    /** The same settings are asked for with every request, until they are changed. */
    private final LoadingCache<RoomSettings, Optional<Origin>> origins =
            Caffeine.newBuilder().weakKeys().build(this::origin);

    /** Where whom a proxy has not let pass was sent back to, a moment ago. */
    private final Cache<SentBack, Boolean> sentBack =
            Caffeine.newBuilder()
                    .maximumSize(10_000)
                    .expireAfterWrite(Duration.ofSeconds(5))
                    .build();

    /** While Redis is away, each hold and each payment. */
    private final NowAndThen untold = new NowAndThen();

    Carrying(
            Admitting admitting,
            UpstreamForwarder upstream,
            UpstreamProperties properties,
            GatewayMeters meters) {
        this.admitting = admitting;
        this.upstream = upstream;
        this.usual = properties.origin();
        this.meters = meters;
    }

    /** How somebody has come, who is carried on as the server knows them, and how they refuse. */
    record Way(
            HttpServerRequest request,
            HttpServerResponse response,
            Caller caller,
            Function<Problem, Mono<Void>> refuse) {}

    Mono<Void> carry(Decision.Passing decision, Way way) {
        long since = System.nanoTime();
        return admitting
                .admit(decision, way.caller())
                .flatMap(
                        admission ->
                                switch (admission) {
                                    case Admission.As as ->
                                            go(as, way, since).doFinally(_ -> as.end());
                                    case Admission.Refused(Problem problem) ->
                                            way.refuse().apply(problem);
                                });
    }

    /** Where this leads; null where it is not us who forward. */
    @Nullable Origin origin(Decision.Passing decision) {
        return origins.get(decision.room().settings()).orElse(null);
    }

    Begun begin(Origin origin, Admission.As as, Caller caller) {
        return upstream.begin(passage(origin, as, caller));
    }

    /** And it is over; null where the server has to go on with it. */
    @Nullable FullHttpResponse answer(Begun begun) {
        FullHttpResponse answer = begun.answer();
        if (answer != null) {
            count(new Forwarded.Answered(answer.status().code()), begun.since());
            begun.end(answer.status().code());
        }
        return answer;
    }

    Mono<Void> goOn(Begun begun, Way way) {
        return begun.goOn(way.response()).flatMap(it -> conclude(it, way, begun.since()));
    }

    private Passage passage(Origin origin, Admission.As as, Caller caller) {
        Session session =
                as.ticket()
                        .<Session>map(it -> new Stay(as.room(), it, untold))
                        .orElse(Session.NONE);
        return new Passage(caller, origin, as.lane(), as.pass(), session, as.share(), as.hold());
    }

    private void count(Forwarded outcome, long since) {
        meters.forwarded(outcome.outcome(), Duration.ofNanos(System.nanoTime() - since));
    }

    /** Who asks for a verdict forwards by themselves, and so does whoever is to be sent back to. */
    private Mono<Void> go(Admission.As as, Way way, long since) {
        if (Sender.PROXY.hasSent(way.caller().channel())) {
            return Answers.send(
                    way.request(), way.response(), Verdict.pass(as.pass().map(Supplier::get)));
        }
        return origins.get(as.room().settings())
                .map(origin -> passage(origin, as, way.caller()))
                .map(it -> upstream.forward(it, way.request(), way.response()))
                .map(forwarding -> forwarding.flatMap(it -> conclude(it, way, since)))
                .orElseGet(() -> sendBack(as.ticket(), way));
    }

    /** To the proxy, which has asked before the turn came; a second time it is no use. */
    private Mono<Void> sendBack(Optional<Ticket> ticket, Way way) {
        String address = way.caller().address();
        boolean isAgain =
                ticket.map(it -> new SentBack(it.user(), address.hashCode()))
                        .map(it -> sentBack.asMap().putIfAbsent(it, true))
                        .isPresent();
        if (isAgain) {
            return way.refuse().apply(Problem.of(ProblemCode.REDIRECT_LOOP));
        }
        return way.response()
                .status(307)
                .header("Location", address)
                .header("Cache-Control", "no-store")
                .header("Content-Length", "0")
                .send()
                .then();
    }

    private Mono<Void> conclude(Forwarded outcome, Way way, long since) {
        count(outcome, since);
        return switch (outcome) {
            case Forwarded.Answered _ -> Mono.empty();
            case Forwarded.Upgraded(Mono<Void> over) -> over;
            case Forwarded.Failed failure -> way.refuse().apply(Refusals.failed(failure));
            case Forwarded.BrokenOff _ -> {
                way.caller().channel().close(); // half an answer must not look like a whole one
                yield Mono.empty();
            }
        };
    }

    /** An address may be long. */
    private record SentBack(UserId user, int hashOfAddress) {}

    private Optional<Origin> origin(RoomSettings settings) {
        return settings.origin().isEmpty()
                ? usual
                : Optional.of(new Origin(URI.create(settings.origin()), settings.originTrust()));
    }

    /** The session of somebody who was admitted. */
    private record Stay(Room room, Ticket ticket, NowAndThen untold) implements Session {

        /** Happens before the upstream's answer arrives, which never fails by it. */
        @Override
        public Mono<Void> obey(SessionCommand command) {
            Mono<Void> done =
                    switch (command) {
                        case SessionCommand.Complete _ -> room.end(ticket, EndReason.COMPLETED);
                        case SessionCommand.Extend(Duration by) -> room.extend(ticket, by);
                    };
            return done.onErrorResume(
                    error -> {
                        untold.say(
                                more ->
                                        LOG.warn(
                                                "{}: {} could not be told yet: {} ({} more since"
                                                        + " last said)",
                                                room.id(),
                                                command,
                                                error.toString(),
                                                more));
                        return Mono.empty();
                    });
        }

        /** Looked at with every view, that is once in a tick. */
        @Override
        public Mono<Void> over(BooleanSupplier isUsed) {
            return room.views()
                    .onBackpressureLatest()
                    .concatMap(_ -> lasts(isUsed.getAsBoolean()), 1)
                    .takeWhile(Boolean::booleanValue)
                    .then();
        }

        /** While nobody can vouch for it, it goes on. */
        private Mono<Boolean> lasts(boolean isUsed) {
            return switch (room.settings().mode()) {
                case OPEN -> Mono.just(true);
                case CLOSED -> Mono.just(false);
                case AUTO, HOLD, DRAIN ->
                        (isUsed ? room.use(ticket) : room.standing(ticket))
                                .map(Standing.Active.class::isInstance)
                                .onErrorReturn(LineUnavailable.class, true);
            };
        }
    }
}
