package dev.stagedoor.gateway.door;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.LoadingCache;

import dev.stagedoor.common.Bearer;
import dev.stagedoor.common.Pass;
import dev.stagedoor.common.Passes;
import dev.stagedoor.common.Problem;
import dev.stagedoor.common.ProblemCode;
import dev.stagedoor.common.SessionCommand;
import dev.stagedoor.common.UserId;
import dev.stagedoor.gateway.answer.Refusals;
import dev.stagedoor.gateway.forward.Forwarded;
import dev.stagedoor.gateway.forward.Session;
import dev.stagedoor.gateway.forward.UpstreamForwarder;
import dev.stagedoor.gateway.forward.UpstreamForwarder.Passage;
import dev.stagedoor.gateway.gate.Decision;
import dev.stagedoor.gateway.meters.GatewayMeters;
import dev.stagedoor.gateway.request.Caller;
import dev.stagedoor.gateway.share.Share;
import dev.stagedoor.gateway.share.Shares;
import dev.stagedoor.gateway.upstream.Lane;
import dev.stagedoor.gateway.upstream.Origin;
import dev.stagedoor.gateway.upstream.UpstreamProperties;
import dev.stagedoor.gateway.verdict.Verdict;
import dev.stagedoor.gateway.visitor.Applicant;
import dev.stagedoor.gateway.visitor.Applicants;
import dev.stagedoor.gateway.visitor.Bearers;
import dev.stagedoor.gateway.waitingroom.EndReason;
import dev.stagedoor.gateway.waitingroom.LineUnavailable;
import dev.stagedoor.gateway.waitingroom.RoomSettings;
import dev.stagedoor.gateway.waitingroom.Standing;
import dev.stagedoor.gateway.waitingroom.Ticket;
import dev.stagedoor.gateway.waitingroom.room.Room;

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
import java.util.UUID;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/** The way to the upstream: with a pass for whoever was admitted, and back with its answer. */
@Component
final class Admitting {

    private static final Logger LOG = LoggerFactory.getLogger(Admitting.class);

    private static final int PART_OF_THE_HEAP = 32;

    /** No line has given out this number. */
    private static final long WITHOUT_PLACE = 0;

    private final UpstreamForwarder upstream;
    private final Optional<Origin> usual;
    private final Passes passes;
    private final Applicants applicants;
    private final Bearers bearers;
    private final Shares shares;
    private final GatewayMeters meters;

    /** As many as a part of the heap holds. Who is forgotten begins anew. */
    private final Cache<Pass, Insider> insiders =
            Caffeine.newBuilder()
                    .maximumSize(
                            Runtime.getRuntime().maxMemory() / PART_OF_THE_HEAP / Insider.BYTES)
                    .expireAfterAccess(Duration.ofMinutes(5))
                    .build();

    /** The same settings are asked for with every request, until they are changed. */
    private final LoadingCache<RoomSettings, Optional<Origin>> origins =
            Caffeine.newBuilder().weakKeys().build(this::origin);

    /** Where whom a proxy has not let pass was sent back to, a moment ago. */
    private final Cache<SentBack, Boolean> sentBack =
            Caffeine.newBuilder()
                    .maximumSize(10_000)
                    .expireAfterWrite(Duration.ofSeconds(5))
                    .build();

    Admitting(
            UpstreamForwarder upstream,
            UpstreamProperties properties,
            Passes passes,
            Applicants applicants,
            Bearers bearers,
            Shares shares,
            GatewayMeters meters) {
        this.upstream = upstream;
        this.usual = properties.origin();
        this.passes = passes;
        this.applicants = applicants;
        this.bearers = bearers;
        this.shares = shares;
        this.meters = meters;
    }

    /**
     * @param refuse how to tell the client that there is no answer from the upstream
     */
    Mono<Void> admit(
            Decision.Passing decision,
            HttpServerRequest request,
            HttpServerResponse response,
            Function<Problem, Mono<Void>> refuse) {
        Way way = new Way(request, response, refuse);
        return switch (decision) {
            case Decision.Passed(Room room, Ticket ticket) -> way.with(room, ticket);
            case Decision.FailedOpen(Room room, Ticket ticket) -> way.with(room, ticket);
            case Decision.WalkedIn(Room room, Optional<Ticket> shown) -> way.walkIn(room, shown);
            case Decision.PassedOpenPath(Room room) -> way.open(room);
            case Decision.PassedSignedIn(Room room, Bearer bearer) -> way.signedIn(room, bearer);
        };
    }

    private Insider insider(Pass pass) {
        return insiders.get(pass, _ -> new Insider(shares.limits()));
    }

    private Pass pass(Room room, Ticket ticket, Caller caller) {
        UUID signIn = bearers.signIn(caller, ticket.user());
        return new Pass(ticket.user(), room.id(), ticket.sequence(), signIn);
    }

    private static Pass turnless(Bearer bearer, Room room) {
        return new Pass(bearer.user(), room.id(), WITHOUT_PLACE, bearer.signIn());
    }

    // ── somebody else forwards ──────────────────────────────────────────────────────────────────

    /** What a proxy is told of somebody who passes. */
    sealed interface Vouched {

        /**
         * @param pass empty where none is needed
         */
        record For(Optional<String> pass) implements Vouched {}

        record Refused(Problem problem) implements Vouched {}
    }

    /** Null where it takes more than a look to know who it is. */
    @Nullable Vouched vouch(Decision.Passing decision, Caller caller) {
        return switch (decision) {
            case Decision.Passed(Room room, Ticket ticket) -> vouch(room, ticket, caller);
            case Decision.FailedOpen(Room room, Ticket ticket) -> vouch(room, ticket, caller);
            case Decision.PassedSignedIn(Room room, Bearer bearer) ->
                    vouch(turnless(bearer, room), shares.of(caller));
            case Decision.PassedOpenPath _ -> new Vouched.For(Optional.empty());
            case Decision.WalkedIn _ -> null;
        };
    }

    private Vouched vouch(Room room, Ticket ticket, Caller caller) {
        Share share = shares.of(caller);
        share.shows(ticket);
        return vouch(pass(room, ticket, caller), share);
    }

    private Vouched vouch(Pass pass, Share share) {
        Insider insider = insider(pass);
        if (!insider.begins(share)) {
            return new Vouched.Refused(Refusals.throttled());
        }
        insider.ends();
        return new Vouched.For(Optional.of(insider.pass(() -> passes.sign(pass))));
    }

    // ── we forward ──────────────────────────────────────────────────────────────────────────────

    private final class Way {

        private final HttpServerRequest request;
        private final HttpServerResponse response;
        private final Function<Problem, Mono<Void>> refuse;
        private final long begun = System.nanoTime();

        Way(
                HttpServerRequest request,
                HttpServerResponse response,
                Function<Problem, Mono<Void>> refuse) {
            this.request = request;
            this.response = response;
            this.refuse = refuse;
        }

        Mono<Void> open(Room room) {
            return go(room, Lane.OPEN, Optional.empty(), Optional.empty());
        }

        Mono<Void> signedIn(Room room, Bearer bearer) {
            Pass pass = turnless(bearer, room);
            Share share = shares.of(new Caller(request));
            return carry(room, Lane.SIGNED_IN, pass, Optional.empty(), share);
        }

        Mono<Void> with(Room room, Ticket ticket) {
            Caller caller = new Caller(request);
            Share share = shares.of(caller);
            share.shows(ticket);
            return carry(
                    room, Lane.ADMITTED, pass(room, ticket, caller), Optional.of(ticket), share);
        }

        private Mono<Void> carry(
                Room room, Lane lane, Pass pass, Optional<Ticket> ticket, Share share) {
            Insider insider = insider(pass);
            if (!insider.begins(share)) {
                return refuse.apply(Refusals.throttled());
            }
            return go(room, lane, Optional.of(insider.pass(() -> passes.sign(pass))), ticket)
                    .doFinally(_ -> insider.ends());
        }

        /** Whoever shows no ticket is the one that the sale knows, or a new guest each time. */
        Mono<Void> walkIn(Room room, Optional<Ticket> shown) {
            return shown.map(ticket -> with(room, ticket))
                    .orElseGet(
                            () ->
                                    applicants
                                            .of(new Caller(request))
                                            .flatMap(comer -> walkIn(room, comer)));
        }

        private Mono<Void> walkIn(Room room, Applicant comer) {
            return switch (comer) {
                case Applicant.Known(Bearer bearer) -> withoutPlace(room, bearer);
                case Applicant.Guest _ -> withoutPlace(room, new Bearer(UserId.random(), null));
                case Applicant.Refused(Problem problem) -> refuse.apply(problem);
            };
        }

        private Mono<Void> withoutPlace(Room room, Bearer bearer) {
            Ticket ticket = new Ticket(room.id(), bearer.user(), WITHOUT_PLACE, 0);
            Pass pass = turnless(bearer, room);
            Share share = shares.of(new Caller(request));
            return carry(room, Lane.ADMITTED, pass, Optional.of(ticket), share);
        }

        /**
         * Who asks for a verdict forwards by themselves, and so does whoever is to be sent back to.
         */
        private Mono<Void> go(
                Room room, Lane lane, Optional<String> pass, Optional<Ticket> ticket) {
            if (Verdict.isAsked(request)) {
                return Verdict.pass(response, pass);
            }
            return origins.get(room.settings())
                    .map(origin -> forward(origin, lane, pass, session(room, ticket)))
                    .orElseGet(() -> sendBack(ticket));
        }

        private Mono<Void> forward(
                Origin origin, Lane lane, Optional<String> pass, Session session) {
            return upstream.forward(new Passage(request, response, origin, lane, pass, session))
                    .flatMap(this::conclude);
        }

        /** To the proxy, which has asked before the turn came; a second time it is no use. */
        private Mono<Void> sendBack(Optional<Ticket> ticket) {
            String address = request.uri();
            boolean isAgain =
                    ticket.map(it -> new SentBack(it.user(), address.hashCode()))
                            .map(it -> sentBack.asMap().putIfAbsent(it, true))
                            .isPresent();
            if (isAgain) {
                return refuse.apply(Problem.of(ProblemCode.REDIRECT_LOOP));
            }
            return response.status(307)
                    .header("Location", address)
                    .header("Cache-Control", "no-store")
                    .header("Content-Length", "0")
                    .send()
                    .then();
        }

        private Mono<Void> conclude(Forwarded outcome) {
            meters.forwarded(outcome.outcome(), Duration.ofNanos(System.nanoTime() - begun));
            return switch (outcome) {
                case Forwarded.Answered _ -> Mono.empty();
                case Forwarded.Upgraded(Mono<Void> over) -> over;
                case Forwarded.Failed failure -> refuse.apply(Refusals.failed(failure));
                case Forwarded.BrokenOff _ -> breakOff();
            };
        }

        /** Half an answer must not look like a whole one. */
        private Mono<Void> breakOff() {
            response.withConnection(connection -> connection.channel().close());
            return Mono.empty();
        }
    }

    /** An address may be long. */
    private record SentBack(UserId user, int hashOfAddress) {}

    private Optional<Origin> origin(RoomSettings settings) {
        return settings.origin().isEmpty()
                ? usual
                : Optional.of(new Origin(URI.create(settings.origin()), settings.originTrust()));
    }

    private static Session session(Room room, Optional<Ticket> ticket) {
        return ticket.<Session>map(it -> new Stay(room, it)).orElse(Session.NONE);
    }

    /** The session of somebody who was admitted. */
    private record Stay(Room room, Ticket ticket) implements Session {

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
                        LOG.warn(
                                "{}: {} could not be told yet: {}",
                                room.id(),
                                command,
                                error.toString());
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
