package dev.stagedoor.quickstart.stage;

import static org.awaitility.Awaitility.await;

import dev.stagedoor.common.RoomId;
import dev.stagedoor.common.UserId;
import dev.stagedoor.gateway.waitingroom.EndReason;
import dev.stagedoor.gateway.waitingroom.LineUnavailable;
import dev.stagedoor.gateway.waitingroom.RoomView;
import dev.stagedoor.gateway.waitingroom.Ticket;
import dev.stagedoor.gateway.waitingroom.redis.OperatorStore.Operator;
import dev.stagedoor.gateway.waitingroom.redis.OperatorStore.People;
import dev.stagedoor.gateway.waitingroom.room.Room;
import dev.stagedoor.gateway.waitingroom.room.Rooms;
import dev.stagedoor.quickstart.Quickstart;

import reactor.util.retry.Retry;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/** The room before the sale, in the hands of whoever runs the test. */
final class MainRoom {

    /** As an operator does, if a busy machine lets Redis look slow. */
    private static final Retry AGAIN =
            Retry.fixedDelay(10, Duration.ofMillis(300)).filter(LineUnavailable.class::isInstance);

    private final Room room;
    private final Map<String, String> asOpened;

    MainRoom(Quickstart services) {
        this.room = services.gateway().getBean(Rooms.class).find(new RoomId("main")).orElseThrow();
        this.asOpened = view().settings().toFields();
    }

    /** As of the next tick. */
    RoomView view() {
        return room.views().blockFirst(Duration.ofMinutes(1));
    }

    /**
     * @param settings names and values as in the room's hash, one after the other
     */
    void set(String... settings) {
        Map<String, String> fields = new HashMap<>();
        for (int i = 0; i < settings.length; i += 2) {
            fields.put(settings[i], settings[i + 1]);
        }
        change(fields);
    }

    void reset() {
        change(asOpened);
    }

    /** Whoever has gone home without leaving the line is let in, and sent out. */
    void empty() {
        set("capacity", "10000", "batch", "1000", "mode", "AUTO");
        await().until(this::isEmptyNow);
    }

    private boolean isEmptyNow() {
        long epoch = view().epoch();
        room.controls()
                .people(1_000)
                .flatMapIterable(People::active)
                .concatMap(inside -> room.controls().explain(user(inside), null))
                .map(found -> new Ticket(room.id(), found.user(), found.holds(), epoch))
                .concatMap(ticket -> room.end(ticket, EndReason.LEFT))
                .retryWhen(AGAIN)
                .then()
                .block(Duration.ofMinutes(1));
        RoomView now = view();
        return now.waiting() + now.active() == 0;
    }

    private static UserId user(People.Inside inside) {
        return UserId.parse(inside.user()).orElseThrow();
    }

    private void change(Map<String, String> fields) {
        room.controls()
                .change(fields, new Operator("story", "127.0.0.1"))
                .retryWhen(AGAIN)
                .block(Duration.ofMinutes(1));
    }
}
