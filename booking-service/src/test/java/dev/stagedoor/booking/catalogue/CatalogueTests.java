package dev.stagedoor.booking.catalogue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.github.benmanes.caffeine.cache.Cache;

import dev.stagedoor.booking.Booking;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.test.util.ReflectionTestUtils;

/** What is remembered has a bound in bytes, also of shows that are looked at once. */
@Timeout(60)
class CatalogueTests {

    private static final int SEATS = 500;

    private final Booking booking = Booking.shared();
    private final Catalogue catalogue = booking.bean(Catalogue.class);
    private final ScheduleId schedule = booking.schedule(SEATS, 4);

    @Test
    void weighsASeatMapByTheFirstLook() {
        catalogue.seatMap(schedule).block();

        weighs("seatMaps", SEATS * 250);
    }

    @Test
    void weighsTheStatesOfSeatsByTheFirstLook() {
        catalogue.seating(schedule).now().block();

        weighs("seatings", SEATS * 7);
    }

    /** Soon: who has looked is told before it is weighed. */
    @SuppressWarnings("unchecked")
    private void weighs(String which, int bytes) {
        var cache = (Cache<ScheduleId, ?>) ReflectionTestUtils.getField(catalogue, which);
        await().untilAsserted(
                        () ->
                                assertThat(
                                                cache.policy()
                                                        .eviction()
                                                        .orElseThrow()
                                                        .weightOf(schedule))
                                        .hasValue(bytes));
    }
}
