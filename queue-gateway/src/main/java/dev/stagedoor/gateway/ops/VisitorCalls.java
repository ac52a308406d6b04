package dev.stagedoor.gateway.ops;

import com.fasterxml.jackson.annotation.JsonInclude;

import dev.stagedoor.common.Problem;
import dev.stagedoor.common.ProblemCode;
import dev.stagedoor.common.UserId;
import dev.stagedoor.gateway.token.Guests;
import dev.stagedoor.gateway.waitingroom.Bans;
import dev.stagedoor.gateway.waitingroom.Network;
import dev.stagedoor.gateway.waitingroom.Setting;
import dev.stagedoor.gateway.waitingroom.redis.OperatorStore.Banned;
import dev.stagedoor.gateway.waitingroom.redis.OperatorStore.Operator;
import dev.stagedoor.gateway.waitingroom.room.Room;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.convert.DurationStyle;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;

import reactor.core.publisher.Mono;

import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;

/** Ending the visits of many, and keeping somebody out. */
record VisitorCalls(RoomCalls rooms, Guests guests) {

    private static final Logger LOG = LoggerFactory.getLogger(VisitorCalls.class);

    private static final int LONGEST_WHY = 200;
    private static final Duration LONGEST = Duration.ofDays(365);

    record Ended(String who, long ended) {}

    /**
     * @param until none if it has to be lifted by hand
     * @param ended how many tickets were ended when it began
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record BanDocument(
            String who, @Nullable Instant until, String by, String why, @Nullable Long ended) {

        private static BanDocument of(Bans.Ban ban) {
            Instant until = ban.until().equals(Instant.MAX) ? null : ban.until();
            return new BanDocument(ban.who(), until, ban.by(), ban.why(), null);
        }
    }

    Mono<Ended> end(ServerRequest request) {
        return rooms.inRoom(request, (room, body) -> end(request, room, body));
    }

    Mono<Map<String, List<BanDocument>>> bans(ServerRequest request) {
        return rooms.inRoom(
                request, (room, _) -> room.controls().look().map(view -> told(view.bans())));
    }

    Mono<BanDocument> ban(ServerRequest request) {
        return rooms.inRoom(request, (room, body) -> ban(request, room, body));
    }

    Mono<ServerResponse> lift(ServerRequest request) {
        return rooms.inRoom(request, (room, _) -> lift(request, room));
    }

    private Mono<Ended> end(ServerRequest request, Room room, Body body) {
        Whom whom =
                Whom.any(body.text("who").strip(), guests)
                        .orElseThrow(() -> invalid("who", Whom.RULE + ", or guests"));
        return end(request, room, whom).map(ended -> new Ended(whom.toString(), ended));
    }

    private Mono<Long> end(ServerRequest request, Room room, Whom whom) {
        Operator by = OpsFilter.operator(request);
        Mono<Long> ended =
                switch (whom) {
                    case Whom.User(var user) ->
                            TicketCalls.revoke(room, user, by).map(done -> done ? 1L : 0L);
                    case Whom.Many(var name, var patterns) ->
                            room.controls().endAll(name, patterns, by);
                };
        return ended.doOnNext(
                count ->
                        LOG.info(
                                "{}: {} tickets of {} ended by {} from {}",
                                room.id(),
                                count,
                                whom,
                                by.name(),
                                by.address()));
    }

    private static Refusal invalid(String field, String must) {
        return new Refusal(Problem.invalid(field, must));
    }

    private static Map<String, List<BanDocument>> told(Bans bans) {
        return Map.of(
                "bans",
                bans.all().stream()
                        .sorted(Comparator.comparing(Bans.Ban::until))
                        .map(BanDocument::of)
                        .toList());
    }

    /**
     * Keeps them from joining first, so that whoever is ended does not come back. Other gateways
     * know it with their next view: whoever comes between is ended by another call.
     */
    private Mono<BanDocument> ban(ServerRequest request, Room room, Body body) {
        Whom whom =
                Whom.one(body.text("who").strip(), guests)
                        .orElseThrow(() -> invalid("who", Whom.RULE));
        Duration length =
                length(body.text("for"))
                        .orElseThrow(() -> invalid("for", "be a duration such as 90m, up to 365d"));
        String why = body.text("why").strip();
        if (why.isEmpty() || why.length() > LONGEST_WHY || !Setting.isOneLine(why)) {
            throw invalid(
                    "why", "be one line of 1 to 200 characters, none of them a control character");
        }
        return room.controls()
                .look()
                .map(view -> view.now().plus(length))
                .flatMap(until -> ban(request, room, whom, until, why));
    }

    private Mono<BanDocument> ban(
            ServerRequest request, Room room, Whom whom, Instant until, String why) {
        Operator by = OpsFilter.operator(request);
        return room.controls()
                .ban(whom.toString(), Optional.of(until), why, by)
                .filter(done -> done == Banned.DONE)
                .switchIfEmpty(Mono.error(() -> invalid("who", "be one of 500 at most")))
                .flatMap(_ -> end(request, room, whom))
                .map(ended -> new BanDocument(whom.toString(), until, by.name(), why, ended));
    }

    /** By the words that it has been written with, which may be somebody's own. */
    private Mono<ServerResponse> lift(ServerRequest request, Room room) {
        String who = request.queryParam("who").orElse("").strip();
        String written = Whom.one(who, guests).map(Whom::toString).orElse(who);
        return room.controls()
                .ban(written, Optional.empty(), "", OpsFilter.operator(request))
                .filter(done -> done == Banned.DONE)
                .switchIfEmpty(Refusal.because(ProblemCode.NOT_FOUND))
                .flatMap(_ -> ServerResponse.noContent().build());
    }

    private static Optional<Duration> length(String text) {
        try {
            return Optional.of(text.strip())
                    .filter(Setting::hasUnit)
                    .map(DurationStyle::detectAndParse)
                    .filter(it -> it.toMillis() > 0 && it.compareTo(LONGEST) <= 0);
        } catch (IllegalArgumentException | ArithmeticException _) {
            return Optional.empty();
        }
    }

    /** Those whom an operator means: one user, all guests, or the guests of a network. */
    sealed interface Whom {

        String RULE = "be a user id, an address, a /24 or a /64";

        Pattern UUID_FORM = Pattern.compile("[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}");

        record User(UserId id) implements Whom {
            @Override
            public String toString() {
                return id.toString();
            }
        }

        record Many(String name, List<String> patterns) implements Whom {
            @Override
            public String toString() {
                return name;
            }
        }

        /** Whom one can keep out: not everybody. */
        static Optional<Whom> one(String text, Guests guests) {
            return user(text)
                    .<Whom>map(User::new)
                    .or(
                            () ->
                                    Network.parse(text)
                                            .map(
                                                    it ->
                                                            new Many(
                                                                    it.toString(),
                                                                    guests.allFrom(it))));
        }

        static Optional<Whom> any(String text, Guests guests) {
            return text.equals("guests")
                    ? Optional.of(new Many("guests", Guests.all()))
                    : one(text, guests);
        }

        /** As the API writes ids, or as a UUID. */
        static Optional<UserId> user(String text) {
            return UUID_FORM.matcher(text).matches()
                    ? Optional.of(new UserId(UUID.fromString(text)))
                    : UserId.parse(text);
        }
    }
}
