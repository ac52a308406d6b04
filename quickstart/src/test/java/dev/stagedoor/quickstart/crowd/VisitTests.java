package dev.stagedoor.quickstart.crowd;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.time.Instant;
import java.util.List;

/** The rule of order itself: what it lets pass and what it catches. */
class VisitTests {

    private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");

    @Test
    void oneAfterTheOtherIsInOrder() {
        List<Visit> visits = List.of(waited(1, 0, 1), waited(2, 1, 2), waited(3, 2, 3));

        assertThat(Visit.inversions(visits)).isEmpty();
    }

    @Test
    void thoseOfOneBatchAreInOrderWhoeverNoticesFirst() {
        List<Visit> visits = List.of(waited(1, 0, 5), waited(2, 0, 1));

        assertThat(Visit.inversions(visits)).isEmpty();
    }

    @Test
    void whoeverIsInWhileAnEarlierOneWaitsHasOvertaken() {
        List<Visit> visits = List.of(waited(1, 2, 3), waited(2, 0, 1), waited(3, 2, 3));

        assertThat(Visit.inversions(visits)).hasSize(1);
    }

    @Test
    void whoeverIsLetInPastAStandingLineHasOvertaken() {
        Visit walkedIn = new Visit(2, null, at(1), null);

        assertThat(Visit.inversions(List.of(waited(1, 2, 3), walkedIn))).hasSize(1);
        assertThat(Visit.inversions(List.of(waited(1, 1, 2), walkedIn))).isEmpty();
    }

    private static Visit waited(long sequence, int lastWaiting, int admitted) {
        return new Visit(sequence, at(lastWaiting), at(admitted), null);
    }

    private static Instant at(int seconds) {
        return NOON.plusSeconds(seconds);
    }
}
