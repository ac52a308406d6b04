package dev.stagedoor.booking.catalogue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.booking.stage.Answered;
import dev.stagedoor.booking.stage.Beside;
import dev.stagedoor.booking.stage.Booking;
import dev.stagedoor.booking.stage.Visitor;
import dev.stagedoor.common.UserId;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import reactor.core.Disposable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;

/** What becomes of the seats of a show, for whoever looks on. */
@Timeout(120)
class LookingOnTests {

    private final Booking booking = Booking.shared();

    @Test
    void tellsWhatHasChangedSinceAVersionInAFewBytes() {
        ScheduleId schedule = booking.schedule(20_000, 4);
        booking.sql(
                """
                UPDATE seat SET status = 'BLOCKED'
                WHERE schedule_id = ? AND hashint4(seat_number) % 2 = 0
                """,
                schedule.value());
        long free = free(schedule);
        Visitor visitor = booking.visitor();
        String states = "/api/v1/schedules/" + schedule + "/seats/states";

        Answered whole = visitor.get(states, "Accept-Encoding", "gzip").is(200);
        Answered plain = visitor.get(states).is(200);
        visitor.reserve(schedule, (int) free).is(201);
        String since = states + "?since=" + plain.text("version");
        await().until(() -> !visitor.get(since).text("changes").isEmpty());
        Answered changed = visitor.get(since).is(200);

        assertThat(whole.bytes()).hasSizeLessThan(6 * 1024);
        assertThat(plain.number("seatCount")).isEqualTo(20_000);
        assertThat(state(plain, (int) free)).isZero();
        assertThat(changed.bytes()).hasSizeLessThan(200);
        assertThat(changed.number("available")).isEqualTo(plain.number("available") - 1);
        byte[] change = Base64.getDecoder().decode(changed.text("changes"));
        assertThat((change[0] & 255) << 16 | (change[1] & 255) << 8 | change[2] & 255)
                .isEqualTo(free * 4 + 1);
        assertThat(state(visitor.get(states + "?since=unknown"), (int) free)).isEqualTo(1);
        visitor.get("/api/v1/schedules/999999999/seats/states").is(404, "schedule-not-found");
    }

    private long free(ScheduleId schedule) {
        return booking.number(
                "SELECT max(seat_number) FROM seat WHERE schedule_id = ? AND status = 'AVAILABLE'",
                schedule.value());
    }

    private static int state(Answered states, int number) {
        byte[] bits = Base64.getDecoder().decode(states.text("seats"));
        return bits[(number - 1) / 4] >> 6 - (number - 1) % 4 * 2 & 3;
    }

    /**
     * Every stream has each change, once, and within a second: at the third one at the latest, as a
     * busy machine may be late by itself.
     */
    @Test
    void showsEachChangeToWhoeverLooksOn() {
        ScheduleId schedule = booking.schedule(20_000, 4);
        List<UserId> users = Stream.generate(UserId::random).limit(50).toList();
        booking.register(users);
        Map<UserId, List<String>> heard = new ConcurrentHashMap<>();
        String events = "/api/v1/schedules/" + schedule + "/seats/events";

        List<Disposable> streams =
                users.stream()
                        .map(
                                it ->
                                        booking.visitor(it)
                                                .hearing(events)
                                                .subscribe(text -> note(heard, it, text)))
                        .toList();
        await().until(() -> heard.size() == 50);
        List<String> versions = new ArrayList<>();
        Duration longer;
        do {
            longer =
                    Beside.longer(
                            booking, () -> versions.add(held(versions, heard.values(), schedule)));
        } while (longer.toSeconds() > 0 && versions.size() < 3);
        streams.forEach(Disposable::dispose);

        assertThat(longer).isLessThan(Duration.ofSeconds(1));
        assertThat(heard.values())
                .allSatisfy(
                        all -> assertThat(all.getLast()).contains("\"since\"").hasSizeLessThan(300))
                .allSatisfy(
                        all ->
                                assertThat(versions)
                                        .allMatch(version -> timesIn(all, version) == 1));
    }

    /** One more seat; the version that is known everywhere since. */
    private String held(List<String> before, Collection<List<String>> heard, ScheduleId schedule) {
        int seats = before.size() + 1;
        Answered held = booking.visitor().reserve(schedule, seats).is(201);
        String version = version(held, schedule, seats);
        await().pollInterval(Duration.ofMillis(10))
                .until(() -> heard.stream().allMatch(all -> timesIn(all, version) > 0));
        return version;
    }

    @Test
    void letsNobodyLookOnInManyTabs() {
        ScheduleId schedule = booking.schedule();
        Visitor visitor = booking.visitor();
        String events = "/api/v1/schedules/" + schedule + "/seats/events";
        List<String> heard = new CopyOnWriteArrayList<>();
        List<Disposable> streams =
                Stream.generate(() -> visitor.hearing(events).subscribe(heard::add))
                        .limit(4)
                        .toList();
        await().until(() -> heard.size() >= 4);

        Answered fifth = visitor.get(events).is(503, "booking-busy");
        streams.forEach(Disposable::dispose);

        assertThat(fifth.header("Retry-After")).isEqualTo("5");
        await().until(
                        () ->
                                visitor.hearing(events)
                                        .next()
                                        .blockOptional()
                                        .filter(it -> it.contains("\"seats\""))
                                        .isPresent());
        visitor.get("/api/v1/schedules/999999999/seats/events").is(404, "schedule-not-found");
    }

    @Test
    void goesOnFromWhatWasSeenLastOnWhicheverInstance() {
        ScheduleId schedule = booking.schedule();
        String states = "/api/v1/schedules/" + schedule + "/seats/states";
        String events = "/api/v1/schedules/" + schedule + "/seats/events";
        Visitor there = Booking.beside().visitor();
        String last = version(booking.visitor().reserve(schedule, 7), schedule, 1);
        await().until(() -> there.get(states).text("version").equals(last));

        booking.visitor().reserve(schedule, 8).is(201);

        String held = "\"changes\":\"AAAh\""; // seat 8 is held: 8 times 4, and 1
        await().until(() -> there.get(states + "?since=" + last).body().contains(held));
        assertThat(there.hearing(events + "?since=" + last).next().block()).contains(held);
        assertThat(there.hearing(events + "?since=none", "Last-Event-ID", last).next().block())
                .contains(held);
        assertThat(there.hearing(events).next().block()).doesNotContain("\"changes\"");
    }

    /**
     * @param seats how many are held with this one
     */
    private String version(Answered held, ScheduleId schedule, int seats) {
        assertThat(held.status()).isEqualTo(201);
        String states = "/api/v1/schedules/" + schedule + "/seats/states";
        Visitor visitor = booking.visitor();
        return await().until(
                        () -> visitor.get(states),
                        it -> it.number("available") == it.number("seatCount") - seats)
                .text("version");
    }

    private static long timesIn(List<String> heard, String version) {
        return heard.stream().filter(it -> it.contains("id:" + version)).count();
    }

    private static void note(Map<UserId, List<String>> heard, UserId user, String text) {
        heard.computeIfAbsent(user, _ -> new CopyOnWriteArrayList<>()).add(text);
    }
}
