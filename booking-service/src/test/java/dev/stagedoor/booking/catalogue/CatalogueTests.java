package dev.stagedoor.booking.catalogue;

import static org.assertj.core.api.Assertions.assertThat;

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

        assertThat(weight("seatMaps")).isEqualTo(SEATS * 250);
    }

    @Test
    void weighsTheStatesOfSeatsByTheFirstLook() {
        catalogue.seating(schedule).now().block();

        assertThat(weight("seatings")).isEqualTo(SEATS * 7);
    }

    @SuppressWarnings("unchecked")
    private int weight(String which) {
        var cache = (Cache<ScheduleId, ?>) ReflectionTestUtils.getField(catalogue, which);
        return cache.policy().eviction().orElseThrow().weightOf(schedule).orElseThrow();
    }
}
