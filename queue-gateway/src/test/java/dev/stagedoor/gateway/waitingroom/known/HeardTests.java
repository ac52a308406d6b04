package dev.stagedoor.gateway.waitingroom.known;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;

class HeardTests {

    private static final int PAGE = 32_768;
    private static final long FIRST = 1_764_000_000_000_000L;
    private static final long END = FIRST + 100L * PAGE;
    private static final Duration TIME = Duration.ofMinutes(5);
    private static final Instant NOW = Instant.parse("2026-11-26T20:00:00Z");

    private final Heard heard = new Heard();

    @BeforeEach
    void thereIsRoom() {
        heard.hasRoomFor(1 << 20);
        heard.growOlder(NOW, TIME);
    }

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
    void forgetsWhoeverIsSilentAndNobodyElse() {
        heard.of(FIRST + 1);
        heard.of(FIRST + 2);
        heard.growOlder(NOW.plus(TIME), TIME);
        heard.of(FIRST + 2);
        assertThat(behind(FIRST)).containsExactly(FIRST + 1, FIRST + 2);

        heard.growOlder(NOW.plus(TIME).plus(TIME), TIME);

        assertThat(behind(FIRST)).containsExactly(FIRST + 2);
    }

    @Test
    void hasABound() {
        heard.hasRoomFor(8 * 4096);

        IntStream.range(0, 10).forEach(page -> heard.of(FIRST + (long) page * PAGE));

        assertThat(behind(FIRST - 1)).hasSize(4);
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
