package dev.stagedoor.gateway.waitingroom;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.time.Duration;
import java.util.Optional;
import java.util.stream.LongStream;

class PollIntervalTests {

    private static final Duration IDLE_TIMEOUT = Duration.ofMinutes(5);
    private static final long BUDGET = 2000;

    @ParameterizedTest
    @CsvSource({
        "0,         1,       1",
        "49,        100,     1",
        "50,        100,     3",
        "400,       500,     9",
        "10000,     20000,   17",
        "1000000,   1000000, 30",
        "0,         60000,   30", // the budget of 2,000 a second stretches it for everybody
        "0,         10000,   7"
    })
    void growsWithTheDistanceUpToHalfAMinuteWhileNobodyKnowsWhenTheTurnComes(
            long ahead, long waiting, long seconds) {
        Duration interval =
                PollInterval.of(ahead, waiting, Optional.empty(), IDLE_TIMEOUT, BUDGET, 1);

        assertThat(interval)
                .isBetween(Duration.ofMillis(seconds * 900), Duration.ofMillis(seconds * 1100));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 1_000, 20_000, 60_000, 100_000, 150_000})
    void keepsTheBudgetHoweverManyWait(long waiting) {
        double polls =
                LongStream.range(0, waiting)
                        .mapToDouble(ahead -> 1000.0 / at(ahead, waiting, 100).toMillis())
                        .sum();

        assertThat(polls).as("a second").isLessThan(BUDGET);
    }

    @ParameterizedTest
    @ValueSource(longs = {10, 100, 1_000})
    void letsNobodySleepThroughTheTurn(long admittedPerSecond) {
        for (long ahead = 0; ahead < 200_000; ahead += 13) {
            Duration wait = Duration.ofMillis((ahead + 1) * 1000 / admittedPerSecond);

            assertThat(at(ahead, 200_000, admittedPerSecond))
                    .isLessThan(
                            wait.compareTo(PollInterval.LONGEST) > 0
                                    ? wait
                                    : PollInterval.LONGEST.plusSeconds(4));
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {60, 300})
    void leavesTimeForASecondPollBeforeAnybodyCountsAsSilent(long idleSeconds) {
        Duration idleTimeout = Duration.ofSeconds(idleSeconds);

        assertThat(LongStream.range(0, 1_000))
                .allSatisfy(
                        sequence ->
                                assertThat(
                                                PollInterval.of(
                                                        900_000,
                                                        1_000_000,
                                                        Optional.of(Duration.ofHours(5)),
                                                        idleTimeout,
                                                        BUDGET,
                                                        sequence))
                                        .isLessThanOrEqualTo(idleTimeout.dividedBy(2)));
    }

    @Test
    void leavesTimeForASecondPollBeforeTheFirstSignMustHaveCome() {
        assertThat(LongStream.range(0, 1_000))
                .allSatisfy(
                        sequence ->
                                assertThat(PollInterval.first(PollInterval.LONGEST, sequence))
                                        .isBetween(
                                                PollInterval.LONGEST_FIRST.dividedBy(2),
                                                PollInterval.FIRST_SIGN_WITHIN
                                                        .minusSeconds(5)
                                                        .dividedBy(2)));
        assertThat(PollInterval.first(PollInterval.SHORTEST, 1)).isEqualTo(PollInterval.SHORTEST);
    }

    @Test
    void isTheSameForOneTicketAndScatteredOverMany() {
        var intervals =
                LongStream.range(0, 1000).map(PollIntervalTests::millis).summaryStatistics();

        assertThat(millis(7)).isEqualTo(millis(7));
        assertThat(intervals.getMax() - intervals.getMin()).isGreaterThan(intervals.getMin() / 10);
    }

    private static long millis(long sequence) {
        return PollInterval.of(5000, 5000, Optional.empty(), IDLE_TIMEOUT, BUDGET, sequence)
                .toMillis();
    }

    private static Duration at(long ahead, long waiting, long admittedPerSecond) {
        Duration wait = Duration.ofMillis((ahead + 1) * 1000 / admittedPerSecond);
        return PollInterval.of(ahead, waiting, Optional.of(wait), IDLE_TIMEOUT, BUDGET, ahead);
    }
}
