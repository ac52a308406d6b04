package dev.stagedoor.common.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.stream.IntStream;

@Timeout(30)
class StandardOutputTests {

    private final Reader reader = new Reader();
    private final StandardOutput out = new StandardOutput(reader);

    @AfterEach
    void goOn() {
        reader.reads.release(1_000_000);
    }

    @Test
    void whateverIsWrittenIsReadInItsOrder() {
        reader.reads.release(1_000_000);

        say(50_000);

        await().until(() -> reader.read().size() == 50_000);
        assertThat(reader.read()).isEqualTo(lines(50_000));
    }

    @Test
    void nobodyWaitsForAReaderWhoStandsStillAndWhatFindsNoRoomIsLost() {
        long before = StandardOutput.lost();

        say(300_000);
        long lost = StandardOutput.lost() - before;
        reader.reads.release(1_000_000);

        assertThat(lost).isBetween(1L, 299_999L);
        int kept = (int) (300_000 - lost);
        await().until(() -> reader.read().size() >= kept);
        assertThat(reader.read()).startsWith(lines(kept).toArray(String[]::new));
    }

    @Test
    void whatCannotBeWrittenIsLost() {
        long before = StandardOutput.lost();
        reader.isGone = true;
        reader.reads.release(1_000_000);

        say(1);

        await().until(() -> StandardOutput.lost() == before + 1);
    }

    @Test
    void aProgramThatEndsHasSaidAll() {
        reader.reads.release(1_000_000);

        say(1000);
        out.isWaitedFor(Duration.ofSeconds(20));

        assertThat(reader.read()).hasSize(1000);
        say(1);
        assertThat(reader.read()).hasSize(1001);
    }

    @Test
    void aProgramThatEndsWaitsForNobodyWhoStandsStill() {
        say(1000);

        out.isWaitedFor(Duration.ofMillis(200));
        say(1000);

        assertThat(reader.read()).isEmpty();
    }

    private void say(int lines) {
        lines(lines)
                .forEach(line -> out.write((line + "\n").getBytes(UTF_8), 0, line.length() + 1));
    }

    private static List<String> lines(int lines) {
        return IntStream.range(0, lines).mapToObj(i -> "line " + i).toList();
    }

    /** Takes something whenever it may. */
    private static final class Reader extends OutputStream {

        private final Semaphore reads = new Semaphore(0);
        private final ByteArrayOutputStream all = new ByteArrayOutputStream();
        private volatile boolean isGone;

        @Override
        public void write(int one) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void write(byte[] bytes, int from, int length) throws IOException {
            reads.acquireUninterruptibly();
            if (isGone) {
                throw new IOException("Broken pipe");
            }
            synchronized (all) {
                all.write(bytes, from, length);
            }
        }

        private List<String> read() {
            synchronized (all) {
                return all.toString(UTF_8).lines().toList();
            }
        }
    }
}
