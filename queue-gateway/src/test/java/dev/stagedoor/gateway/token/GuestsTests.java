package dev.stagedoor.gateway.token;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.common.SigningKey;
import dev.stagedoor.gateway.waitingroom.Network;

import org.junit.jupiter.api.Test;

import java.util.List;

class GuestsTests {

    private final Guests guests = new Guests(List.of(SigningKey.random("one")));

    @Test
    void areFoundByTheirNetworkHoweverManyThereAre() {
        for (int i = 0; i < 2_000; i++) {
            Network network = new Network(i);
            String found = guests.allFrom(network).getFirst();

            assertThat(found.replace("%-", "")).as("a Lua pattern").doesNotContain("-");
            assertThat(guests.from(network).toString()).containsPattern(found.replace("%-", "-"));
        }
    }
}
