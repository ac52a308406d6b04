package dev.stagedoor.booking.catalogue;

import com.fasterxml.jackson.annotation.JsonInclude;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.time.LocalDate;
import java.util.Map;

/**
 * One schedule of a concert.
 *
 * @param date at the venue
 * @param bookable on sale now, with a seat left
 * @param price of the cheapest seat
 * @param planId none if the seats stand in rows of ten
 * @param prices by category of the plan
 */
public record Schedule(
        ScheduleId scheduleId,
        ConcertId concertId,
        LocalDate date,
        Instant startsAt,
        Instant salesOpenAt,
        Instant salesCloseAt,
        int seatCount,
        long remainingSeats,
        long price,
        int seatsPerUser,
        boolean bookable,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable PlanId planId,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Map<String, Long> prices) {}
