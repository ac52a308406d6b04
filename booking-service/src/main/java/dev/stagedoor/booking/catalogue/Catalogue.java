package dev.stagedoor.booking.catalogue;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;

import dev.stagedoor.booking.store.Refusal;
import dev.stagedoor.common.Problem;
import dev.stagedoor.common.ProblemCode;

import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

import reactor.core.publisher.Mono;

import tools.jackson.databind.json.JsonMapper;

import java.time.Duration;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.ToIntFunction;

/**
 * What everybody may look at, out of memory: whatever is asked for and however often, the database
 * is asked a few times a second. Pages are cut from lists that are remembered whole, and numbers
 * that no show has yet are not looked up, so nobody chooses what is; what is remembered is bounded
 * in bytes.
 */
@Component
public final class Catalogue {

    /** Of the seat maps, and again of the states of seats. */
    private static final long MOST_BYTES = Runtime.getRuntime().maxMemory() / 8;

    private static final int MOST_CONCERTS = 2_000;

    private final Programme programme;
    private final JsonMapper json;
    private final Duration memory;
    private final Newest newest;
    private final Cache<ConcertId, Remembered<List<Schedule>>> dates =
            Caffeine.newBuilder().maximumSize(MOST_CONCERTS).build();
    private final Cache<ScheduleId, Remembered<SeatMap>> seatMaps = bounded(Catalogue::weight);
    private final Cache<ScheduleId, Seating> seatings = bounded(Seating::weight);
    private final Map<ScheduleId, ConcertId> concertOf = new ConcurrentHashMap<>();
    private volatile Remembered<List<Concert>> concerts;

    Catalogue(Programme programme, CatalogueSettings settings, JsonMapper json) {
        this.programme = programme;
        this.json = json;
        this.memory = settings.memory();
        this.newest = new Newest(programme.database(), "schedule");
        this.concerts = new Remembered<>(memory, programme.concerts());
    }

    /** A page, newest first: so many of those before that one; all, or what can be booked now. */
    public Mono<List<Concert>> concerts(boolean bookable, ConcertId before, int limit) {
        return concerts.get()
                .map(
                        all ->
                                all.stream()
                                        .filter(it -> it.concertId().value() < before.value())
                                        .filter(it -> it.bookable() || !bookable)
                                        .limit(limit)
                                        .toList());
    }

    public Mono<Concert> concert(ConcertId id) {
        return concerts.get()
                .flatMapIterable(all -> all)
                .filter(it -> it.concertId().equals(id))
                .next()
                .switchIfEmpty(Refusal.because(ProblemCode.CONCERT_NOT_FOUND));
    }

    /** All dates of a concert, soonest first. */
    public Mono<List<Schedule>> dates(ConcertId concert) {
        return concert(concert)
                .then(Mono.defer(() -> dates.get(concert, this::rememberedDates).get()));
    }

    /** The one of that date; a cancelled one only if there is no other. */
    public Mono<Schedule> date(ConcertId concert, LocalDate date) {
        return dates(concert)
                .map(all -> all.stream().filter(it -> it.date().equals(date)).toList())
                .flatMap(Catalogue::theOne)
                .switchIfEmpty(Refusal.because(ProblemCode.SCHEDULE_NOT_FOUND));
    }

    private static Mono<Schedule> theOne(List<Schedule> shows) {
        List<Schedule> played =
                shows.stream().filter(it -> !it.status().equals("CANCELLED")).toList();
        if (played.size() > 1) {
            List<ScheduleId> which = played.stream().map(Schedule::scheduleId).toList();
            return Refusal.because(
                    Problem.of(ProblemCode.DATE_AMBIGUOUS).with("scheduleIds", which));
        }
        return Mono.justOrEmpty(played.stream().findFirst().or(() -> shows.stream().findFirst()));
    }

    public Mono<SeatMap> seatMap(ScheduleId schedule) {
        return newest.reaches(schedule.value())
                .flatMap(_ -> seatMaps.get(schedule, this::rememberedSeatMap).get())
                .switchIfEmpty(Refusal.because(ProblemCode.SCHEDULE_NOT_FOUND));
    }

    /**
     * What becomes of the seats of a schedule, for whoever draws them from a plan; empty if it
     * cannot be there.
     */
    public Mono<Seating> seating(ScheduleId schedule) {
        return newest.reaches(schedule.value()).map(_ -> seatings.get(schedule, this::newSeating));
    }

    /** What is of its seats now, or that there is no such schedule. */
    public Mono<Seating.Moment> now(ScheduleId schedule) {
        return seating(schedule)
                .flatMap(Seating::now)
                .switchIfEmpty(Refusal.because(ProblemCode.SCHEDULE_NOT_FOUND));
    }

    /** Looked at twice as often as others' changes are to be seen. */
    private Seating newSeating(ScheduleId schedule) {
        Mono<SeatStates> lookUp =
                programme.seatStates(schedule).doFinally(_ -> weighAgain(seatings, schedule));
        return new Seating(memory.dividedBy(2), lookUp, json);
    }

    /** The programme itself has changed. */
    public void forget() {
        newest.forget();
        concerts = new Remembered<>(memory, programme.concerts());
        dates.invalidateAll();
        seatMaps.invalidateAll();
    }

    private Remembered<List<Schedule>> rememberedDates(ConcertId concert) {
        return new Remembered<>(memory, programme.dates(concert).doOnNext(this::learn));
    }

    private Remembered<SeatMap> rememberedSeatMap(ScheduleId schedule) {
        return new Remembered<>(
                memory, programme.seatMap(schedule).doFinally(_ -> weighAgain(seatMaps, schedule)));
    }

    private static int weight(Remembered<SeatMap> remembered) {
        SeatMap map = remembered.last();
        return map == null ? 1_000 : map.weight();
    }

    private static <V> Cache<ScheduleId, V> bounded(ToIntFunction<V> weight) {
        return Caffeine.newBuilder()
                .maximumWeight(MOST_BYTES)
                .weigher((ScheduleId _, V it) -> weight.applyAsInt(it))
                .build();
    }

    /**
     * Caffeine weighs what is put, and this one has been put before it was known: after all who
     * hear of it, of whom {@link Remembered} is the first.
     */
    private static <V> void weighAgain(Cache<ScheduleId, V> cache, ScheduleId schedule) {
        cache.asMap().computeIfPresent(schedule, (_, it) -> it);
    }

    /** To be told once the change is committed. Of the dates only those of that concert are old. */
    public void seatsChanged(ScheduleId schedule) {
        changed(seatMaps.getIfPresent(schedule));
        Seating seating = seatings.getIfPresent(schedule);
        if (seating != null) {
            seating.change();
        }
        ConcertId concert = concertOf.get(schedule);
        if (concert != null) {
            changed(dates.getIfPresent(concert));
        }
    }

    private static void changed(@Nullable Remembered<?> remembered) {
        if (remembered != null) {
            remembered.change();
        }
    }

    private void learn(List<Schedule> found) {
        found.forEach(it -> concertOf.putIfAbsent(it.scheduleId(), it.concertId()));
    }
}
