package dev.stagedoor.booking.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stagedoor.booking.catalogue.CatalogueSettings;
import dev.stagedoor.booking.store.Refusal;
import dev.stagedoor.common.UserId;

import org.junit.jupiter.api.Test;

import reactor.core.Disposable;
import reactor.core.publisher.Flux;

import java.time.Duration;
import java.util.Currency;

class WatchersTests {

    private final Watchers watchers =
            new Watchers(
                    new CatalogueSettings(Duration.ZERO, Currency.getInstance("KRW"), 1, "/queue"));

    @Test
    void areNoMoreThanThereAreConnectionsFor() {
        Disposable first = watchers.watching(UserId.random(), Flux.never()).subscribe();

        assertThatThrownBy(() -> watchers.watching(UserId.random(), Flux.just(1)).blockFirst())
                .isInstanceOf(Refusal.class);

        first.dispose();
        assertThat(watchers.watching(UserId.random(), Flux.just(1)).blockFirst()).isOne();
    }
}
