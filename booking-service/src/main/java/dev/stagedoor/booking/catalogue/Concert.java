package dev.stagedoor.booking.catalogue;

/** Something that is played on one or several dates; prices are in the currency of the house. */
public record Concert(
        ConcertId concertId,
        String title,
        String artist,
        String venue,
        String timeZone,
        String currency) {}
