package dev.stagedoor.booking.catalogue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.github.benmanes.caffeine.cache.Cache;

import dev.stagedoor.booking.stage.Booking;
import dev.stagedoor.booking.store.Calls;
import dev.stagedoor.booking.store.Refusal;

import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.ConnectionFactoryMetadata;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.test.util.ReflectionTestUtils;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

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
        catalogue.seating(schedule).flatMap(Seating::now).block();

        weighs("seatings", SEATS * 7);
    }

    /** Nobody outside chooses what is looked up, by a number that is made up either. */
    @Test
    void neitherAsksForShowsThatAreNotThereNorRemembersThem() {
        AtomicInteger asked = new AtomicInteger();
        CatalogueSettings settings = booking.bean(CatalogueSettings.class);
        JsonMapper json = booking.bean(JsonMapper.class);
        DatabaseClient counting = DatabaseClient.create(counting(asked));
        Catalogue own = new Catalogue(new Programme(counting, json, settings), settings, json);

        Flux.range(1, 1_000)
                .map(number -> new ScheduleId(1_000_000_000_000L + number))
                .flatMap(
                        it ->
                                own.seatMap(it)
                                        .onErrorComplete(Refusal.class)
                                        .then(own.seating(it).flatMap(Seating::now)),
                        50)
                .blockLast();

        assertThat(asked.get()).isLessThan(20);
        assertThat(remembered(own, "seatMaps").asMap()).isEmpty();
        assertThat(remembered(own, "seatings").asMap()).isEmpty();
        assertThat(own.seatMap(schedule).block()).isNotNull();
        assertThat(own.seating(schedule).flatMap(Seating::now).block()).isNotNull();
    }

    /** Another instance has put it on: many come for it before this one knows that it is there. */
    @Test
    void showsANewShowToAllWhoComeForItAtOnce() {
        CatalogueSettings settings = booking.bean(CatalogueSettings.class);
        JsonMapper json = booking.bean(JsonMapper.class);
        AtomicInteger asked = new AtomicInteger();
        DatabaseClient counting = DatabaseClient.create(counting(asked));
        Catalogue own = new Catalogue(new Programme(counting, json, settings), settings, json);
        own.seatMap(schedule).block();
        ScheduleId another = booking.schedule(SEATS, 4);
        Mono.delay(Duration.ofMillis(300)).block();

        List<SeatMap> seen =
                Flux.range(0, 50).flatMap(_ -> own.seatMap(another), 50).collectList().block();

        assertThat(seen).hasSize(50);
        assertThat(asked).hasValueLessThan(6);
    }

    @Test
    void neitherAsksForPlansThatAreNotThereNorRemembersThem() {
        AtomicInteger asked = new AtomicInteger();
        DatabaseClient counting = DatabaseClient.create(counting(asked));
        Plans own = new Plans(booking.bean(Calls.class), counting, booking.bean(JsonMapper.class));
        PlanId plan = plan();

        Flux.range(1, 1_000)
                .map(number -> new PlanId(1_000_000_000_000L + number))
                .flatMap(it -> own.drawn(it).onErrorComplete(Refusal.class), 50)
                .blockLast();

        assertThat(asked.get()).isLessThan(20);
        var drawn = (Cache<?, ?>) ReflectionTestUtils.getField(own, "drawn");
        assertThat(drawn.asMap()).isEmpty();
        assertThat(own.drawn(plan).block()).isNotNull();
    }

    private PlanId plan() {
        var row = new Plan.Row("1", 3, null, null, null, null, null);
        var section = new Plan.Section("A", "S", 0.0, 5.0, 0.0, List.of(row), null);
        return booking.bean(Plans.class).put(new Plan("Hall", List.of(section))).block().planId();
    }

    private ConnectionFactory counting(AtomicInteger asked) {
        ConnectionFactory all = booking.bean(ConnectionFactory.class);
        return new ConnectionFactory() {
            @Override
            public Mono<Connection> create() {
                return Mono.<Connection>from(all.create())
                        .doOnSubscribe(_ -> asked.incrementAndGet());
            }

            @Override
            public ConnectionFactoryMetadata getMetadata() {
                return all.getMetadata();
            }
        };
    }

    /** A house that has played for years has as many dates as seats once. */
    @Test
    void countsNoSeatsOfShowsThatAreOver() {
        ConcertId concert = booking.concert().concertId();
        show(concert, 1);
        long one = blocksReadFor(concert);
        for (int i = 2; i <= 6; i++) {
            ScheduleId over = show(concert, i);
            booking.sql(
                    i % 2 == 0
                            ? "UPDATE schedule SET starts_at = now() - interval '1 day' *"
                                    + " seats_per_user WHERE id = ?"
                            : "UPDATE schedule SET cancelled_at = now(), cancelled_for = 'rain'"
                                    + " WHERE id = ?",
                    over.value());
        }

        assertThat(blocksReadFor(concert)).isLessThan(2 * one);
        assertThat(catalogue.dates(concert).block())
                .filteredOn(it -> !it.status().equals("ON_SALE"))
                .hasSize(5)
                .allSatisfy(
                        it -> {
                            assertThat(it.remainingSeats()).isZero();
                            assertThat(it.price()).isEqualTo(50_000);
                        });
    }

    private ScheduleId show(ConcertId concert, int day) {
        Instant starts = Instant.now().plus(Duration.ofDays(day));
        return booking.bean(Staging.class)
                .schedule(
                        concert,
                        new Staging.Terms(
                                starts,
                                Instant.now().minusSeconds(60),
                                starts,
                                5_000,
                                day,
                                50_000,
                                null,
                                Map.of()))
                .block();
    }

    private long blocksReadFor(ConcertId concert) {
        String plan =
                booking.text(
                        "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) "
                                + Programme.DATES.replace(":concert", concert.toString()));
        JsonNode top = new JsonMapper().readTree(plan).at("/0/Plan");
        return top.get("Shared Hit Blocks").asLong() + top.get("Shared Read Blocks").asLong();
    }

    /** Soon: who has looked is told before it is weighed. */
    private void weighs(String which, int bytes) {
        var cache = remembered(catalogue, which);
        await().untilAsserted(
                        () ->
                                assertThat(
                                                cache.policy()
                                                        .eviction()
                                                        .orElseThrow()
                                                        .weightOf(schedule))
                                        .hasValue(bytes));
    }

    @SuppressWarnings("unchecked")
    private static Cache<ScheduleId, ?> remembered(Catalogue catalogue, String which) {
        return (Cache<ScheduleId, ?>) ReflectionTestUtils.getField(catalogue, which);
    }
}
