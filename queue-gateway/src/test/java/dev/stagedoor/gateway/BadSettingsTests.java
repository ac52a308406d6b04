package dev.stagedoor.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

/** A gateway that is set wrongly does not start, and says what is wrong. */
class BadSettingsTests {

    private final ApplicationContextRunner settings =
            new ApplicationContextRunner().withUserConfiguration(SettingsAlone.class);

    @EnableConfigurationProperties(RoomsProperties.class)
    private static final class SettingsAlone {}

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "stagedoor.rooms.main.capacity=0             | capacity must be 1 to 10,000,000",
                "stagedoor.rooms.main.batch=-1               | batch must be 1",
                "stagedoor.rooms.main.interval=10ms          | interval must be 100ms to 60s",
                "stagedoor.rooms.main.claim-timeout=10m      | claim-timeout must not be longer"
                        + " than session",
                "stagedoor.rooms.main.idle-timeout=30s       | idle-timeout must be at least 60s",
                "stagedoor.rooms.main.mode=SOMETIMES         | No enum constant"
                        + " dev.stagedoor.gateway.waitingroom.Mode.SOMETIMES",
                "stagedoor.rooms.main.paths=seats            | paths must each begin with /",
                "stagedoor.rooms.main.paths=/{seats          | paths must be path patterns",
                "stagedoor.rooms.main.open-paths=GET /{seats | open-paths must be path patterns",
                "stagedoor.rooms[Main!].capacity=5           | a room is named by 1 to 32 of a-z"
            })
    void areRefusedWithTheirReason(String setting, String reason) {
        settings.withPropertyValues(setting)
                .run(
                        context ->
                                assertThat(context.getStartupFailure())
                                        .hasStackTraceContaining(reason));
    }

    @Test
    void stopTheStart() {
        assertThatThrownBy(
                        () ->
                                Gateways.startOn(
                                                "redis://127.0.0.1:1",
                                                "http://127.0.0.1:1",
                                                "stagedoor.rooms.main.capacity=0")
                                        .close())
                .hasStackTraceContaining("capacity must be 1 to 10,000,000");
    }
}
