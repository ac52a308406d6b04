package dev.stagedoor.gateway.waitingroom.redis;

import dev.stagedoor.common.RoomId;
import dev.stagedoor.common.UserId;
import dev.stagedoor.gateway.waitingroom.Joined;
import dev.stagedoor.gateway.waitingroom.Life;
import dev.stagedoor.gateway.waitingroom.RoomView;
import dev.stagedoor.gateway.waitingroom.Standing;
import dev.stagedoor.gateway.waitingroom.redis.LineStore.Restorable;
import dev.stagedoor.gateway.waitingroom.redis.LineStore.Sign;
import dev.stagedoor.gateway.waitingroom.redis.OperatorStore.Explanation;
import dev.stagedoor.gateway.waitingroom.redis.RoomScripts.Keys;

import org.springframework.data.redis.core.ReactiveStringRedisTemplate;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * A room on a real Redis, with a clock that moves when it is told to, and what one does with it.
 */
abstract class OneRoom {

    final Clock clock = new Clock();
    final RoomId id = TestRedis.room();
    final LineStore room = TestRedis.line(id, redis(), clock);

    /** Another kind of Redis keeps to the same contract. */
    ReactiveStringRedisTemplate redis() {
        return Shared.TEMPLATE;
    }

    private static final class Shared {
        static final ReactiveStringRedisTemplate TEMPLATE = TestRedis.ALONE.template();
    }

    void make(Object... settings) {
        room.seed(Settings.of(settings), Duration.ZERO, Optional.empty()).block();
    }

    void change(String name, String value) {
        Settings.change(room, Map.of(name, value)).block();
    }

    void tick() {
        clock.pass(Duration.ofSeconds(1));
        room.patrol().block();
        room.admit(true).block();
    }

    RoomView view() {
        return TestRedis.viewOf(room.view(true).block());
    }

    List<Joined.Placed> join(List<UserId> users) {
        return room.join(TestRedis.comers(users), 0, Clock.NEVER).block().stream()
                .map(Joined.Placed.class::cast)
                .toList();
    }

    Explanation explain(Joined.Placed placed) {
        return room.forOperators()
                .explain(placed.ticket().user(), Long.toString(placed.ticket().sequence()))
                .block();
    }

    Standing check(Joined.Placed placed) {
        return TestRedis.standing(room, placed.ticket(), Life.ANY).block();
    }

    int standings(List<Joined.Placed> placed, Class<? extends Standing> kind) {
        return (int) placed.stream().map(this::check).filter(kind::isInstance).count();
    }

    long touchActive(Joined.Placed placed) {
        return room.touch(List.of(new Sign(placed.ticket(), true)), Life.ANY).block().getFirst();
    }

    void touchWaiting(Joined.Placed placed) {
        room.touch(List.of(new Sign(placed.ticket(), false)), Life.ANY).block();
    }

    void takeOver() {
        write("server", "one-that-died");
        view();
    }

    void write(String field, String value) {
        redis().opsForHash().put(new Keys(id).forScripts().getFirst(), field, value).block();
    }

    void loseEverything() {
        redis().delete(new Keys(id).forScripts().toArray(String[]::new)).block();
    }

    static Restorable waited(Joined.Placed placed) {
        return new Restorable(placed.ticket(), Optional.empty());
    }

    static List<UserId> users(int count) {
        return IntStream.range(0, count).mapToObj(_ -> UserId.random()).toList();
    }
}
