package dev.stagedoor.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.devservices.EmbeddedRedis;

import io.micrometer.core.instrument.MeterRegistry;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;

import reactor.core.publisher.Mono;

/** What goes wrong again and again fills no disk; nobody else writes meanwhile. */
@ExtendWith(OutputCaptureExtension.class)
@Alone
class TroubleLogTests {

    private static final int TIMES = 20;

    private EmbeddedRedis redis;
    private Upstream upstream;
    private ConfigurableApplicationContext gateway;

    @BeforeEach
    void aSaleIsGoingOn() {
        redis = EmbeddedRedis.start();
        upstream = new Upstream();
        upstream.answers(
                (_, response) ->
                        response.header("Stagedoor-Session", "extend=60")
                                .sendString(Mono.just("held")));
        gateway =
                Gateways.startOn(
                        redis.url(), upstream.url(), "stagedoor.rooms.main.interval=100ms");
    }

    @AfterEach
    void itIsOver() {
        gateway.close();
        upstream.close();
        redis.close();
    }

    /** In a sale there are hundreds of holds and payments a second. */
    @Test
    void whatTheSiteSaysOfVisitsWhileRedisIsAwayIsNotToldEachTime(CapturedOutput log) {
        Visitor visitor = new Visitor("main");
        visitor.joins(gateway);
        await().until(() -> visitor.isActive(gateway) && Gateways.isCertainOf(visitor, gateway));
        redis.kill();

        for (int i = 0; i < TIMES; i++) {
            assertThat(visitor.gets(gateway, "/api/v1/hold").statusCode()).isEqualTo(200);
        }

        assertThat(log.getAll().lines().filter(line -> line.contains("could not be told yet")))
                .hasSizeBetween(1, 2);
    }

    @Test
    void aTickThatFailsEachTimeWritesItsStackNowAndThen(CapturedOutput log) {
        redis.ask("HSET wr:{main}:state mode HOLD");
        redis.ask("ZADD wr:{main}:waiting inf nobody");

        await().until(() -> ticks("failed") >= TIMES);

        assertThat(log.getAll().lines().filter(line -> line.contains("main tick failed")))
                .hasSizeGreaterThanOrEqualTo(TIMES)
                .allSatisfy(line -> assertThat(line).contains("\"inf\""));
        assertThat(
                        log.getAll()
                                .lines()
                                .filter(
                                        line ->
                                                line.contains(
                                                        "at dev.stagedoor.gateway.waitingroom.known.LatestView.show(")))
                .hasSizeBetween(1, 2);
    }

    @Test
    void aFieldThatIsNoNumberIsNamedNowAndThen(CapturedOutput log) {
        redis.ask("HSET wr:{main}:state joined lots");

        await().until(() -> ticks("unavailable") >= 5);

        assertThat(
                        log.getAll()
                                .lines()
                                .filter(line -> line.contains("SPOILT joined in wr:{main}:state")))
                .hasSizeBetween(1, 3);
    }

    private double ticks(String outcome) {
        return gateway.getBean(MeterRegistry.class)
                .counter("stagedoor.queue.ticks", "room", "main", "outcome", outcome)
                .count();
    }
}
