package dev.stagedoor.gateway.forward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;
import static org.mockito.Mockito.withSettings;

import dev.stagedoor.gateway.Alone;
import dev.stagedoor.gateway.upstream.Origin;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.channel.embedded.EmbeddedChannel;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import reactor.netty.Connection;
import reactor.netty.http.server.HttpServerResponse;

import java.net.ConnectException;
import java.net.URI;

/** Who is to blame for a request that could not be forwarded. */
@Alone // it reads what all of this JVM log
@ExtendWith(OutputCaptureExtension.class)
class FailuresTests {

    private static final Origin SITE = new Origin(URI.create("http://site.example:3000"), "");

    private final Failures failures = new Failures();
    private final HttpServerResponse response =
            mock(HttpServerResponse.class, withSettings().extraInterfaces(Connection.class));

    @BeforeEach
    void theVisitorIsThere() {
        when(((Connection) response).channel()).thenReturn(new EmbeddedChannel());
    }

    @Test
    void anUpstreamThatIsNotThereIsTheUpstreams(CapturedOutput output) {
        assertThat(failures.of(new ConnectException("refused"), SITE, response))
                .isEqualTo(Forwarded.Failed.UNREACHABLE);
        assertThat(output)
                .contains("No answer from the upstream http://site.example:3000, unreachable: ")
                .doesNotContain("ERROR");
    }

    /** A proxy asks the next gateway then, of which an answer would have kept it. */
    @Test
    void nobodyIsAnsweredByAGatewayWhoseThreadsEnd(CapturedOutput output) {
        Channel client = mock(Channel.class);
        EventLoop thread = mock(EventLoop.class);
        when(((Connection) response).channel()).thenReturn(client);
        when(client.isActive()).thenReturn(true);
        when(client.eventLoop()).thenReturn(thread);
        when(thread.isShuttingDown()).thenReturn(true);

        assertThat(failures.of(new IllegalStateException("executor not accepting"), SITE, response))
                .isEqualTo(new Forwarded.BrokenOff());
        assertThat(output).doesNotContain("Could not forward");
    }

    @Test
    void aMistakeOfThisProgramIsOursAndItsStackIsWrittenOnce(CapturedOutput output) {
        for (int i = 0; i < 3; i++) {
            assertThat(failures.of(new NullPointerException("ours"), SITE, response))
                    .isEqualTo(Forwarded.Failed.INTERNAL);
        }

        assertThat(output.getAll().split("Could not forward", -1)).hasSize(4);
        assertThat(output.getAll()).containsOnlyOnce("\tat dev.stagedoor.gateway.forward");
    }
}
