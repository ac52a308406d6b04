package dev.stagedoor.gateway.waitingroom;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.time.Duration;

class PollIntervalTests {

    @ParameterizedTest
    @CsvSource({
        "0,         1,       1",
        "49,        100,     1",
        "50,        100,     3",
        "400,       500,     9",
        "10000,     20000,   17",
        "1000000,   1000000, 30",
        "0,         60000,   30", // the budget of 2,000 a second stretches it for everybody
        "0,         10000,   5"
    })
    void growsWithTheDistanceAndKeepsTheBudget(long ahead, long waiting, long seconds) {
        Duration interval = PollInterval.of(ahead, waiting, 2000, 1);

        assertThat(interval)
                .isBetween(Duration.ofMillis(seconds * 900), Duration.ofMillis(seconds * 1100));
    }

    @Test
    void isTheSameForOneTicketAndScatteredOverMany() {
        var intervals =
                java.util.stream.LongStream.range(0, 1000)
                        .map(sequence -> PollInterval.of(5000, 5000, 2000, sequence).toMillis())
                        .summaryStatistics();

        assertThat(PollInterval.of(5, 9, 2000, 7)).isEqualTo(PollInterval.of(5, 9, 2000, 7));
        assertThat(intervals.getMax() - intervals.getMin()).isGreaterThan(intervals.getMin() / 10);
    }
}
