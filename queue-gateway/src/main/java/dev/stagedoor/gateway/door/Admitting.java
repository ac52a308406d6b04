package dev.stagedoor.gateway.door;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;

import dev.stagedoor.common.Bearer;
import dev.stagedoor.common.Pass;
import dev.stagedoor.common.Passes;
import dev.stagedoor.common.Problem;
import dev.stagedoor.common.UserId;
import dev.stagedoor.gateway.answer.Decision;
import dev.stagedoor.gateway.answer.Refusals;
import dev.stagedoor.gateway.forward.Passage.Hold;
import dev.stagedoor.gateway.request.Caller;
import dev.stagedoor.gateway.share.Limits;
import dev.stagedoor.gateway.share.Limits.Limit;
import dev.stagedoor.gateway.share.Shares;
import dev.stagedoor.gateway.share.Shares.Share;
import dev.stagedoor.gateway.share.Shares.Throttle;
import dev.stagedoor.gateway.upstream.Pools.Lane;
import dev.stagedoor.gateway.upstream.UpstreamProperties;
import dev.stagedoor.gateway.visitor.Credentials;
import dev.stagedoor.gateway.visitor.Identities.Identity;
import dev.stagedoor.gateway.waitingroom.Ticket;
import dev.stagedoor.gateway.waitingroom.room.Room;

import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

import reactor.core.publisher.Mono;

import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/** As whom somebody passes: with which pass, and no more at a time than one may have under way. */
@Component
final class Admitting {

    private static final int PART_OF_THE_HEAP = 32;

    /** No line has given out this number. */
    private static final long WITHOUT_PLACE = 0;

    private final Passes passes;
    private final Credentials credentials;
    private final Shares shares;
    private final int mostOpen;
    private final int mostSignedIn;

    /** Of each place, as many as a part of the heap holds. Who is forgotten begins anew. */
    private final Cache<Pass, Insider> insiders =
            Caffeine.newBuilder()
                    .maximumSize(
                            Runtime.getRuntime().maxMemory() / PART_OF_THE_HEAP / Insider.BYTES)
                    .expireAfterAccess(Duration.ofMinutes(5))
                    .build();

    Admitting(Passes passes, Credentials credentials, Shares shares, UpstreamProperties upstream) {
        this.passes = passes;
        this.credentials = credentials;
        this.shares = shares;
        this.mostOpen = Limits.part(upstream.openConnections());
        this.mostSignedIn = Limits.part(upstream.signedInConnections());
    }

    sealed interface Admission {

        /**
         * To be ended.
         *
         * @param pass as of when it is asked for: it lasts for less than a body may take to come
         */
        record As(
                Room room,
                Lane lane,
                Optional<Supplier<String>> pass,
                Optional<Ticket> ticket,
                Share share,
                Hold hold)
                implements Admission {

            void end() {
                hold.letGo();
            }
        }

        record Refused(Problem problem) implements Admission {}
    }

    Mono<Admission> admit(Decision.Passing decision, Caller caller) {
        Admission known = known(decision, caller);
        return known == null
                ? credentials.applicant(caller).map(comer -> walkIn(decision.room(), comer, caller))
                : Mono.just(known);
    }

    /** Null where it takes more than a look to know who it is. */
    @Nullable Admission known(Decision.Passing decision, Caller caller) {
        return switch (decision) {
            case Decision.Passed(Room room, Ticket ticket) -> with(room, ticket, caller);
            case Decision.FailedOpen(Room room, Ticket ticket) -> with(room, ticket, caller);
            case Decision.WalkedIn(Room room, Optional<Ticket> shown) ->
                    shown.map(ticket -> with(room, ticket, caller)).orElse(null);
            case Decision.PassedSignedIn(Room room, Bearer bearer) -> {
                Pass pass = turnless(bearer, room);
                yield sharing(
                        admit(room, Lane.SIGNED_IN, pass, Optional.empty(), shares.of(caller)),
                        Limit.SIGNED_IN_UNDER_WAY,
                        mostSignedIn);
            }
            case Decision.PassedOpenPath(Room room) ->
                    sharing(
                            new Admission.As(
                                    room,
                                    Lane.OPEN,
                                    Optional.empty(),
                                    Optional.empty(),
                                    shares.of(caller),
                                    new Hold(() -> {})),
                            Limit.OPEN_PATHS_UNDER_WAY,
                            mostOpen);
        };
    }

    /** Of connections that whoever has no turn shares with others. */
    private static Admission sharing(Admission admission, Limit limit, int most) {
        if (!(admission instanceof Admission.As as)) {
            return admission;
        }
        if (!as.share().begins(limit, most)) {
            as.end();
            return new Admission.Refused(Refusals.THROTTLED);
        }
        return new Admission.As(
                as.room(),
                as.lane(),
                as.pass(),
                as.ticket(),
                as.share(),
                new Hold(
                        () -> {
                            as.share().ends(limit);
                            as.end();
                        }));
    }

    private Admission with(Room room, Ticket ticket, Caller caller) {
        Share share = shares.of(caller);
        share.shows(ticket);
        UUID signIn = credentials.signIn(caller, ticket.user());
        Pass pass = new Pass(ticket.user(), room.id(), ticket.sequence(), signIn);
        return admit(room, Lane.ADMITTED, pass, Optional.of(ticket), share);
    }

    /** Whoever shows no ticket is the one that the sale knows, or a new guest each time. */
    private Admission walkIn(Room room, Identity comer, Caller caller) {
        return switch (comer) {
            case Identity.Known(Bearer bearer) -> withoutPlace(room, bearer, caller);
            case Identity.Unavailable _ -> new Admission.Refused(Refusals.IDENTITY_UNAVAILABLE);
            // What is no access token of ours may be the site's.
            case Identity.Guest _, Identity.Refused _ ->
                    withoutPlace(room, new Bearer(UserId.random(), null), caller);
        };
    }

    private Admission withoutPlace(Room room, Bearer bearer, Caller caller) {
        Ticket ticket = new Ticket(room.id(), bearer.user(), WITHOUT_PLACE, 0);
        return admit(
                room,
                Lane.ADMITTED,
                turnless(bearer, room),
                Optional.of(ticket),
                shares.of(caller));
    }

    private static Pass turnless(Bearer bearer, Room room) {
        return new Pass(bearer.user(), room.id(), WITHOUT_PLACE, bearer.signIn());
    }

    private Admission admit(Room room, Lane lane, Pass pass, Optional<Ticket> ticket, Share share) {
        Insider insider = insiders.get(place(pass), _ -> new Insider(shares.limits()));
        if (!insider.begins(share)) {
            return new Admission.Refused(Refusals.THROTTLED);
        }
        return new Admission.As(
                room,
                lane,
                Optional.of(() -> insider.pass(pass.signIn(), () -> passes.sign(pass))),
                ticket,
                share,
                new Hold(insider::ends));
    }

    /** The same however often somebody signs in. */
    private static Pass place(Pass pass) {
        return pass.signIn() == null
                ? pass
                : new Pass(pass.user(), pass.room(), pass.sequence(), null);
    }

    /**
     * Somebody inside: the pass that they are carried on with, and how much of theirs is under way.
     * A ticket that is handed round does not let a crowd in.
     */
    static final class Insider {

        /** With the pass and what remembers it; rounded up. */
        static final int BYTES = 1024;

        /** A pass is good for 30 s; whoever asks often need not have one signed each time. */
        private static final long PASS_IS_USED = Duration.ofSeconds(10).toNanos();

        private record Signed(@Nullable UUID signIn, String pass, long at) {}

        private final int mostUnderWay;
        private final Throttle requests;
        private final AtomicInteger underWay = new AtomicInteger();
        private volatile @Nullable Signed signed;

        Insider(Limits limits) {
            this.mostUnderWay = limits.requestsUnderWay();
            this.requests = Throttle.perSecond(limits.requestsPerSecond());
        }

        /** Whether one more request may be carried on; to be ended if so. */
        boolean begins(Share share) {
            if (share.within(Limit.REQUESTS_UNDER_WAY, underWay.incrementAndGet() <= mostUnderWay)
                    && share.within(Limit.REQUESTS, requests.allows())) {
                return true;
            }
            underWay.decrementAndGet();
            return false;
        }

        void ends() {
            underWay.decrementAndGet();
        }

        /** The one of the last sign-in is kept. */
        String pass(@Nullable UUID signIn, Supplier<String> sign) {
            Signed last = signed;
            long now = System.nanoTime();
            if (last == null
                    || now - last.at() > PASS_IS_USED
                    || !Objects.equals(last.signIn(), signIn)) {
                last = new Signed(signIn, sign.get(), now);
                signed = last;
            }
            return last.pass();
        }
    }
}
