package dev.stagedoor.booking.catalogue;

import java.time.Instant;
import java.time.LocalDate;

/**
 * One evening of a concert.
 *
 * @param date at the venue
 * @param bookable on sale now, with a seat left
 * @param price of the cheapest seat
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
        boolean bookable) {}
