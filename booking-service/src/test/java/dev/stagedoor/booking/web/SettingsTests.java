package dev.stagedoor.booking.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.stagedoor.booking.catalogue.CatalogueSettings;
import dev.stagedoor.booking.idempotency.WriteSettings;
import dev.stagedoor.booking.people.Passwords;
import dev.stagedoor.booking.sale.SaleSettings;
import dev.stagedoor.booking.sale.TicketCodes;
import dev.stagedoor.booking.seat.LockSettings;
import dev.stagedoor.booking.store.DatabaseLimits;
import dev.stagedoor.boot.PassKeys;
import dev.stagedoor.common.SigningKey;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;

/** Without a key, or with one that makes no sense, there is no start, and it is said why. */
class SettingsTests {

    @EnableConfigurationProperties({
        CatalogueSettings.class,
        DatabaseLimits.class,
        Keys.class,
        LockSettings.class,
        PassKeys.class,
        SaleSettings.class,
        WriteSettings.class
    })
    static class Settings {}

    private static final String ALL_ZEROS = "k1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    private static final String TWO_OF_ONE_ID =
            ALL_ZEROS + ",k1:EEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEE";
    private static final UUID TICKET = new UUID(1, 2);
    private static final String TWICE = " has two keys of the id k1: give each one of its own";

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "access | | stagedoor.keys.access is missing: set it to id:base64url of at least"
                        + " 32 random bytes",
                "pass | | stagedoor.keys.pass is missing: set it to id:base64url of at least"
                        + " 32 random bytes",
                "access | stagedoor.keys.access=a:c2hvcnQ | stagedoor.keys.access: key a is shorter"
                        + " than 32 bytes",
                "pass | stagedoor.keys.pass=secret | stagedoor.keys.pass: a signing key is written"
                        + " id:base64url",
                "none | stagedoor.booking.password-cost=3 | stagedoor.booking.password-cost must be"
                        + " 4 to 31, but is 3",
                "none | stagedoor.keys.ticket="
                        + TWO_OF_ONE_ID
                        + " | stagedoor.keys.ticket"
                        + TWICE,
                "access | stagedoor.keys.access="
                        + TWO_OF_ONE_ID
                        + " | stagedoor.keys.access"
                        + TWICE,
                "pass | stagedoor.keys.pass=" + TWO_OF_ONE_ID + " | stagedoor.keys.pass" + TWICE,
                "none | stagedoor.booking.hold=0s | stagedoor.booking.hold must be 1s to 1d: PT0S",
                "none | stagedoor.booking.sweeper.batch=5001 | stagedoor.booking.sweeper needs an"
                        + " interval of 10ms to 1h, a grace that is not negative and a batch of 1"
                        + " to 5000",
                "none | stagedoor.booking.writes.keep-answers=59s |"
                        + " stagedoor.booking.writes.keep-answers must be 1m or more: PT59S",
                "none | stagedoor.booking.lock.lease=0s | stagedoor.booking.lock needs a lease of"
                        + " 1s or more, a timeout of 1ms or more and a pause that is not negative",
                "none | stagedoor.booking.database.statement-timeout=0 |"
                        + " stagedoor.booking.database.statement-timeout, lock-timeout and"
                        + " idle-in-transaction must be 1ms or more: 0 would be no limit",
                "none | stagedoor.booking.database.statement-timeout=900ms |"
                        + " stagedoor.booking.database.lock-timeout must not be longer than"
                        + " statement-timeout: PT1S",
            })
    void thatMakeNoSense(String missing, String wrong, String said) {
        ApplicationContextRunner settings =
                new ApplicationContextRunner()
                        .withUserConfiguration(Settings.class, Passwords.class);
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

    @ParameterizedTest
    @ValueSource(
            strings = {
                "catalogue.memory=61s",
                "catalogue.queue-prefix=queue",
                "catalogue.watchers=-1",
                "charge.most=0",
                "database.background-connections=0",
                "database.open-connections=0",
                "hold=25h",
                "lock.pause=-1ms",
                "lock.timeout=0",
                "seats-per-reservation=0",
                "seats-per-reservation=101",
                "sweeper.batch=0",
                "sweeper.grace=-1ms",
                "sweeper.interval=61m",
                "sweeper.interval=9ms",
                "writes.in-flight=0"
            })
    void thatAreOutOfBounds(String wrong) {
        new ApplicationContextRunner()
                .withUserConfiguration(Settings.class)
                .withPropertyValues(
                        "stagedoor.keys.access=" + ALL_ZEROS,
                        "stagedoor.keys.pass=" + ALL_ZEROS,
                        "stagedoor.booking." + wrong)
                .run(
                        context ->
                                assertThat(context.getStartupFailure())
                                        .rootCause()
                                        .hasMessageStartingWith(
                                                "stagedoor.booking."
                                                        + wrong.replaceFirst("[.=].*", "")));
    }

    @Test
    void ofKeysForTheCodesOfTicketsAloneAreUsedForThem() {
        Keys keys = new Keys(List.of(ALL_ZEROS), List.of(SigningKey.random("t").encoded()));

        assertThat(keys.ticketKeys()).extracting(SigningKey::id).containsExactly("t");
    }

    /** They are printed, and shown months later to another version. */
    @Test
    void makeTheSameCodesOfTicketsForEver() {
        Keys keys = new Keys(List.of(ALL_ZEROS), List.of());

        assertThat(new TicketCodes(keys.ticketKeys()).of(TICKET))
                .isEqualTo("k1:00000000000010000000000005VU3COR9733E5Q11M0GK");
    }

    /** By whoever gives them keys of their own later: what was made before is listed, too. */
    @Test
    void areTakenAtTheDoorUnderWhatTheLineOfTheRunbookMakesOfAKeyOfAccess() throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/python3")), "no Python for its line");
        String printed =
                new TicketCodes(new Keys(List.of(ALL_ZEROS), List.of()).ticketKeys()).of(TICKET);

        assertThat(behindItsOwn(ALL_ZEROS).ticket(printed)).isEmpty();
        assertThat(behindItsOwn(made(ALL_ZEROS)).ticket(printed)).contains(TICKET);
    }

    private static TicketCodes behindItsOwn(String key) {
        List<String> ticket = List.of(SigningKey.random("t").encoded(), key);
        return new TicketCodes(new Keys(List.of(ALL_ZEROS), ticket).ticketKeys());
    }

    private static String made(String ofAccess) throws IOException {
        String line =
                Files.readString(Path.of("..", "docs", "operations.md"))
                        .lines()
                        .filter(it -> it.startsWith("python3 -c "))
                        .findFirst()
                        .orElseThrow();
        Process typed = new ProcessBuilder("bash", "-c", line).redirectErrorStream(true).start();
        try (Writer keyboard = typed.outputWriter()) {
            keyboard.write(ofAccess + "\n");
        }
        return new String(typed.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    }

    @Test
    void ofConnectionsThatWouldAllBeClosedAtOnce() {
        assertThatThrownBy(() -> new WebConfiguration().connections(Duration.ZERO))
                .hasMessage("stagedoor.booking.idle-timeout must be longer than nothing");
    }
}
