package dev.stagedoor.quickstart.crowd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import static java.util.stream.IntStream.range;
import static java.util.stream.IntStream.rangeClosed;

import dev.stagedoor.quickstart.crowd.DoorWatch.Look;
import dev.stagedoor.quickstart.stage.Browser;
import dev.stagedoor.quickstart.stage.Shared;
import dev.stagedoor.quickstart.stage.Stage;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.ResourceLock;

import tools.jackson.databind.JsonNode;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * A sale that is sold out: 300 people, 50 seats, room for 20 at a time, all of them through the
 * public port and at the pace it asks for.
 */
@ExtendWith(Shared.class)
@ResourceLock(Stage.TAKES_TURNS)
@Timeout(180)
class CrowdStory {

    private static final int PEOPLE = 300;
    private static final int SEATS = 50;
    private static final int CAPACITY = 20;

    private static Stage stage;
    private static Stage.Evening evening;

    @BeforeAll
    static void open(Stage shared) {
        stage = shared;
        stage.prepare("capacity", Integer.toString(CAPACITY));
        evening = stage.evening();
    }

    @Test
    void threeHundredComeForFiftySeats() throws Exception {
        List<Visitor> people = everybodyRegisters();
        everybodyLooksIn(people);

        try (DoorWatch watch = DoorWatch.over(stage.redis.url())) {
            List<Visit> visits = everybodyComesAtOnce(people);

            everybodyHadToWaitButTheFirst(visits);
            fewWereToldToComeBack(people);
            everySeatIsSoldOnce(visits);
            nobodyHasOvertakenAnybody(visits, watch.looks());
            neverWereMoreInsideThanThereIsRoom(watch.looks());
        }
        theHouseIsSoldOut();
        nobodyIsLeftInTheRoom();
        stage.everythingIsWell();
    }

    private static List<Visitor> everybodyRegisters() throws Exception {
        try (ExecutorService counters = Executors.newFixedThreadPool(10)) {
            return results(
                    counters,
                    range(0, PEOPLE)
                            .<Callable<Visitor>>mapToObj(
                                    number ->
                                            () ->
                                                    new Visitor(
                                                            stage.browser(),
                                                            number,
                                                            evening.date()))
                            .toList());
        }
    }

    /** A JVM that has just been started is too slow for a crowd: the doors open before the sale. */
    private static void everybodyLooksIn(List<Visitor> people) throws Exception {
        try (ExecutorService few = Executors.newFixedThreadPool(10)) {
            results(
                    few,
                    people.stream()
                            .<Callable<Void>>map(
                                    visitor ->
                                            () -> {
                                                visitor.lookIn();
                                                return null;
                                            })
                            .toList());
        }
        nobodyIsLeftInTheRoom();
    }

    private static List<Visit> everybodyComesAtOnce(List<Visitor> people) throws Exception {
        try (ExecutorService crowd = Executors.newVirtualThreadPerTaskExecutor()) {
            return results(
                    crowd,
                    people.stream().<Callable<Visit>>map(visitor -> visitor::visit).toList());
        }
    }

    /** Every visit ended inside, or it would have no result. */
    private static void everybodyHadToWaitButTheFirst(List<Visit> visits) {
        assertThat(visits).hasSize(PEOPLE).doesNotHaveDuplicates();
        assertThat(visits).extracting(Visit::sequence).doesNotHaveDuplicates();
        assertThat(visits.stream().filter(visit -> !visit.hasWaited()))
                .hasSizeBetween(CAPACITY, PEOPLE / 2);
    }

    /** On a machine that is busy with other things, some are; each of them got in nevertheless. */
    private static void fewWereToldToComeBack(List<Visitor> people) {
        assertThat(people.stream().mapToInt(Visitor::timesToldToComeBack).sum()).isLessThan(PEOPLE);
    }

    private static void everySeatIsSoldOnce(List<Visit> visits) {
        assertThat(visits.stream().filter(Visit::hasBought).map(Visit::seat))
                .containsExactlyInAnyOrderElementsOf(rangeClosed(1, SEATS).boxed().toList());
    }

    private static void nobodyHasOvertakenAnybody(List<Visit> visits, List<Look> looks) {
        assertThat(Visit.inversions(visits)).isEmpty();
        assertThat(looks).allMatch(Look::isInOrder);
        assertThat(looks).filteredOn(look -> look.oldestWaiting() > 0).hasSizeGreaterThan(100);
    }

    private static void neverWereMoreInsideThanThereIsRoom(List<Look> looks) {
        assertThat(looks).allMatch(look -> look.inside() <= CAPACITY);
        assertThat(looks).anyMatch(look -> look.inside() == CAPACITY);
    }

    private static void theHouseIsSoldOut() {
        Browser late = stage.browser();
        late.register("Late");
        assertThat(late.join().get("state").asString()).isEqualTo("ACTIVE");

        String shows = "/api/v1/concerts/%d/schedules?all=true".formatted(evening.concert());
        JsonNode dates = late.get(shows, 200).get("schedules");
        assertThat(dates.get(0).get("remainingSeats").asInt()).isZero();

        late.ask("DELETE", "/api/v1/queue/tokens/current", null).expect(204);
    }

    private static void nobodyIsLeftInTheRoom() {
        await().untilAsserted(
                        () -> {
                            JsonNode room = stage.browser().get("/api/v1/queue/rooms/main", 200);
                            assertThat(room.get("waiting").asLong()).isZero();
                            assertThat(room.get("active").asLong()).isZero();
                        });
    }

    /** In the order of the tasks; the first that failed fails the story. */
    private static <T> List<T> results(ExecutorService executor, List<Callable<T>> tasks)
            throws InterruptedException, ExecutionException {
        List<Future<T>> futures = executor.invokeAll(tasks);
        List<T> results = new ArrayList<>();
        for (Future<T> future : futures) {
            results.add(future.get());
        }
        return results;
    }
}
