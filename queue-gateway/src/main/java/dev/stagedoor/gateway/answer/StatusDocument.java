package dev.stagedoor.gateway.answer;

import dev.stagedoor.gateway.waitingroom.EndReason;
import dev.stagedoor.gateway.waitingroom.Place;
import dev.stagedoor.gateway.waitingroom.RoomView;
import dev.stagedoor.gateway.waitingroom.Standing;
import dev.stagedoor.gateway.waitingroom.Ticket;
import dev.stagedoor.gateway.waitingroom.room.Room;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/**
 * What somebody is told of their place. Written by hand: every waiting visitor asks for it again
 * and again, and nothing in it needs escaping.
 */
public record StatusDocument(byte[] json, Duration pollAfter) {

    /**
     * Empty where the last view is too old to be told.
     *
     * @param token of a place that has just been taken
     */
    public static Optional<StatusDocument> of(
            Ticket ticket, Standing standing, Room room, @Nullable String token) {
        RoomView view = room.view().orElse(null);
        if (view == null) {
            return Optional.empty();
        }
        return Optional.of(
                switch (standing) {
                    case Standing.Waiting(long ahead) ->
                            waiting(ticket, ahead, view, room.pollBudget(), token);
                    case Standing.Active(Instant until) -> active(ticket, until, view, token);
                    case Standing.Ended(EndReason reason) ->
                            throw new IllegalArgumentException(
                                    "a ticket that is " + reason + " has no status");
                });
    }

    private static StatusDocument waiting(
            Ticket ticket, long ahead, RoomView view, long pollBudget, @Nullable String token) {
        Place place =
                token == null
                        ? view.placeOf(ticket, ahead, pollBudget)
                        : view.firstPlaceOf(ticket, ahead, pollBudget);
        StringBuilder json = begin(ticket, "WAITING", token);
        json.append(",\"position\":").append(place.position());
        json.append(",\"ahead\":").append(ahead);
        json.append(",\"waiting\":").append(place.waiting());
        json.append(",\"estimatedWaitSeconds\":").append(place.estimateSeconds().orElse(null));
        place.notice()
                .ifPresent(notice -> json.append(",\"notice\":\"").append(notice).append('"'));
        return end(json, view, place.pollAfter());
    }

    private static StatusDocument active(
            Ticket ticket, Instant until, RoomView view, @Nullable String token) {
        Duration pollAfter = Duration.ofSeconds(10);
        Instant now = view.now();
        StringBuilder json = begin(ticket, "ACTIVE", token);
        json.append(",\"position\":0,\"ahead\":0");
        json.append(",\"waiting\":").append(view.waiting());
        json.append(",\"expiresAt\":\"").append(until.truncatedTo(ChronoUnit.MILLIS)).append('"');
        json.append(",\"remainingSeconds\":").append(Math.max(0, now.until(until).toSeconds()));
        return end(json, view, pollAfter);
    }

    private static StringBuilder begin(Ticket ticket, String state, @Nullable String token) {
        StringBuilder json = new StringBuilder(token == null ? 224 : 640);
        json.append("{\"room\":\"")
                .append(ticket.room())
                .append("\",\"state\":\"")
                .append(state)
                .append('"');
        if (token != null) {
            json.append(",\"token\":\"").append(token).append('"');
        }
        return json.append(",\"sequence\":").append(ticket.sequence());
    }

    private static StatusDocument end(StringBuilder json, RoomView view, Duration pollAfter) {
        json.append(",\"pollAfterMillis\":").append(pollAfter.toMillis());
        json.append(",\"asOf\":\"").append(view.asOfText()).append("\"}");
        return new StatusDocument(json.toString().getBytes(StandardCharsets.UTF_8), pollAfter);
    }
}
