package dev.stagedoor.gateway.visitor;

import dev.stagedoor.common.Bearer;
import dev.stagedoor.common.Headers;
import dev.stagedoor.common.RoomId;
import dev.stagedoor.common.UserId;
import dev.stagedoor.gateway.request.Caller;
import dev.stagedoor.gateway.request.QueueCookies;
import dev.stagedoor.gateway.request.TrustedProxies;
import dev.stagedoor.gateway.token.QueueTokens;
import dev.stagedoor.gateway.visitor.Identities.Identity;
import dev.stagedoor.gateway.waitingroom.Ticket;
import dev.stagedoor.gateway.waitingroom.room.Room;

import io.netty.handler.codec.http.HttpHeaderNames;

import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.stereotype.Component;

import reactor.core.publisher.Mono;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.LongSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Who comes, by what a request shows: in headers if it is a program's, in a cookie if it is a
 * browser's. Over https that is a cookie whose name sees to it that no other host has set it, and
 * no other one is believed.
 */
@Component
public final class Credentials {

    private static final String ACCESS_COOKIE = "access-token";
    private static final String BEARER = "Bearer ";

    private static final Pattern ROOM_ASKED_ABOUT = Pattern.compile("(?:^|&)room=([^&]*)");

    private static final Duration KNOWN_FOR = Duration.ofMinutes(1);

    /** There may be other keys then, by which it is good. */
    private static final Duration REFUSED_FOR = IssuerKeys.PAUSE;

    /** A power of two. */
    private static final int RECENT = 4096;

    /** Longer ones are verified each time. */
    private static final int LONGEST = 2048;

    private static final Optional<Identity> ANYBODY = Optional.of(new Identity.Guest());

    private final TrustedProxies proxies;
    private final QueueTokens queueTokens;
    private final Identities identities;

    /** The last access token of each slot, and whose it is; at most 10 MB. */
    private final AtomicReferenceArray<Seen> recent = new AtomicReferenceArray<>(RECENT);

    private final LongSupplier nanoTime;

    private record Seen(String token, Identity identity, long untilNanos) {}

    @Autowired
    Credentials(TrustedProxies proxies, QueueTokens queueTokens, Identities identities) {
        this(proxies, queueTokens, identities, System::nanoTime);
    }

    Credentials(
            TrustedProxies proxies,
            QueueTokens queueTokens,
            Identities identities,
            LongSupplier nanoTime) {
        this.proxies = proxies;
        this.queueTokens = queueTokens;
        this.identities = identities;
        this.nanoTime = nanoTime;
    }

    // ── tickets ─────────────────────────────────────────────────────────────────────────────────

    /** The queue token for this room, good or not, header before cookie. */
    public @Nullable String queueToken(Caller caller, RoomId room) {
        String shown = caller.header(Headers.QUEUE_TOKEN);
        return shown == null ? cookie(caller, QueueCookies.PREFIX + room) : shown;
    }

    /** The ticket of this room that the request shows, whatever has become of it. */
    public Optional<Ticket> ticket(Caller caller, Room room) {
        String token = queueToken(caller, room.id());
        return token == null ? Optional.empty() : ticket(token, room);
    }

    /** A good token of another room is none of this one. */
    public Optional<Ticket> ticket(String token, Room room) {
        return queueTokens.verify(token).filter(ticket -> ticket.room().equals(room.id()));
    }

    /**
     * The queue token for whatever room it names: the header, or the cookie of the room that the
     * query asks about, or the only cookie of a room.
     */
    public @Nullable String queueToken(Caller caller) {
        String shown = caller.header(Headers.QUEUE_TOKEN);
        return shown == null ? cookieAskedAbout(caller) : shown;
    }

    private @Nullable String cookieAskedAbout(Caller caller) {
        Optional<RoomId> room = roomAskedAbout(caller.query());
        if (room.isPresent()) {
            return cookie(caller, QueueCookies.PREFIX + room.get());
        }
        String ours = named(QueueCookies.PREFIX, caller);
        return caller.cookie((String name) -> name.startsWith(ours));
    }

    private static Optional<RoomId> roomAskedAbout(@Nullable String query) {
        if (query == null) {
            return Optional.empty();
        }
        Matcher asked = ROOM_ASKED_ABOUT.matcher(query);
        return asked.find() ? RoomId.parse(decoded(asked.group(1))) : Optional.empty();
    }

    private static String decoded(String value) {
        return value.indexOf('%') < 0 ? value : URLDecoder.decode(value, StandardCharsets.UTF_8);
    }

    // ── who they are ────────────────────────────────────────────────────────────────────────────

    /**
     * Whether whoever shows a ticket says themselves that they are somebody else than it was given
     * to. Whoever says nothing is believed, so what is no access token of ours says nothing either:
     * it may be meant for the upstream.
     */
    public static boolean isSomebodyElse(Identity who, Ticket ticket) {
        Bearer bearer = who.bearer();
        return bearer != null && !bearer.user().equals(ticket.user());
    }

    /** By which sign-in the holder of a ticket is known, if that comes along. */
    public @Nullable UUID signIn(Caller caller, UserId holder) {
        return known(caller)
                .map(Identity::bearer)
                .filter(bearer -> bearer.user().equals(holder))
                .map(Bearer::signIn)
                .orElse(null);
    }

    public boolean haveAccessToken(Caller caller) {
        return shown(caller) != null;
    }

    /** Who they say they are; empty where an identity provider has to be asked. */
    public Optional<Identity> known(Caller caller) {
        String token = shown(caller);
        if (token == null) {
            return ANYBODY;
        }
        Seen last = recent(token);
        return last != null
                ? Optional.of(last.identity())
                : identities.atOnce(token).map(identity -> seen(token, identity));
    }

    public Mono<Identity> ask(Caller caller) {
        return known(caller).map(Mono::just).orElseGet(() -> ask(shown(caller)));
    }

    private Mono<Identity> ask(String token) {
        return identities.identify(token).map(identity -> seen(token, identity));
    }

    /**
     * As whom they come who want a place: a program's access token must be good, a browser's old
     * cookie is as good as none.
     */
    public Mono<Identity> applicant(Caller caller) {
        return ask(caller)
                .map(
                        who ->
                                who instanceof Identity.Refused && accessToken(caller).isEmpty()
                                        ? new Identity.Guest()
                                        : who);
    }

    /** Of a browser in a cookie: it cannot send a header with the page it asks for. */
    private @Nullable String shown(Caller caller) {
        return accessToken(caller).orElseGet(() -> cookie(caller, ACCESS_COOKIE));
    }

    private @Nullable Seen recent(String token) {
        Seen last = recent.getAcquire(slot(token));
        return last != null
                        && last.token().equals(token)
                        && nanoTime.getAsLong() - last.untilNanos() < 0
                ? last
                : null;
    }

    private Identity seen(String token, Identity identity) {
        if (token.length() <= LONGEST && !(identity instanceof Identity.Unavailable)) {
            Duration lasts = identity.bearer() == null ? REFUSED_FOR : KNOWN_FOR;
            long until = nanoTime.getAsLong() + lasts.toNanos();
            recent.setRelease(slot(token), new Seen(token, identity, until));
        }
        return identity;
    }

    private static int slot(String token) {
        return token.hashCode() & RECENT - 1;
    }

    private Optional<String> accessToken(Caller caller) {
        return Optional.ofNullable(caller.header(HttpHeaderNames.AUTHORIZATION))
                .filter(value -> value.regionMatches(true, 0, BEARER, 0, BEARER.length()))
                .map(value -> value.substring(BEARER.length()).strip());
    }

    // ── cookies ─────────────────────────────────────────────────────────────────────────────────

    /** What shows that a browser keeps cookies, before it is worth a place. */
    public String probe(Caller caller, RoomId room) {
        return cookie(caller, room, "none", QueueTokens.LONG_ENOUGH);
    }

    public String keep(Caller caller, RoomId room, String token) {
        return cookie(caller, room, token, QueueTokens.LONG_ENOUGH);
    }

    /** The rooms of all that come along: browsers name the one first that they got first. */
    public List<RoomId> keptRooms(Caller caller) {
        String ours = named(QueueCookies.PREFIX, caller);
        List<RoomId> rooms = new ArrayList<>();
        caller.cookie(
                (String name) -> {
                    if (name.startsWith(ours)) {
                        RoomId.parse(name.substring(ours.length())).ifPresent(rooms::add);
                    }
                    return false;
                });
        return rooms;
    }

    public String forget(Caller caller, RoomId room) {
        return cookie(caller, room, "", Duration.ZERO);
    }

    /** A {@code Set-Cookie}, the same whoever writes it. */
    private String cookie(Caller caller, RoomId room, String token, Duration lifetime) {
        return named(QueueCookies.PREFIX + room, caller)
                + "="
                + token
                + "; Max-Age="
                + lifetime.toSeconds()
                + (isSecure(caller) ? "; Path=/; Secure" : "; Path=/")
                + "; HttpOnly; SameSite=Lax";
    }

    private @Nullable String cookie(Caller caller, String name) {
        return caller.cookie(named(name, caller));
    }

    private String named(String name, Caller caller) {
        return isSecure(caller) ? QueueCookies.SECURE + name : name;
    }

    public boolean isSecure(Caller caller) {
        return proxies.isSecure(caller.scheme(), caller.peer(), caller.header("X-Forwarded-Proto"));
    }
}
