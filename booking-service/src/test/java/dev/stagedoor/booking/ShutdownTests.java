package dev.stagedoor.booking;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.booking.catalogue.ScheduleId;
import dev.stagedoor.booking.stage.Answered;
import dev.stagedoor.booking.stage.Audits;
import dev.stagedoor.booking.stage.Booking;
import dev.stagedoor.booking.stage.Visitor;

import io.micrometer.core.instrument.MeterRegistry;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import reactor.core.publisher.Flux;

import java.net.ConnectException;
import java.net.Socket;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;

/** An instance that is told to stop while it is busy. */
@Timeout(60)
class ShutdownTests {

    private static final int RESERVATIONS = 8;

    private final Booking shared = Booking.shared();
    private final ScheduleId schedule = shared.schedule();

    @Test
    void finishesWhatHasBegunAndLetsNobodyInAnyMore() throws Exception {
        Booking stopping = Booking.another();
        List<Visitor> visitors =
                IntStream.range(0, RESERVATIONS).mapToObj(_ -> stopping.visitor()).toList();
        CompletableFuture<List<Answered>> answers;
        CompletableFuture<Void> stopped;

        try (Connection blocker = shared.connect()) {
            lockTheSeats(blocker);
            answers = reserveAll(visitors);
            await().until(() -> ongoing(stopping) == RESERVATIONS);
            stopped = CompletableFuture.runAsync(stopping::close);
            await().untilAsserted(
                            () ->
                                    assertThatThrownBy(() -> connectTo(stopping))
                                            .isInstanceOf(ConnectException.class));
            blocker.rollback();
        }
        stopped.get();

        assertThat(answers.get()).hasSize(RESERVATIONS).allMatch(it -> it.status() == 201);
        assertThat(held()).isEqualTo(RESERVATIONS);
        Audits.everythingIsWellIn(shared);
    }

    /** Nobody waits for the answer any more; the write is finished all the same. */
    @Test
    void finishesAlsoWhatNobodyWaitsFor() throws Exception {
        Booking stopping = Booking.another();
        Visitor visitor = stopping.visitor();
        CompletableFuture<Void> stopped;

        try (Connection blocker = shared.connect()) {
            lockTheSeats(blocker);
            var waiting = visitor.reserving(schedule, null, 1).subscribe();
            await().until(() -> ongoing(stopping) == 1);
            waiting.dispose();
            stopped = CompletableFuture.runAsync(stopping::close);
            await().untilAsserted(
                            () ->
                                    assertThatThrownBy(() -> connectTo(stopping))
                                            .isInstanceOf(ConnectException.class));
            blocker.rollback();
        }
        stopped.get();

        assertThat(held()).isEqualTo(1);
        Audits.everythingIsWellIn(shared);
    }

    private void lockTheSeats(Connection blocker) throws SQLException {
        blocker.setAutoCommit(false);
        try (var statement =
                blocker.prepareStatement("SELECT FROM seat WHERE schedule_id = ? FOR UPDATE")) {
            statement.setLong(1, schedule.value());
            statement.execute();
        }
    }

    private CompletableFuture<List<Answered>> reserveAll(List<Visitor> visitors) {
        return Flux.range(0, RESERVATIONS)
                .flatMap(i -> visitors.get(i).reserving(schedule, null, i + 1), RESERVATIONS)
                .collectList()
                .toFuture();
    }

    private static double ongoing(Booking booking) {
        return booking.bean(MeterRegistry.class)
                .get("stagedoor.booking.writes.ongoing")
                .gauge()
                .value();
    }

    private static void connectTo(Booking booking) throws Exception {
        new Socket("127.0.0.1", booking.port()).close();
    }

    private long held() {
        return shared.number(
                "SELECT count(*) FROM seat WHERE schedule_id = ? AND status = 'HELD'",
                schedule.value());
    }
}
