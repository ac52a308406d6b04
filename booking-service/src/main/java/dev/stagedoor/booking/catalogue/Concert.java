package dev.stagedoor.booking.catalogue;

/** Something that is played on one or several evenings. */
public record Concert(
        ConcertId concertId, String title, String artist, String venue, String timeZone) {}
