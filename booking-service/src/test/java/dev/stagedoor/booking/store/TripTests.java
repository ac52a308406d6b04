package dev.stagedoor.booking.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.booking.catalogue.ScheduleId;
import dev.stagedoor.booking.stage.Answered;
import dev.stagedoor.booking.stage.Audits;
import dev.stagedoor.booking.stage.Beside;
import dev.stagedoor.booking.stage.Booking;
import dev.stagedoor.booking.stage.Visitor;
import dev.stagedoor.devservices.DevServices;

import io.micrometer.core.instrument.MeterRegistry;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Isolated;

import reactor.core.publisher.Flux;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** What goes over the wire between the service and PostgreSQL, and what if nothing does. */
@Isolated
@Timeout(60)
class TripTests {

    private static final String KEY = "Idempotency-Key";
    private static Relay relay;
    private static Booking booking;

    private final ScheduleId schedule = booking.schedule();
    private final Visitor visitor = booking.visitor();

    @BeforeAll
    static void start() {
        relay = new Relay(DevServices.database());
        booking = Booking.start(DevServices.redisUrl(), relay.database());
    }

    @AfterAll
    static void stop() {
        booking.close();
        relay.close();
    }

    @Test
    void anActIsOneTripWithAKeyAndWithout() {
        visitor.charge(100_000).is(201);
        String first = visitor.reserve(schedule, 1).text("reservationId");
        visitor.pay(first).is(201);
        // That a guest needs no sign-in is remembered.
        visitor.get("/api/v1/tickets").is(200);

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

    /** Whoever has signed in, as all who came by the shop have, costs the database no more. */
    @Test
    void whoeverHasSignedInIsAskedForInTheSameTripAndWhoeverIsRefusedOutOfMemoryInNone() {
        Visitor ada = signedIn();
        ada.get("/api/v1/balance").is(200); // and there is a connection

        told(1, () -> ada.charge(100_000));
        String held = told(1, () -> ada.reserve(schedule, 6)).text("reservationId");
        told(1, () -> ada.pay(held));

        long before = relay.trips();
        List<Answered> flood =
                Flux.range(1, 200)
                        .flatMap(_ -> ada.reserving(schedule, null, 7), 200)
                        .collectList()
                        .block();

        long refused = flood.stream().filter(it -> it.code().equals("one-at-a-time")).count();
        assertThat(refused).isGreaterThan(100);
        assertThat(relay.trips() - before).isEqualTo(200 - refused);
    }

    private static Visitor signedIn() {
        Answered made = booking.stranger().post("/api/v1/users", "{\"name\":\"Ada\"}").is(201);
        return booking.visitor(made.text("accessToken"), 1);
    }

    private static Answered told(int trips, Supplier<Answered> act) {
        long before = relay.trips();
        Answered answer = act.get();
        assertThat(relay.trips() - before).as(answer.body()).isEqualTo(trips);
        return answer;
    }

    /** A frozen server answers its kernel; here not even that is heard. */
    @Test
    void whoeverIsOnTheWayIsToldWhenPacketsAreLost() {
        List<Visitor> visitors =
                Flux.range(0, 30).map(_ -> booking.visitor()).collectList().block();
        relay.fallSilent();
        List<Answered> told = new ArrayList<>();
        Duration waited = Beside.longer(booking, () -> told.addAll(reserving(visitors, 30)));
        relay.speakAgain();
        Duration recovered = Beside.longerUntilServed(booking);

        assertThat(told).allSatisfy(it -> assertThat(it.status()).isEqualTo(503));
        assertThat(told).allMatch(it -> it.header("Retry-After") != null);
        // Two seconds for a statement and one for the rest, and one more.
        assertThat(waited).isLessThan(Duration.ofSeconds(4));
        assertThat(recovered).isLessThan(Duration.ofSeconds(5));
        assertThat(
                        booking.bean(MeterRegistry.class)
                                .get("stagedoor.booking.writes.ongoing")
                                .gauge()
                                .value())
                .isZero();
        assertThat(reserving(visitors, 8)).allMatch(it -> it.status() == 201);
        Audits.everythingIsWellIn(booking);
    }

    /**
     * As on a machine with too much to do, which would never be done if it began anew each time.
     */
    @Test
    void aConnectionThatIsMadeTooLateIsThereForWhoeverComesNext() {
        relay.takesToLetIn(Duration.ofMillis(1_500));
        relay.speakAgain(); // which ends the connections of before

        await().untilAsserted(() -> visitor.reserve(schedule, 8).is(201));
        relay.takesToLetIn(Duration.ZERO);
    }

    private List<Answered> reserving(List<Visitor> visitors, int atOnce) {
        return Flux.range(0, 30)
                .flatMap(i -> visitors.get(i).reserving(schedule, "lost", i + 1), atOnce)
                .collectList()
                .block();
    }
}
