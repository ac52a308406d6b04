package dev.stagedoor.gateway.waitingroom.room;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import dev.stagedoor.common.RoomId;
import dev.stagedoor.gateway.waitingroom.LineUnavailable;
import dev.stagedoor.gateway.waitingroom.RoomSettings;
import dev.stagedoor.gateway.waitingroom.Timings;
import dev.stagedoor.gateway.waitingroom.known.KnownTickets;
import dev.stagedoor.gateway.waitingroom.known.LatestView;
import dev.stagedoor.gateway.waitingroom.known.Memory;
import dev.stagedoor.gateway.waitingroom.redis.LineStore;
import dev.stagedoor.gateway.waitingroom.redis.OperatorStore.Operator;
import dev.stagedoor.gateway.waitingroom.redis.Settings;
import dev.stagedoor.gateway.waitingroom.room.Rooms.Recovery;

import org.junit.jupiter.api.Test;

import reactor.core.publisher.Mono;

import java.time.Duration;
import java.util.List;
import java.util.Map;

class ControlsTests {

    @Test
    void aChangeThatWasMadeIsConfirmedThoughNobodyCanLookAfterwards() {
        RoomSettings settings = Settings.of();
        RoomId id = new RoomId("main");
        LatestView latest = new LatestView(id, settings, true, Timings.USUAL.viewLasts());
        KnownTickets known = new KnownTickets(id, new Memory(), () -> true);
        LineStore store = mock(LineStore.class);
        Map<String, String> fields = settings.toFields();
        when(store.fields()).thenReturn(Mono.just(fields));
        when(store.change(any(), any(), any())).thenReturn(Mono.just(List.of()));
        when(store.view(false)).thenReturn(Mono.error(new LineUnavailable("Redis is slow")));
        Recovery recovery = new Recovery(Duration.ZERO, false);
        Upkeep upkeep = new Upkeep(id, latest, known, store, recovery);
        Controls controls = new Controls(latest, known, store, upkeep);

        Controls.Changed changed =
                controls.change(Map.of("capacity", "7"), new Operator("kim", "::1")).block();

        assertThat(changed.settings().capacity()).isEqualTo(7);
    }
}
