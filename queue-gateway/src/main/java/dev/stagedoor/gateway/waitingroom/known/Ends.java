package dev.stagedoor.gateway.waitingroom.known;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;

import dev.stagedoor.common.UserId;
import dev.stagedoor.gateway.waitingroom.EndReason;
import dev.stagedoor.gateway.waitingroom.Ticket;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Tickets that are over, as far as this gateway has heard: answered without asking Redis where the
 * reason is known. Ends decided here while Redis could not be told are kept until it has been.
 */
public final class Ends {

    private final Cache<Place, Optional<EndReason>> heard =
            Caffeine.newBuilder()
                    .maximumSize(100_000)
                    .expireAfterWrite(Duration.ofHours(1))
                    .build();

    private final Cache<Ticket, EndReason> untold =
            Caffeine.newBuilder()
                    .maximumSize(100_000)
                    .expireAfterWrite(Duration.ofHours(1))
                    .build();

    /** Told lately: what Redis loses with its newest writes is told again. */
    private final Cache<Ticket, EndReason> toldLately =
            Caffeine.newBuilder()
                    .maximumSize(100_000)
                    .expireAfterWrite(Duration.ofMinutes(1))
                    .build();

    private record Place(UserId user, long sequence) {
        static Place of(Ticket ticket) {
            return new Place(ticket.user(), ticket.sequence());
        }
    }

    void put(UserId user, long sequence, EndReason reason) {
        heard.put(new Place(user, sequence), Optional.of(reason));
    }

    /** Gone from where it stood; only Redis knows where to. */
    void unclear(Ticket ticket) {
        heard.asMap().putIfAbsent(Place.of(ticket), Optional.empty());
    }

    /** Found again. */
    void clear(Ticket ticket) {
        heard.asMap().remove(Place.of(ticket), Optional.empty());
    }

    /** The first reason stays; it is the one to be told. */
    public EndReason untold(Ticket ticket, EndReason reason) {
        EndReason first =
                heard.asMap()
                        .merge(
                                Place.of(ticket),
                                Optional.of(reason),
                                (known, now) -> known.isPresent() ? known : now)
                        .orElse(reason);
        untold.put(ticket, first);
        return first;
    }

    public void told(Ticket ticket, EndReason reason) {
        untold.invalidate(ticket);
        toldLately.put(ticket, reason);
    }

    public void forgetThatTheyWereTold() {
        untold.putAll(toldLately.asMap());
        toldLately.invalidateAll();
    }

    public List<Map.Entry<Ticket, EndReason>> untold() {
        return List.copyOf(untold.asMap().entrySet());
    }

    public Optional<EndReason> reason(Ticket ticket) {
        Optional<EndReason> known = heard.getIfPresent(Place.of(ticket));
        return known == null ? Optional.empty() : known;
    }

    boolean knows(Ticket ticket) {
        return heard.getIfPresent(Place.of(ticket)) != null;
    }
}
