package dev.stagedoor.booking.sale;

import org.jspecify.annotations.Nullable;

import java.time.Instant;

/**
 * A seat that was just taken.
 *
 * @param displaced the ticket of a hold that had run out and was still lying here
 */
public record ClaimedSeat(
        int number, TicketId ticket, long price, Instant heldUntil, @Nullable TicketId displaced) {}
