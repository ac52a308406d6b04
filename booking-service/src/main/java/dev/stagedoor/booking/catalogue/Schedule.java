package dev.stagedoor.booking.catalogue;

import com.fasterxml.jackson.annotation.JsonInclude;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.time.LocalDate;
import java.util.Map;

/**
 * One schedule of a concert.
 *
 * @param date at the venue, where there may be several a day
 * @param movedFrom when it was announced for at first, if that has changed
 * @param status ANNOUNCED, ON_SALE, SOLD_OUT, CLOSED, PLAYED or CANCELLED
 * @param bookable on sale now, with a seat left
 * @param upcoming has not begun
 * @param price of the cheapest seat
 * @param planId none if the seats stand in rows of ten
 * @param prices by category of the plan
 */
public record Schedule(
        ScheduleId scheduleId,
        ConcertId concertId,
        LocalDate date,
        Instant startsAt,
        @Nullable Instant movedFrom,
        Instant salesOpenAt,
        Instant salesCloseAt,
        int seatCount,
        long remainingSeats,
        long price,
        int seatsPerUser,
        String status,
        boolean bookable,
        boolean upcoming,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable PlanId planId,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Map<String, Long> prices) {}
