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
            upstream.answers("nonsense\r\n\r\n");

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
    }

    /** One that is frozen, or whose connections are all in use, is as far away for visitors. */
    @Test
    void tellsWhichOneIsSilentAndThatNothingIsFreeToAskIt(CapturedOutput log) throws Exception {
        Visitor visitor = new Visitor("main");
        try (EmbeddedRedis redis = EmbeddedRedis.start();
                RawUpstream upstream = new RawUpstream();
                ConfigurableApplicationContext gateway =
                        Gateways.startOn(
                                redis.url(),
                                upstream.url(),
                                "stagedoor.upstream.response-timeout=1s")) {
            visitor.joins(gateway);
            upstream.answersAndWaits("");

            assertThat(visitor.gets(gateway, "/api/v1/odd").statusCode()).isEqualTo(504);

            assertThat(log).contains("No answer from the upstream " + upstream.url() + ", timeout");
        }
    }
}
