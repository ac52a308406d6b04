package dev.stagedoor.gateway.visitor;

import dev.stagedoor.common.Bearer;
import dev.stagedoor.common.Problem;
import dev.stagedoor.common.ProblemCode;
import dev.stagedoor.gateway.answer.Refusals;
import dev.stagedoor.gateway.request.Caller;
import dev.stagedoor.gateway.token.QueueTokens;
import dev.stagedoor.gateway.waitingroom.Ticket;
import dev.stagedoor.gateway.waitingroom.room.Room;

import org.springframework.stereotype.Component;

import reactor.core.publisher.Mono;

import java.util.Optional;

/** Tells those who come by what they show. */
@Component
public final class Applicants {

    private final Credentials credentials;
    private final QueueTokens queueTokens;
    private final Identities identities;

    public Applicants(Credentials credentials, QueueTokens queueTokens, Identities identities) {
        this.credentials = credentials;
        this.queueTokens = queueTokens;
        this.identities = identities;
    }

    /** The token for this room, good or not. */
    public Optional<String> token(Caller caller, Room room) {
        return Optional.ofNullable(credentials.queueToken(caller, room.id()));
    }

    /** The ticket of this room that the request shows, whatever has become of it. */
    public Optional<Ticket> ticket(Caller caller, Room room) {
        return token(caller, room)
                .flatMap(queueTokens::verify)
                .filter(ticket -> ticket.room().equals(room.id()));
    }

    /** A program's access token must be good; a browser's old cookie is as good as none. */
    public Mono<Applicant> of(Caller caller) {
        return credentials
                .accessToken(caller)
                .map(token -> identities.identify(token).map(Applicants::applicant))
                .or(() -> credentials.accessCookie(caller).map(this::ofCookie))
                .orElseGet(() -> Mono.just(new Applicant.Guest()));
    }

    private Mono<Applicant> ofCookie(String cookie) {
        return identities
                .identify(cookie)
                .map(
                        identity ->
                                identity instanceof Identity.Refused
                                        ? new Applicant.Guest()
                                        : applicant(identity));
    }

    private static Applicant applicant(Identity identity) {
        return switch (identity) {
            case Identity.Known(Bearer bearer) -> new Applicant.Known(bearer);
            case Identity.Refused _ ->
                    new Applicant.Refused(Problem.of(ProblemCode.ACCESS_TOKEN_INVALID));
            case Identity.Unavailable _ -> new Applicant.Refused(Refusals.identityUnavailable());
        };
    }
}
