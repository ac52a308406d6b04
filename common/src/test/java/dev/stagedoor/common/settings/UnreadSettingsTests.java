package dev.stagedoor.common.settings;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/** A setting that is misspelt is told of at the start, and no other. */
@ExtendWith(OutputCaptureExtension.class)
class UnreadSettingsTests {

    record Room(int capacity, Duration maxSession) {}

    @ConfigurationProperties("stagedoor")
    record Rooms(Map<String, Room> rooms) {}

    @ConfigurationProperties("stagedoor.gateway")
    record Gateway(List<String> trustedProxies) {}

    @EnableConfigurationProperties({Rooms.class, Gateway.class})
    static class Service {

        @Bean
        static UnreadSettings unreadSettings() {
            return new UnreadSettings("stagedoor.rehearsal");
        }
    }

    private static void start(String... settings) {
        new SpringApplicationBuilder(Service.class)
                .web(WebApplicationType.NONE)
                .run(settings)
                .close();
    }

    @Test
    void whatIsMisspelt(CapturedOutput output) {
        start(
                "--stagedoor.rooms.main.capcity=12",
                "--stagedoor.rooms.main.capacity=12",
                "--stagedoor.gatway.trusted-proxies=10.0.0.0/8",
                "--stagedoor.rehearsl=false");

        assertThat(output)
                .containsOnlyOnce(
                        "set, but no setting of this service: stagedoor.gatway.trusted-proxies,"
                                + " stagedoor.rehearsl, stagedoor.rooms.main.capcity");
    }

    @Test
    void noneThatIsReadHoweverItIsSpelt(CapturedOutput output) {
        start(
                "--stagedoor.rooms.main.maxSession=1h",
                "--stagedoor.rooms.two.max_session=1h",
                "--stagedoor.gateway.trusted-proxies[0]=10.0.0.0/8",
                "--stagedoor.rehearsal=false",
                "--server.port=0");

        assertThat(output).doesNotContain("no setting of this service");
    }
}
