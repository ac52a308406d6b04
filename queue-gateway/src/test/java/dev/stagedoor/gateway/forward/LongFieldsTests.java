package dev.stagedoor.gateway.forward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.stagedoor.gateway.request.Caller;
import dev.stagedoor.gateway.request.TrustedProxies;

import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;

import org.junit.jupiter.api.Test;

import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A field twice as long may take twice as long to read, not four times. These are far longer than a
 * head may be: read in one go they take some tenths of a second, in any other way an hour.
 */
class LongFieldsTests {

    private static final Duration ONE_GO = Duration.ofMinutes(1);

    @Test
    void cookiesWithoutAValueAreReadInOneGo() {
        HttpHeaders headers = new DefaultHttpHeaders();
        headers.set("Cookie", ";a".repeat(8_000_000) + "; queue-main=here");
        Caller caller =
                new Caller(
                        new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "/", headers),
                        new EmbeddedChannel());

        String found = assertTimeoutPreemptively(ONE_GO, () -> caller.cookie("queue-main"));

        assertThat(found).isEqualTo("here");
    }

    @Test
    void whatIsMeantForTheNextHopIsReadInOneGo() {
        HttpHeaders from = new DefaultHttpHeaders();
        from.set(
                "Connection",
                IntStream.range(0, 1_000_000)
                        .mapToObj(number -> "x-" + number)
                        .collect(Collectors.joining(",")));
        from.set("X-4711", "for the next hop");
        from.set("X-Other", "for the site");
        HttpHeaders to = new DefaultHttpHeaders();

        assertTimeoutPreemptively(ONE_GO, () -> Heads.copyToUpstream(from, to, false));

        assertThat(to.names()).containsExactly("X-Other");
    }

    @Test
    void ofThoseInFrontOnlyTheLastOnesAreRead() {
        TrustedProxies proxies = new TrustedProxies(List.of("10.0.0.0/8"));
        List<String> named = List.of("9.9.9.9,".repeat(100_000) + "192.0.2.1, 10.0.0.2");
        InetAddress peer = InetAddress.ofLiteral("10.0.0.1");
        var memory = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        proxies.client(peer, named);
        long before = memory.getCurrentThreadAllocatedBytes();

        InetAddress client = proxies.client(peer, named);

        assertThat(memory.getCurrentThreadAllocatedBytes() - before).isLessThan(100_000);
        assertThat(client).isEqualTo(InetAddress.ofLiteral("192.0.2.1"));
    }
}
