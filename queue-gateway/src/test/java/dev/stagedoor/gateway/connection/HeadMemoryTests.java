package dev.stagedoor.gateway.connection;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.gateway.share.Limits.Limit;
import dev.stagedoor.gateway.share.Shares;
import dev.stagedoor.gateway.share.Shares.Share;
import dev.stagedoor.gateway.share.TestShares;

import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;

import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;

class HeadMemoryTests {

    private static final int STEP = 4 * 1024;

    private final Shares shares = TestShares.with();
    private final EmbeddedChannel connection = new EmbeddedChannel();
    private final Share client = shares.of(connection);
    private final HeadMemory memory = new HeadMemory(shares, connection);

    /** The decoder keeps room for the largest one. */
    @Test
    void theLargestHeadIsCountedTwiceUntilTheConnectionEnds() {
        long all = left();

        assertThat(memory.mayBe(STEP)).isTrue();
        assertThat(left()).as("a usual one").isEqualTo(all);
        assertThat(memory.mayBe(STEP + 1)).isTrue();
        assertThat(left()).isEqualTo(all - 2);
        assertThat(memory.mayBe(3 * STEP)).isTrue();
        assertThat(left()).isEqualTo(all - 4);
        assertThat(memory.mayBe(STEP + 1)).isTrue();
        assertThat(left()).isEqualTo(all - 4);

        connection.close();
        assertThat(left()).isEqualTo(all);
    }

    /** That a head has closed it may be known before that is counted. */
    @Test
    void nothingIsCountedOfAConnectionThatHasEnded() {
        long all = left();
        connection.close();

        assertThat(memory.mayBe(2 * STEP)).isTrue();
        assertThat(memory.mayBe(3 * STEP)).isTrue();

        assertThat(left()).isEqualTo(all);
    }

    @Test
    void whatIsRefusedIsNotCounted() {
        takeAll();
        assertThat(memory.mayBe(3 * STEP)).isFalse();
        assertThat(memory.mayBe(STEP)).isTrue();

        client.letsGo(Limit.HEADS, 2 * STEP);

        assertThat(memory.mayBe(3 * STEP)).isFalse();
        assertThat(memory.mayBe(2 * STEP)).isTrue();
        connection.close();
        assertThat(left()).isEqualTo(2);
    }

    /** By which it is known how much of what has come is not read yet. */
    @Test
    void knowsHowManyBytesARequestWas() {
        String head = "POST /seats?x=1 HTTP/1.1\r\nHost: sale\r\nX-A: b\r\n\r\n";
        DefaultFullHttpRequest request =
                new DefaultFullHttpRequest(
                        HttpVersion.HTTP_1_1,
                        HttpMethod.POST,
                        "/seats?x=1",
                        Unpooled.copiedBuffer("body", StandardCharsets.US_ASCII));
        request.headers().add("Host", "sale").add("X-A", "b");

        assertThat(HeadMemory.sizeOf(request)).isEqualTo(head.length() + "body".length());
    }

    private long takeAll() {
        long steps = 0;
        while (client.keeps(Limit.HEADS, STEP)) {
            steps++;
        }
        return steps;
    }

    private long left() {
        long steps = takeAll();
        client.letsGo(Limit.HEADS, steps * STEP);
        return steps;
    }
}
