package dev.stagedoor.booking.seat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.booking.catalogue.ScheduleId;
import dev.stagedoor.booking.stage.Booking;
import dev.stagedoor.booking.stage.Visitor;
import dev.stagedoor.devservices.DevServices;
import dev.stagedoor.devservices.EmbeddedRedis;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import reactor.core.publisher.Flux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.regex.Pattern;

/** The sale's user of Redis, with exactly the rules that docs/security.md gives it. */
@Timeout(120)
class RedisAclTests {

    private static final Path DOCUMENT = Path.of("../docs/security.md");

    @Test
    void seatsAreLockedAsAnOwnUserWhoMayDoNothingElse() throws IOException {
        try (EmbeddedRedis redis = EmbeddedRedis.start()) {
            redis.ask(rules("booking"));
            String url = redis.url().replace("//", "//booking:PASSWORD@");
            try (Booking booking = Booking.patient(url, DevServices.database(), Booking.MANAGED)) {
                await().until(() -> takesALock(booking));
                ScheduleId schedule = booking.schedule();
                List<Visitor> crowd =
                        Flux.range(0, 12).map(_ -> booking.visitor()).collectList().block();

                long won =
                        Flux.fromIterable(crowd)
                                .flatMap(
                                        visitor ->
                                                visitor.reserving(
                                                        schedule,
                                                        UUID.randomUUID().toString(),
                                                        1,
                                                        2),
                                        12)
                                .filter(answer -> answer.status() == 201)
                                .count()
                                .block();

                assertThat(won).isEqualTo(1);
                assertThat(booking.atManagement().get("/actuator/prometheus").body())
                        .containsPattern("seat_lock_total\\{.*outcome=\"not-released\".*\\} 0");
                assertThat(redis.ask("KEYS *")).doesNotContain("booking:seat:");
            }

            assertThat(
                            Pattern.compile("\nobject\n(.*)\n")
                                    .matcher(redis.ask("ACL LOG"))
                                    .results()
                                    .map(refused -> refused.group(1)))
                    .as("refused, beside what Redisson tries when it connects")
                    .isNotEmpty()
                    .isSubsetOf("test1", "test2");
            for (String forbidden :
                    List.of(
                            "FLUSHALL",
                            "KEYS *",
                            "SCAN 0",
                            "CONFIG GET *",
                            "GET wr:{main}:state")) {
                assertThat(redis.ask("ACL DRYRUN booking " + forbidden))
                        .as(forbidden)
                        .contains("no permissions");
            }
        }
    }

    /** Redis is found in the background. */
    private static boolean takesALock(Booking booking) {
        booking.visitor().reserve(booking.schedule(), 1).is(201);
        Counter taken =
                booking.bean(MeterRegistry.class)
                        .get("stagedoor.booking.seat.lock")
                        .tag("outcome", "taken")
                        .counter();
        return taken.count() > 0;
    }

    private static String rules(String user) throws IOException {
        return Files.readAllLines(DOCUMENT).stream()
                .map(String::strip)
                .filter(line -> line.startsWith("ACL SETUSER " + user + " "))
                .findFirst()
                .orElseThrow();
    }
}
