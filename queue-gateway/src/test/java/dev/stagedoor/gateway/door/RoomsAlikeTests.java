package dev.stagedoor.gateway.door;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.gateway.Alone;
import dev.stagedoor.gateway.Gateways;
import dev.stagedoor.gateway.Visitor;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;

/** Two rooms guard the same, as one that was copied does; nobody else writes meanwhile. */
@ExtendWith(OutputCaptureExtension.class)
@Alone
class RoomsAlikeTests {

    @Test
    void theOneThatNobodyComesToIsNamed(CapturedOutput log) {
        try (EmbeddedRedis redis = EmbeddedRedis.start();
                ConfigurableApplicationContext gateway =
                        Gateways.startOn(
                                redis.url(),
                                "http://127.0.0.1:1",
                                "stagedoor.rooms.opera.hosts=a.example",
                                "stagedoor.rooms.opera.paths=/gala/**,/opera/**",
                                "stagedoor.rooms.gala.hosts=b.example,a.example",
                                "stagedoor.rooms.gala.paths=/gala/**")) {
            Visitor.send(Visitor.request(gateway, "/gala/seats"));
        }

        assertThat(log.getAll().lines().filter(line -> line.contains("guards the same")))
                .isNotEmpty()
                .allMatch(
                        line ->
                                line.endsWith(
                                        "opera: nobody comes to a.example/gala/**, as gala guards"
                                                + " the same"));
    }
}
