package dev.stagedoor.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.devservices.DevServices;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is printed of the servers behind the demo. */
class WaysToLookTests {

    private static final String WHERE_FROM = "services";

    private String before;

    /** They are there, wherever those of others are said to come from meanwhile. */
    @BeforeEach
    void remember() {
        before = System.getProperty(WHERE_FROM);
        DevServices.redisUrl();
        DevServices.database();
    }

    @AfterEach
    void putBack() {
        if (before == null) {
            System.clearProperty(WHERE_FROM);
        } else {
            System.setProperty(WHERE_FROM, before);
        }
    }

    @Test
    void whatTheDemoHasStartedCanBeLookedInto() {
        assertThat(new Settings().waysToLook())
                .satisfiesExactly(
                        redis ->
                                assertThat(redis)
                                        .isEqualTo("redis-cli -u " + DevServices.redisUrl()),
                        postgres -> assertThat(postgres).startsWith("psql postgresql://"));
        assertThat(new Settings("--origin=http://localhost:3000").waysToLook()).hasSize(1);
    }

    /** With the password in their address. */
    @Test
    void ofServersOfSomebodysOwnNothingIsTold() {
        assertThat(
                        new Settings(
                                        "--spring.data.redis.url=redis://:secret@redis.example",
                                        "--spring.r2dbc.url=r2dbc:postgresql://postgres.example/sale")
                                .waysToLook())
                .isEmpty();

        System.setProperty(WHERE_FROM, "external");

        assertThat(new Settings().waysToLook()).isEmpty();
    }
}
