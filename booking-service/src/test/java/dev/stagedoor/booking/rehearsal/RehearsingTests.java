package dev.stagedoor.booking.rehearsal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.booking.BookingApplication;
import dev.stagedoor.booking.stage.Booking;
import dev.stagedoor.common.SigningKey;
import dev.stagedoor.common.rehearsal.Rehearsal.Played;
import dev.stagedoor.devservices.FreePort;

import io.micrometer.core.instrument.MeterRegistry;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Collectors;

/** What a booking service does with itself before it is ready, and what is left of it. */
@Timeout(120)
class RehearsingTests {

    /** Each of its writes has a key, and would leave an answer. */
    private static final String ROWS =
            "SELECT count(*) FROM kept_answer WHERE key LIKE 'rehearsal-%'";

    @Test
    void everyActIsAnsweredAsItShouldBeAndNothingIsLeftOfIt() {
        Booking booking = Booking.shared();
        Map<String, Double> before = counts(booking);

        Played played = new Rehearsing(booking.context()).rehearse();

        assertThat(played.acts()).isGreaterThan(100);
        // Where the machine itself stands still for a moment, one is told to come back.
        assertThat(played.unlike()).isLessThanOrEqualTo(played.acts() / 100);
        assertThat(counts(booking)).isEqualTo(before);
        assertThat(booking.number(ROWS)).isZero();
        booking.visitor().reserve(booking.schedule(), 1).is(201);
    }

    @Test
    void isLeftOutOnRequest() {
        assertThat(Booking.shared().context().getBeansOfType(Rehearsing.class)).isEmpty();
    }

    @Test
    void endsWithTheRehearsalIfThatIsAllThatIsAskedForWithRedisAndPostgresAway(
            @TempDir Path secrets) throws IOException {
        secret(secrets, "stagedoor.keys.pass", SigningKey.random("p").encoded());
        secret(secrets, "stagedoor.keys.access", SigningKey.random("a").encoded());
        secret(secrets, "spring.r2dbc.password", "from a file");
        String nowhere = "127.0.0.1:" + FreePort.find();
        try (var booking =
                BookingApplication.builder()
                        .initializers(Booking::keepEventLoops)
                        .run(
                                "--stagedoor.rehearsal=true",
                                "--stagedoor.rehearsal.only=true",
                                "--stagedoor.booking.port=0",
                                "--stagedoor.booking.management-port=-1",
                                "--spring.config.import=configtree:" + secrets + "/",
                                "--spring.flyway.enabled=false",
                                "--spring.r2dbc.url=r2dbc:postgresql://" + nowhere + "/none",
                                "--spring.r2dbc.username=nobody",
                                "--spring.data.redis.url=redis://" + nowhere)) {
            assertThat(booking.isActive()).isFalse();
            assertThat(booking.getEnvironment().getProperty("spring.r2dbc.password"))
                    .isEqualTo("from a file");
        }
    }

    /** As a container has it: a file for each, whose last line ends. */
    private static void secret(Path folder, String name, String value) throws IOException {
        Files.writeString(folder.resolve(name), value + "\n");
    }

    /** All that is counted of requests; what the JVM says of itself moves anyway. */
    private static Map<String, Double> counts(Booking booking) {
        return booking.bean(MeterRegistry.class).getMeters().stream()
                .filter(meter -> meter.getId().getName().matches("(stagedoor|http|r2dbc).*"))
                .collect(
                        Collectors.toMap(
                                meter -> meter.getId().toString(),
                                meter -> meter.measure().iterator().next().getValue()));
    }
}
