package dev.stagedoor.gateway.forward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.Mockito.mock;

import dev.stagedoor.gateway.upstream.Exchange;
import dev.stagedoor.gateway.upstream.Pool;

import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpMethod;

import org.junit.jupiter.api.Test;

import java.util.concurrent.CountDownLatch;

class WritesTests {

    private final Writes writes = new Writes();
    private final EmbeddedChannel visitor = new EmbeddedChannel();
    private final CountDownLatch stopped = new CountDownLatch(1);

    @Test
    void areWaitedForWhenTheirVisitorHasLeft() {
        Exchange payment = exchange(HttpMethod.POST);
        writes.begin(payment, visitor);
        visitor.close();

        writes.stop(stopped::countDown);

        assertThat(stopped.getCount()).isOne();
        writes.end(payment);
        assertThat(stopped.getCount()).isZero();
    }

    /** The server has waited for them already, as long as it may. */
    @Test
    void areNotWaitedForASecondTime() {
        writes.begin(exchange(HttpMethod.POST), visitor);

        writes.stop(stopped::countDown);

        assertThat(stopped.getCount()).isZero();
    }

    @Test
    void noLookIsWaitedFor() {
        writes.begin(exchange(HttpMethod.GET), visitor);
        visitor.close();

        writes.stop(stopped::countDown);

        assertThat(stopped.getCount()).isZero();
    }

    private static Exchange exchange(HttpMethod method) {
        return new Exchange(mock(Pool.class), method, "/", new DefaultHttpHeaders(), null, null);
    }
}
