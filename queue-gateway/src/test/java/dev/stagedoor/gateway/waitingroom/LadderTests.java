package dev.stagedoor.gateway.waitingroom;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.gateway.waitingroom.RoomView.Ladder;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.Random;
import java.util.stream.LongStream;

class LadderTests {

    private static final int DENSE = 1000;

    @Test
    void isEmptyWhereNobodyWaits() {
        assertThat(Ladder.EMPTY.ahead(42)).isZero();
    }

    /** A place that was given up is not told as if it were held until a sign of life finds out. */
    @ParameterizedTest
    @CsvSource({
        "10, 3, false",
        "11, 3, true",
        "12, 3, false",
        "13, 3, true",
        "15, 3, false",
        "15, 4, true",
    })
    void isCertainWhetherAPlaceInFrontIsHeld(long sequence, long waiting, boolean mayBe) {
        Ladder ladder = new Ladder(new long[] {11, 13, 14}, new long[0], new long[0]);

        assertThat(ladder.mayHold(sequence, waiting)).isEqualTo(mayBe);
        assertThat(Ladder.EMPTY.mayHold(sequence, 0)).isFalse();
        assertThat(Ladder.EMPTY.mayHold(sequence, waiting)).isTrue();
    }

    /** Lines with gaps of every kind: the first thousand are exact, everybody else within 1 %. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void isExactInFrontAndWithinOnePercentBehind(long seed) {
        Random random = new Random(seed);
        int longestGap = 1 + random.nextInt(20);
        long[] line = new long[50_000];
        long sequence = 1_765_000_000_000_000L;
        for (int i = 0; i < line.length; i++) {
            sequence += 1 + random.nextInt(longestGap);
            line[i] = sequence;
        }
        Ladder ladder = measured(line);

        for (int rank = 0; rank < line.length; rank++) {
            long told = ladder.ahead(line[rank]);
            if (rank < DENSE) {
                assertThat(told).isEqualTo(rank);
            } else {
                assertThat(Math.abs(told - rank))
                        .as("rank %d", rank)
                        .isLessThanOrEqualTo(rank / 100 + 1);
            }
        }
    }

    @Test
    void goesOnToBeRightWhenTheFrontHasGoneInSinceTheRungsWereMeasured() {
        long[] line = LongStream.range(0, 20_000).map(i -> 5_000_000 + i).toArray();
        long[] later = LongStream.range(3_000, 20_000).map(i -> 5_000_000 + i).toArray();

        Ladder ladder = measured(line).withHead(LongStream.of(later).limit(DENSE).toArray());

        assertThat(ladder.ahead(later[500])).isEqualTo(500);
        assertThat(ladder.ahead(later[10_000])).isBetween(9_900L, 10_100L);
    }

    @Test
    void countsThoseWhoCameAfterTheRungsWereMeasured() {
        long[] line = LongStream.range(0, 5_000).map(i -> 7_000_000 + i).toArray();

        assertThat(measured(line).ahead(7_000_000 + 5_600)).isBetween(5_590L, 5_610L);
    }

    /** As {@code view.lua} measures it. */
    private static Ladder measured(long[] line) {
        LongStream.Builder ranks = LongStream.builder();
        long rank = DENSE;
        while (rank < line.length - 1) {
            ranks.add(rank);
            rank = (long) Math.ceil(rank * 1.02);
        }
        ranks.add(line.length - 1);
        long[] rungs = ranks.build().toArray();
        return new Ladder(
                LongStream.of(line).limit(DENSE).toArray(),
                rungs,
                LongStream.of(rungs).map(r -> line[(int) r]).toArray());
    }
}
