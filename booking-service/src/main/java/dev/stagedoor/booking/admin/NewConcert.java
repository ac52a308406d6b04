package dev.stagedoor.booking.admin;

import dev.stagedoor.booking.web.Fields;

import org.jspecify.annotations.Nullable;

import java.time.DateTimeException;
import java.time.ZoneId;

/** What an admin says of a concert. The zone is that of the venue; Seoul unless told otherwise. */
record NewConcert(
        @Nullable String title,
        @Nullable String artist,
        @Nullable String venue,
        @Nullable String timeZone) {

    NewConcert checked() {
        String zone = timeZone == null ? "Asia/Seoul" : timeZone;
        new Fields()
                .must(isName(title), "title", "be 1 to 200 characters")
                .must(isName(artist), "artist", "be 1 to 200 characters")
                .must(isName(venue), "venue", "be 1 to 200 characters")
                .must(isZone(zone), "timeZone", "be a time zone such as Asia/Seoul")
                .orRefuse();
        return new NewConcert(title, artist, venue, zone);
    }

    private static boolean isName(@Nullable String text) {
        return text != null && !text.isBlank() && text.length() <= 200 && Fields.isPlain(text);
    }

    private static boolean isZone(String text) {
        try {
            return text.contains("/") && ZoneId.getAvailableZoneIds().contains(text)
                    || ZoneId.of(text).equals(ZoneId.of("UTC"));
        } catch (DateTimeException _) {
            return false;
        }
    }
}
