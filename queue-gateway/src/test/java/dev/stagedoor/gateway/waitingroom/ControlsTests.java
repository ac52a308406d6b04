package dev.stagedoor.gateway.waitingroom;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import org.junit.jupiter.api.Test;

import reactor.core.publisher.Mono;

import java.util.List;
import java.util.Map;

class ControlsTests {

    @Test
    void aChangeThatWasMadeIsConfirmedThoughNobodyCanLookAfterwards() {
        Room room = mock(Room.class);
        RoomStore store = mock(RoomStore.class);
        Map<String, String> fields = Settings.of().toFields();
        when(store.fields()).thenReturn(Mono.just(fields));
        when(store.change(any(), any(), any())).thenReturn(Mono.just(List.of()));
        when(room.look()).thenReturn(Mono.error(new LineUnavailable("Redis is slow")));
        Controls controls = new Controls(room, store, new Memory());

        Controls.Changed changed =
                controls.change(Map.of("capacity", "7"), new Operator("kim", "::1")).block();

        assertThat(changed.settings().capacity()).isEqualTo(7);
    }
}
