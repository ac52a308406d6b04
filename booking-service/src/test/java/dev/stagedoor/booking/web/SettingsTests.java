package dev.stagedoor.booking.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.booking.sale.SaleSettings;
import dev.stagedoor.boot.PassKeys;
import dev.stagedoor.common.SigningKey;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

/** Without a key, or with one that makes no sense, there is no start, and it is said why. */
class SettingsTests {

    @EnableConfigurationProperties({Keys.class, PassKeys.class, SaleSettings.class})
    static class Settings {}

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "access | | stagedoor.keys.access is missing: set it to id:base64url of at least"
                        + " 32 random bytes",
                "pass | | stagedoor.keys.pass is missing: set it to id:base64url of at least"
                        + " 32 random bytes",
                "access | stagedoor.keys.access=a:c2hvcnQ | key a is shorter than 32 bytes",
                "none | stagedoor.booking.hold=0s | stagedoor.booking.hold must be 1s to 1d: PT0S",
            })
    void thatMakeNoSense(String missing, String wrong, String said) {
        ApplicationContextRunner settings =
                new ApplicationContextRunner().withUserConfiguration(Settings.class);
        for (String key : new String[] {"access", "pass"}) {
            if (!key.equals(missing)) {
                settings =
                        settings.withPropertyValues(
                                "stagedoor.keys." + key + "=" + SigningKey.random("k").encoded());
            }
        }
        settings.withPropertyValues(wrong == null ? "a=b" : wrong)
                .run(
                        context ->
                                assertThat(context.getStartupFailure())
                                        .rootCause()
                                        .hasMessage(said));
    }
}
