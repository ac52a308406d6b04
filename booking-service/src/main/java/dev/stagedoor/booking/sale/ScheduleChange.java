package dev.stagedoor.booking.sale;

import org.jspecify.annotations.Nullable;

import java.time.Instant;

/**
 * What becomes of a show that is on already; null stays as it is.
 *
 * @param closed from now on nothing is sold
 */
public record ScheduleChange(
        @Nullable Instant startsAt,
        @Nullable Instant salesOpenAt,
        @Nullable Instant salesCloseAt,
        @Nullable Integer seatsPerUser,
        @Nullable Boolean closed) {}
