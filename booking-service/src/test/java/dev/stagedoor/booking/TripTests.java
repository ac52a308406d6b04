package dev.stagedoor.booking;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.booking.catalogue.ScheduleId;
import dev.stagedoor.devservices.DevServices;

import io.micrometer.core.instrument.MeterRegistry;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Isolated;

import reactor.core.publisher.Flux;

import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;

/** What goes over the wire between the service and PostgreSQL, and what if nothing does. */
@Isolated
@Timeout(60)
class TripTests {

    private static final String KEY = "Idempotency-Key";
    private static final Relay RELAY = new Relay(DevServices.database());
    private static final Booking BOOKING = Booking.start(DevServices.redisUrl(), RELAY.database());

    private final ScheduleId schedule = BOOKING.schedule();
    private final Visitor visitor = BOOKING.visitor();

    @AfterAll
    static void stop() {
        BOOKING.close();
        RELAY.close();
    }

    @Test
    void anActIsOneTripWithAKeyAndWithout() {
        visitor.charge(100_000).is(201);
        String first = visitor.reserve(schedule, 1).text("reservationId");
        visitor.pay(first).is(201);

        String second = told(1, () -> visitor.reserve(schedule, 2)).text("reservationId");
        Answered paid = told(1, () -> visitor.pay(second));
        told(1, () -> visitor.refund(paid.text("paymentId")));
        Answered third = told(1, () -> visitor.reserving(schedule, "hold", 3, 4).block());
        told(1, () -> visitor.reserving(schedule, "hold", 3, 4).block());
        told(1, () -> visitor.delete("/api/v1/reservations/" + third.text("reservationId")));
        Answered fourth = told(1, () -> visitor.reserving(schedule, "again", 5).block());
        told(1, () -> visitor.pay(fourth.text("reservationId"), KEY, "pay"));
        told(1, () -> visitor.charge(1_000, KEY, "charge"));
        told(1, () -> visitor.get("/api/v1/tickets"));
        told(1, () -> visitor.reserve(schedule, 5));
    }

    private static Answered told(int trips, Supplier<Answered> act) {
        long before = RELAY.trips();
        Answered answer = act.get();
        assertThat(RELAY.trips() - before).as(answer.body()).isEqualTo(trips);
        return answer;
    }

    /** A frozen server answers its kernel; here not even that is heard. */
    @Test
    void whoeverIsOnTheWayIsToldWhenPacketsAreLost() {
        List<Visitor> visitors =
                Flux.range(0, 30).map(_ -> BOOKING.visitor()).collectList().block();
        RELAY.fallSilent();
        long begun = System.nanoTime();
        List<Answered> told =
                Flux.range(0, 30)
                        .flatMap(i -> visitors.get(i).reserving(schedule, "lost", i + 1), 30)
                        .collectList()
                        .block();
        Duration waited = Duration.ofNanos(System.nanoTime() - begun);
        RELAY.speakAgain();
        long back = System.nanoTime();
        await().pollInterval(Duration.ofMillis(50)).until(() -> BOOKING.visitorOrNull() != null);
        Duration recovered = Duration.ofNanos(System.nanoTime() - back);

        assertThat(told).allSatisfy(it -> assertThat(it.status()).isEqualTo(503));
        assertThat(told).allMatch(it -> it.header("Retry-After") != null);
        // Two seconds for a statement and one for the rest, and one more for a busy machine.
        assertThat(waited).isLessThan(Duration.ofSeconds(4));
        assertThat(recovered).isLessThan(Duration.ofSeconds(5));
        assertThat(
                        BOOKING.bean(MeterRegistry.class)
                                .get("stagedoor.booking.writes.ongoing")
                                .gauge()
                                .value())
                .isZero();
        List<Answered> again =
                Flux.range(0, 30)
                        .flatMap(i -> visitors.get(i).reserving(schedule, "lost", i + 1), 8)
                        .collectList()
                        .block();
        assertThat(again).allMatch(it -> it.status() == 201);
        Audits.everythingIsWellIn(BOOKING);
    }
}
