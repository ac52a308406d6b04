package dev.stagedoor.common.connection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.channel.embedded.EmbeddedChannel;

import org.junit.jupiter.api.Test;

import java.net.SocketException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Time is moved by hand. What counts as a request under way, the services' own tests show. */
class IdleConnectionsTests {

    private final EmbeddedChannel connection = connection();

    @Test
    void closesAConnectionOnWhichNothingHappens() {
        passes(59);
        assertThat(connection.isOpen()).isTrue();

        passes(1);

        assertThat(connection.isOpen()).isFalse();
    }

    @Test
    void keepsAConnectionOnWhichSomethingHappensEitherWay() {
        for (int i = 0; i < 5; i++) {
            passes(50);
            connection.writeInbound("a request");
            passes(50);
            connection.writeOutbound("an answer");
        }
        assertThat(connection.isOpen()).isTrue();

        passes(60);

        assertThat(connection.isOpen()).isFalse();
    }

    @Test
    void hasOneTimerHoweverManyRequestsThereAre() {
        for (int i = 0; i < 1_000; i++) {
            connection.writeInbound("a request");
            connection.writeOutbound("an answer");
        }

        long untilTheOnlyOne = connection.runScheduledPendingTasks();

        assertThat(untilTheOnlyOne).isEqualTo(Duration.ofSeconds(60).toNanos());
    }

    @Test
    void leavesNoTimerBehind() {
        connection.close();
        connection.runPendingTasks();

        assertThat(connection.runScheduledPendingTasks()).isEqualTo(-1);
    }

    @Test
    void takesAConnectionThatIsResetForOneThatIsClosed() {
        connection.pipeline().fireExceptionCaught(new SocketException("Connection reset"));
        connection.runPendingTasks();

        assertThat(connection.isOpen()).isFalse();
        assertThatCode(connection::checkException).doesNotThrowAnyException();
    }

    @Test
    void refusesToCloseEverythingAtOnce() {
        assertThatThrownBy(() -> new IdleConnections(Duration.ZERO))
                .hasMessageContaining("idle-timeout");
    }

    private static EmbeddedChannel connection() {
        EmbeddedChannel connection = new EmbeddedChannel();
        connection.freezeTime();
        connection.pipeline().addLast(new IdleConnections(Duration.ofSeconds(60)));
        return connection;
    }

    private void passes(long seconds) {
        connection.advanceTimeBy(seconds, TimeUnit.SECONDS);
        connection.runScheduledPendingTasks();
        connection.runPendingTasks();
    }
}
