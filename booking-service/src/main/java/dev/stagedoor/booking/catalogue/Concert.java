package dev.stagedoor.booking.catalogue;

/**
 * Something that is played on one or several dates; prices are in the currency of the house.
 *
 * @param bookable there is a date on sale now, with a seat left
 */
public record Concert(
        ConcertId concertId,
        String title,
        String artist,
        String venue,
        String timeZone,
        String currency,
        boolean bookable) {}
