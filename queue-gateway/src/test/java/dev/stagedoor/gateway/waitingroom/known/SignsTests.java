package dev.stagedoor.gateway.waitingroom.known;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.common.RoomId;
import dev.stagedoor.common.UserId;
import dev.stagedoor.gateway.waitingroom.Ticket;
import dev.stagedoor.gateway.waitingroom.known.Memory.Bound;
import dev.stagedoor.gateway.waitingroom.redis.LineStore.Sign;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import java.util.stream.Stream;

class SignsTests {

    private static final RoomId ROOM = new RoomId("main");
    private static final int IDLE_TIMEOUT = 60;
    private static final int PAUSE = IDLE_TIMEOUT / 4;
    private static final int FIRST_SIGN = 49;

    private final AtomicLong clock = new AtomicLong(-Duration.ofSeconds(5).toNanos());
    private final Bound bound = new Bound(1_000);
    private final Signs signs = new Signs(clock::get, bound);
    private final Ticket ticket = ticket(1);

    @BeforeEach
    void silenceCountsAfterAMinute() {
        signs.goesBy(Instant.now(), Duration.ofSeconds(IDLE_TIMEOUT));
    }

    @Test
    void theFirstOneIsToldAtOnceAndThenOneInAQuarterOfTheTime() {
        List<Integer> told = secondsInWhichIsTold(second -> signs.ofWaiting(ticket));

        assertThat(told).containsExactly(0, PAUSE, 2 * PAUSE, 3 * PAUSE);
    }

    @Test
    void ofWhoeverIsInsideEachIsTold() {
        assertThat(secondsInWhichIsTold(second -> signs.ofInside(ticket))).hasSize(IDLE_TIMEOUT);
    }

    @Test
    void theLastOneIsToldTooAsOldAsItIs() {
        signs.ofWaiting(ticket);
        signs.take();
        pass(5);
        signs.ofWaiting(ticket);
        pass(PAUSE - 5);

        assertThat(signs.take()).containsExactly(new Sign(ticket, false, PAUSE - 5));
        pass(IDLE_TIMEOUT);
        assertThat(signs.take()).isEmpty();
    }

    @Test
    void nobodyCountsAsSilentForRedisWhoIsNot() {
        Random random = new Random(7);
        for (int person = 0; person < 500; person++) {
            Ticket theirs = ticket(person);
            int slowest = 2 + random.nextInt(IDLE_TIMEOUT - 2);
            int next = 0;
            int given = 0;
            int known = 0;
            for (int second = 0; second < 10 * IDLE_TIMEOUT; second++, pass(1)) {
                if (second == next) {
                    signs.ofWaiting(theirs);
                    given = second;
                    next += 1 + random.nextInt(slowest);
                }
                for (Sign sign : signs.take()) {
                    known = Math.max(known, second - (int) sign.secondsAgo());
                }
                assertThat(second - known).as("%s: given at %s", second, given).isLessThan(60);
                assertThat(known).isLessThanOrEqualTo(given);
            }
            pass(IDLE_TIMEOUT);
            signs.take();
        }
    }

    @Test
    void thoseThatCouldNotBeToldAreToldNextTime() {
        signs.ofWaiting(ticket);
        List<Sign> untold = signs.take();
        pass(3);

        signs.keep(untold);

        assertThat(signs.take()).containsExactly(new Sign(ticket, false, 3));
    }

    @Test
    void whatCouldNotBeToldForLongIsNotSaidToBeThatOld() {
        signs.ofWaiting(ticket);
        pass(10 * IDLE_TIMEOUT);

        assertThat(signs.take()).containsExactly(new Sign(ticket, false, PAUSE));
    }

    @Test
    void aClockThatGoesBackKeepsNobodySilent() {
        signs.ofWaiting(ticket);
        signs.take();
        signs.goesBy(Instant.now().minusSeconds(3_600), Duration.ofSeconds(IDLE_TIMEOUT));
        signs.ofWaiting(ticket);

        assertThat(signs.take()).containsExactly(new Sign(ticket, false));
    }

    @Test
    void afterALossTheNextOneIsToldAtOnce() {
        signs.ofWaiting(ticket);
        signs.take();
        signs.tellNextOnesAtOnce();
        signs.ofWaiting(ticket);
        assertThat(signs.take()).isEmpty(); // the same moment

        pass(1);
        signs.ofWaiting(ticket);

        assertThat(signs.take()).hasSize(1);
    }

    @Test
    void anotherPlaceOfTheSamePersonIsNews() {
        signs.ofWaiting(ticket);
        signs.take();
        Ticket another = new Ticket(ROOM, ticket.user(), ticket.sequence() + 1, 0);

        signs.ofWaiting(another);

        assertThat(signs.take()).containsExactly(new Sign(another, false));
    }

    @Test
    void whoHasBeenToldMakesRoomForOthers() {
        everybody().forEach(signs::ofWaiting);
        assertThat(signs.take()).hasSize(1_000);
        signs.take();

        IntStream.range(1_000, 2_000).mapToObj(SignsTests::ticket).forEach(signs::ofWaiting);

        assertThat(signs.take()).hasSize(1_000);
    }

    @Test
    void noMoreAreForgottenThanThereIsRoomNeededFor() {
        everybody().limit(900).forEach(signs::ofWaiting);
        signs.take();
        signs.take();
        List<Ticket> others = IntStream.range(1_000, 1_100).mapToObj(SignsTests::ticket).toList();

        for (int second = 0; second < PAUSE - 1; second++, pass(1)) {
            others.forEach(signs::ofWaiting);
            signs.take();
        }

        others.forEach(signs::ofWaiting);
        assertThat(signs.take()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {500, 1_000})
    void moreThanAreRememberedAreAllHeardOf(int together) {
        List<Ticket> people = Stream.concat(everybody(), everybody()).toList();
        int turns = people.size() / together;
        Set<Ticket> told = new HashSet<>();
        for (int second = 0; second < FIRST_SIGN; second++, pass(1)) {
            people.stream()
                    .skip((long) second % turns * together)
                    .limit(together)
                    .forEach(signs::ofWaiting);
            tell(told);
        }

        assertThat(told).hasSameSizeAs(people);
    }

    @Test
    void whoComesToARoomIsHeardOfThoughAnotherOneHasTakenAllTheRoom() {
        Signs ofAnother = new Signs(clock::get, bound);
        ofAnother.goesBy(Instant.now(), Duration.ofSeconds(IDLE_TIMEOUT));
        for (int second = 0; second < 10; second++, pass(1)) {
            everybody().limit(100).forEach(ofAnother::ofWaiting);
            ofAnother.take();
        }
        List<Ticket> people = everybody().toList();
        Set<Ticket> told = new HashSet<>();
        for (int second = 0; second < 2; second++, pass(1)) {
            people.forEach(signs::ofWaiting);
            tell(told);
            ofAnother.take();
        }

        assertThat(told).hasSameSizeAs(people);
    }

    @Test
    void twoPlacesOfOnePersonTakeNoMoreRoomThanOthers() {
        Ticket another = new Ticket(ROOM, ticket.user(), ticket.sequence() + 1, 0);
        for (int i = 0; i < 10_000; i++) {
            signs.ofWaiting(ticket);
            signs.ofWaiting(another);
        }

        assertThat(signs.take()).hasSizeLessThanOrEqualTo(1_000);
    }

    @Test
    void whatCouldNotBeToldIsToldOnceAndAsNewAsItIs() {
        signs.ofWaiting(ticket);
        List<Sign> untold = signs.take();
        pass(3);
        signs.ofWaiting(ticket);
        signs.keep(untold);
        signs.keep(untold);

        assertThat(signs.take()).containsExactly(new Sign(ticket, false));
        pass(PAUSE);
        assertThat(signs.take()).isEmpty();
    }

    @Test
    void noneIsLostThatComesWhileTheFormerOneIsForgotten() throws Exception {
        List<Ticket> people = everybody().limit(250).toList();
        for (int round = 0; round < 100; round++) {
            people.forEach(signs::ofWaiting);
            signs.take();
            pass(PAUSE);
            Set<Ticket> told = new HashSet<>();
            Thread redis = Thread.ofPlatform().start(() -> tell(told));
            people.forEach(signs::ofWaiting);
            redis.join();
            pass(PAUSE);
            tell(told);

            assertThat(told).hasSameSizeAs(people);
            pass(PAUSE);
            signs.take();
        }
    }

    private void tell(Set<Ticket> told) {
        signs.take().forEach(sign -> told.add(sign.ticket()));
    }

    private interface Sending {
        void at(int second);
    }

    private List<Integer> secondsInWhichIsTold(Sending sending) {
        return IntStream.range(0, IDLE_TIMEOUT)
                .filter(
                        second -> {
                            pass(1);
                            sending.at(second);
                            return !signs.take().isEmpty();
                        })
                .boxed()
                .toList();
    }

    private void pass(int seconds) {
        clock.addAndGet(Duration.ofSeconds(seconds).toNanos());
    }

    private static Stream<Ticket> everybody() {
        return IntStream.range(0, 1_000).mapToObj(SignsTests::ticket);
    }

    private static Ticket ticket(int sequence) {
        return new Ticket(ROOM, UserId.random(), sequence, 0);
    }
}
