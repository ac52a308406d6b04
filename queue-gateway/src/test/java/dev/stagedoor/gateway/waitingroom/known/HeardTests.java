package dev.stagedoor.gateway.waitingroom.known;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.gateway.waitingroom.redis.LineStore.Stretch;

import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;

class HeardTests {

    private static final int PAGE = 32_768;
    private static final long FIRST = 1_764_000_000_000_000L;
    private static final long END = FIRST + 100L * PAGE;

    private final Heard heard = new Heard(1 << 20);

    @Test
    void tellsJustThoseBehindASequence() {
        TreeSet<Long> places = new TreeSet<>();
        new Random(7).longs(5_000, FIRST, FIRST + 4 * PAGE).forEach(places::add);
        places.forEach(heard::of);

        for (long from : List.of(FIRST - 1, FIRST + 31, FIRST + 32, FIRST + PAGE, places.last())) {
            assertThat(behind(from)).isEqualTo(places.tailSet(from + 1));
        }
    }

    @Test
    void leavesOutWhatBelongsToTheNextEpoch() {
        heard.of(FIRST);
        heard.of(END + PAGE);

        assertThat(behind(FIRST - 1)).containsExactly(FIRST);
    }

    @Test
    void forgetsWhoeverDoesNotAnswerAndNobodyElse() {
        Random random = new Random(11);
        TreeSet<Long> waiting = new TreeSet<>();
        random.longs(9_000, FIRST, FIRST + 3 * PAGE).forEach(waiting::add);
        for (int round = 0; round < 3; round++) {
            callTheRoll(waiting, FIRST + 4 * PAGE);

            assertThat(behind(FIRST - 1)).isEqualTo(waiting);
            assertThat(heard.until()).isEqualTo(FIRST + 4 * PAGE);
            waiting.removeIf(_ -> random.nextInt(3) == 0);
        }
    }

    @Test
    void tellsHowFarTheRollWasCalledTheFirstTime() {
        heard.of(new Stretch(0, FIRST + 9, List.of(FIRST + 1, FIRST + 9), false));

        assertThat(heard.until()).isEqualTo(FIRST + 9);
        assertThat(heard.calledTo()).isEqualTo(FIRST + 9);
        assertThat(heard.isThroughOnce()).isFalse();
    }

    @Test
    void doesNotSayOfWhoeverCameSinceThatTheyDoNotWait() {
        callTheRoll(new TreeSet<>(List.of(FIRST + 1, FIRST + 2)), FIRST + 2);
        heard.of(new Stretch(0, FIRST + 1, List.of(FIRST + 1), false));

        assertThat(heard.until()).isEqualTo(FIRST + 2);
        assertThat(behind(FIRST)).containsExactly(FIRST + 1, FIRST + 2);
    }

    @Test
    void hasABoundAndSaysSoOfWhoeverStandsBehindIt() {
        Heard small = new Heard(4 * 4096);
        List<Long> far =
                IntStream.range(0, 10).mapToObj(page -> FIRST + (long) page * PAGE).toList();

        small.of(new Stretch(0, far.getLast(), far, true));

        assertThat(small.behind(FIRST - 1, END)).hasSize(4);
        assertThat(small.until()).isEqualTo(far.get(3));
        assertThat(small.isThroughOnce()).isTrue();
    }

    @Test
    void keepsWhatItHoldsUnderABoundThatHasBecomeLess() {
        List<Long> two = List.of(FIRST, FIRST + PAGE);
        heard.of(new Stretch(0, FIRST + PAGE, two, true));

        heard.bindTo(4096);

        assertThat(behind(FIRST - 1)).containsExactlyElementsOf(two);
        assertThat(heard.of(FIRST + 2 * PAGE)).isFalse();
    }

    @Test
    void letsGoOfPagesBeforeTheHeadOfTheLine() {
        Heard small = new Heard(4096);
        small.of(new Stretch(0, FIRST, List.of(FIRST), true));

        small.of(new Stretch(0, FIRST + PAGE, List.of(FIRST + PAGE), true));

        assertThat(small.until()).isEqualTo(FIRST + PAGE);
    }

    @Test
    void losesNobodyOfManyAtOnce() throws InterruptedException {
        CountDownLatch all = new CountDownLatch(8);
        for (int thread = 0; thread < 8; thread++) {
            long first = FIRST + thread;
            Thread.startVirtualThread(
                    () -> {
                        IntStream.range(0, PAGE / 8).forEach(i -> heard.of(first + i * 8L));
                        all.countDown();
                    });
        }
        all.await();

        assertThat(behind(FIRST - 1)).hasSize(PAGE);
    }

    /** In stretches of a thousand. */
    private void callTheRoll(TreeSet<Long> waiting, long newest) {
        do {
            long after = heard.calledTo();
            List<Long> next = waiting.tailSet(after + 1).stream().limit(1_000).toList();
            boolean toTheEnd = next.size() < 1_000;
            heard.of(new Stretch(after, toTheEnd ? newest : next.getLast(), next, toTheEnd));
        } while (heard.calledTo() > 0);
    }

    /** As Redis reads them: place 0 is the highest bit of the first byte. */
    private TreeSet<Long> behind(long sequence) {
        TreeSet<Long> places = new TreeSet<>();
        heard.behind(sequence, END)
                .forEach(
                        (page, text) -> {
                            byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
                            for (int place = 0; place < 8 * bytes.length; place++) {
                                if ((bytes[place / 8] & 128 >> place % 8) != 0) {
                                    places.add(page * PAGE + place);
                                }
                            }
                        });
        return places;
    }
}
