package dev.stagedoor.quickstart;

import static org.awaitility.Awaitility.await;

import dev.stagedoor.common.RoomId;
import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.devservices.FreePort;
import dev.stagedoor.gateway.waitingroom.LineUnavailable;
import dev.stagedoor.gateway.waitingroom.Operator;
import dev.stagedoor.gateway.waitingroom.Room;
import dev.stagedoor.gateway.waitingroom.RoomView;
import dev.stagedoor.gateway.waitingroom.Rooms;

import reactor.util.retry.Retry;

import tools.jackson.databind.JsonNode;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;

/** Everything that runs, with a line of its own, and a crowd that comes and goes as it is told. */
final class Theatre implements AutoCloseable {

    /** As an operator does, if a busy machine lets Redis look slow. */
    private static final Retry AGAIN =
            Retry.fixedDelay(10, Duration.ofMillis(300)).filter(LineUnavailable.class::isInstance);

    private final EmbeddedRedis line = EmbeddedRedis.start();
    private final int port = FreePort.find();
    private final Quickstart quickstart;
    private final Deque<Browser> crowd = new ArrayDeque<>();

    private Theatre() {
        quickstart =
                Quickstart.start(
                        "--stagedoor.gateway.port=" + port,
                        "--stagedoor.booking.port=" + FreePort.find(),
                        "--stagedoor.gateway.management-port=" + FreePort.find(),
                        "--stagedoor.booking.management-port=" + FreePort.find(),
                        "--spring.data.redis.url=" + line.url(),
                        "--stagedoor.rooms.main.interval=200ms");
    }

    static Theatre open() {
        return new Theatre();
    }

    String url() {
        return "http://localhost:" + port;
    }

    /** Somebody of the crowd asks for a place; those who came before stay before. */
    Browser comes() {
        Browser visitor = new Browser(port);
        JsonNode user = visitor.post("/api/v1/users", "{\"name\":\"Kim\"}", 201);
        visitor.keep("Authorization", "Bearer " + user.get("accessToken").asString());
        JsonNode place = visitor.post("/api/v1/queue/tokens", "{}", 201);
        visitor.keep("Queue-Token", place.get("token").asString());
        crowd.add(visitor);
        return visitor;
    }

    /** Whoever of the crowd came first goes. */
    void oneGoes() {
        crowd.remove().delete("/api/v1/queue/tokens/current", 204);
    }

    void everybodyGoes() {
        while (!crowd.isEmpty()) {
            oneGoes();
        }
    }

    void set(String... settings) {
        for (int i = 0; i < settings.length; i += 2) {
            room().controls()
                    .change(
                            Map.of(settings[i], settings[i + 1]),
                            new Operator("story", "127.0.0.1"))
                    .retryWhen(AGAIN)
                    .block(Duration.ofSeconds(10));
        }
    }

    /** As of the next tick. */
    RoomView view() {
        return room().views().blockFirst(Duration.ofSeconds(10));
    }

    /** Nobody inside, nobody in line, and every setting as it was: the next story begins anew. */
    void clear() {
        set("mode", "AUTO", "max-waiting", "0", "capacity", "100");
        everybodyGoes();
        await().until(() -> view().waiting() + view().active() == 0);
    }

    private Room room() {
        return quickstart.gateway().getBean(Rooms.class).find(new RoomId("main")).orElseThrow();
    }

    @Override
    public void close() {
        quickstart.close();
        line.close();
    }
}
