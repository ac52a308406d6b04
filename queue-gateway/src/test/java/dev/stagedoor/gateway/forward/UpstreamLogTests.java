package dev.stagedoor.gateway.forward;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.gateway.Alone;
import dev.stagedoor.gateway.Gateways;
import dev.stagedoor.gateway.RawUpstream;
import dev.stagedoor.gateway.Visitor;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;

import java.net.http.HttpResponse;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;

/** What is written of an upstream that does not answer; nobody else writes meanwhile. */
@ExtendWith(OutputCaptureExtension.class)
@Alone
class UpstreamLogTests {

    @Test
    void tellsOfAnOutageNowAndThenAndNotForEachRequest(CapturedOutput log) throws Exception {
        Visitor visitor = new Visitor("main");
        try (EmbeddedRedis redis = EmbeddedRedis.start();
                RawUpstream upstream = new RawUpstream();
                ConfigurableApplicationContext gateway =
                        Gateways.startOn(redis.url(), upstream.url())) {
            visitor.joins(gateway);
            upstream.answers("non\u001b[2Jsense of\ra site\r\n\r\n");

            for (int i = 0; i < 20; i++) {
                HttpResponse<String> answer = visitor.gets(gateway, "/api/v1/odd");
                assertThat(answer.statusCode()).as(answer.body()).isEqualTo(502);
                assertThat(Visitor.json(answer).get("code").asString())
                        .isEqualTo("upstream-unreachable");
            }
        }

        assertThat(log.getAll().lines().filter(line -> line.contains("No answer from")))
                .hasSizeBetween(1, 2);
        assertThat(log.getAll()).doesNotContain("\tat ");
        assertThat(log.getAll())
                .as("what clears a terminal, or hides a line")
                .doesNotContain("\u001b", "\r");
    }

    /** One that is frozen is as far away for visitors, and takes all connections to itself. */
    @Test
    void tellsWhichOneIsSilentAndThatNoConnectionToItIsFree(CapturedOutput log) throws Exception {
        Visitor visitor = new Visitor("main");
        try (EmbeddedRedis redis = EmbeddedRedis.start();
                RawUpstream upstream = new RawUpstream();
                ConfigurableApplicationContext gateway =
                        Gateways.startOn(
                                redis.url(),
                                upstream.url(),
                                "stagedoor.upstream.connections=1",
                                "stagedoor.upstream.pending-timeout=100ms",
                                "stagedoor.upstream.response-timeout=1s")) {
            visitor.joins(gateway);
            upstream.answersAndWaits("");

            List<Integer> statuses =
                    IntStream.range(0, 8)
                            .mapToObj(
                                    _ ->
                                            CompletableFuture.supplyAsync(
                                                    () -> visitor.gets(gateway, "/api/v1/odd"),
                                                    Thread::startVirtualThread))
                            .toList()
                            .stream()
                            .map(it -> it.join().statusCode())
                            .toList();

            assertThat(statuses).contains(503, 504);
            for (String outcome : List.of("timeout", "busy")) {
                assertThat(log)
                        .containsOnlyOnce(
                                "No answer from the upstream " + upstream.url() + ", " + outcome);
            }
        }
    }
}
