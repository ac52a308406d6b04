package dev.stagedoor.gateway.rehearsal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.common.rehearsal.Rehearsal.Played;
import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.devservices.FreePort;
import dev.stagedoor.gateway.Gateways;
import dev.stagedoor.gateway.Upstream;

import io.lettuce.core.RedisClient;
import io.micrometer.core.instrument.MeterRegistry;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.availability.ApplicationAvailability;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;

/** What a gateway does with itself before it is ready, and what is left of it. */
class RehearsingTests {

    /** A room that is never passed, so that whatever the real rooms say makes no difference. */
    private static final String[] SETTINGS = {
        "stagedoor.rooms.shut.paths=/**",
        "stagedoor.rooms.shut.mode=CLOSED",
        "stagedoor.gateway.allowed-hosts=tickets.example",
        "stagedoor.gateway.cors-origins=https://shop.example",
        Gateways.MANAGED
    };

    @Test
    void everyActIsAnsweredAsItShouldBeAndNothingIsLeftOfIt() {
        try (EmbeddedRedis redis = EmbeddedRedis.start();
                Upstream upstream = new Upstream();
                var gateway = Gateways.startOn(redis.url(), upstream.url(), SETTINGS)) {
            AtomicInteger askedAtTheSite = new AtomicInteger();
            upstream.answers(
                    (_, response) -> {
                        askedAtTheSite.incrementAndGet();
                        return response.send();
                    });
            Map<String, Double> before = counts(gateway);

            Played played = new Rehearsing(gateway).rehearse();

            assertThat(played.acts()).isGreaterThan(500);
            assertThat(played.unlike()).isZero();
            assertThat(counts(gateway)).isEqualTo(before);
            assertThat(keys(redis)).isNotEmpty().noneMatch(key -> key.contains("rehearsal"));
            assertThat(askedAtTheSite).hasValue(0);
        }
    }

    @Test
    @ExtendWith(OutputCaptureExtension.class)
    void isReadyWithoutARedisToo(CapturedOutput output) {
        String[] settings = Arrays.copyOf(SETTINGS, SETTINGS.length + 1);
        settings[SETTINGS.length] = Gateways.REHEARSED;
        try (Upstream upstream = new Upstream();
                var gateway =
                        Gateways.startOn(
                                "redis://127.0.0.1:" + FreePort.find(), upstream.url(), settings)) {
            assertThat(output)
                    .containsPattern("Rehearsed [0-9]{4,} requests in [0-9]+ ms, 0 of them not");
            assertThat(gateway.getBean(ApplicationAvailability.class).getReadinessState())
                    .isEqualTo(ReadinessState.ACCEPTING_TRAFFIC);
        }
    }

    @Test
    void endsWithTheRehearsalIfThatIsAllThatIsAskedFor() {
        try (EmbeddedRedis redis = EmbeddedRedis.start();
                Upstream upstream = new Upstream();
                var gateway =
                        Gateways.startOn(
                                redis.url(),
                                upstream.url(),
                                Gateways.REHEARSED,
                                "stagedoor.rehearsal.only=true")) {
            assertThat(gateway.isActive()).isFalse();
        }
    }

    @Test
    void isLeftOutOnRequest() {
        try (EmbeddedRedis redis = EmbeddedRedis.start();
                Upstream upstream = new Upstream();
                var gateway = Gateways.startOn(redis.url(), upstream.url())) {
            assertThat(gateway.getBeansOfType(Rehearsing.class)).isEmpty();
        }
    }

    /** All that is counted of requests; what the JVM says of itself moves anyway. */
    private static Map<String, Double> counts(ConfigurableApplicationContext gateway) {
        return gateway.getBean(MeterRegistry.class).getMeters().stream()
                .filter(meter -> meter.getId().getName().matches("(stagedoor|http|reactor).*"))
                .filter(
                        meter ->
                                !meter.getId().getName().matches("stagedoor.queue.(ticks|clock.*)"))
                .collect(
                        Collectors.toMap(
                                meter -> meter.getId().toString(),
                                meter -> meter.measure().iterator().next().getValue()));
    }

    private static List<String> keys(EmbeddedRedis redis) {
        RedisClient client = RedisClient.create(redis.url());
        try (var connection = client.connect()) {
            return connection.sync().keys("*");
        } finally {
            client.shutdown();
        }
    }
}
