package dev.stagedoor.gateway.waitingroom.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.common.UserId;
import dev.stagedoor.gateway.waitingroom.EndReason;
import dev.stagedoor.gateway.waitingroom.Joined;
import dev.stagedoor.gateway.waitingroom.Standing;
import dev.stagedoor.gateway.waitingroom.Ticket;
import dev.stagedoor.gateway.waitingroom.redis.OperatorStore.Change;
import dev.stagedoor.gateway.waitingroom.redis.OperatorStore.Difference;
import dev.stagedoor.gateway.waitingroom.redis.OperatorStore.Explanation;
import dev.stagedoor.gateway.waitingroom.redis.OperatorStore.Operator;
import dev.stagedoor.gateway.waitingroom.redis.OperatorStore.Sample;

import org.junit.jupiter.api.Test;

import reactor.core.Disposable;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;

/** What operators change, and what they look up. */
class RoomOperatorsTests extends OneRoom {

    @Test
    void changesOnlyTheRevisionThatWasLookedAtAndSaysWhatIsDifferent() {
        make("capacity", 1);
        Operator alice = new Operator("alice", "192.0.2.1");
        String looked = room.fields().block().getOrDefault("revision", "0");

        List<Difference> first =
                room.change(Map.of("capacity", "5", "batch", "50"), looked, alice).block();
        List<Difference> late = room.change(Map.of("capacity", "7"), looked, alice).block();

        assertThat(first).containsExactly(new Difference("capacity", 1L, 5L));
        assertThat(late).isNull();
        assertThat(view().settings().capacity()).isEqualTo(5);
        assertThat(room.forOperators().changes(10).block())
                .containsExactly(
                        new Change(
                                Instant.ofEpochMilli(clock.millis()),
                                "alice",
                                "192.0.2.1",
                                "capacity",
                                1L,
                                5L));
    }

    @Test
    void remembersTheLastThousandChanges() {
        make("capacity", 1);
        Operator alice = new Operator("alice", "192.0.2.1");

        for (int i = 0; i < 1008; i++) {
            Map<String, String> change = Map.of("capacity", Integer.toString(i + 2));
            room.change(change, Integer.toString(i), alice).block();
        }

        List<Change> changes = room.forOperators().changes(2000).block();
        assertThat(changes).hasSize(1000);
        assertThat(changes.getFirst().now()).isEqualTo(1009L);
    }

    /** Who comes back between two of the commands that operations.md names, has no pass then. */
    @Test
    void whoIsPutOutByHandAndComesBackMeanwhileIsNoHarmToThoseWhoJoinTogetherWithThem() {
        make("capacity", 5);
        UserId user = UserId.random();
        join(List.of(user));
        redis().opsForZSet().remove("wr:{" + id + "}:active", user.toString()).block();
        join(List.of(user));
        redis().opsForHash().remove("wr:{" + id + "}:passes", user.toString()).block();

        List<Joined.Placed> both = join(List.of(UserId.random(), user));

        assertThat(both).allMatch(placed -> check(placed) instanceof Standing.Active);
        assertThat(view().active()).isEqualTo(2);
    }

    @Test
    void makesARoomOnceInAnOperatorsName() {
        Operator alice = new Operator("alice", "192.0.2.1");

        Boolean made = room.make(Settings.of("capacity", 3), alice).block();
        Boolean again = room.make(Settings.of("capacity", 4), alice).block();

        assertThat(made).isTrue();
        assertThat(again).isFalse();
        assertThat(view().settings().capacity()).isEqualTo(3);
        assertThat(view().recovering()).isFalse();
        assertThat(room.forOperators().changes(10).block())
                .extracting(Change::now)
                .containsExactly("made");
    }

    /** Gateways hear of each at once, or by the next tick that they have missed some. */
    @Test
    void whomAnOperatorEndsTogetherIsToldToAllAndCountedAndNotedOnce() {
        make("capacity", 2_000);
        List<Joined.Placed> inside = new ArrayList<>();
        IntStream.range(0, 3).forEach(_ -> inside.addAll(join(users(500))));
        List<String> heard = new CopyOnWriteArrayList<>();
        Disposable listening = room.events().subscribe(heard::add);
        await().until(
                        () -> {
                            tick();
                            return !heard.isEmpty();
                        });

        Long ended =
                room.forOperators()
                        .clear("all", List.of(".", "%w"), new Operator("alice", "192.0.2.1"))
                        .block();
        tick();

        await().until(() -> heard.getLast().matches("tick .* 1500"));
        assertThat(ended).isEqualTo(1_500);
        for (Joined.Placed each : inside) {
            Ticket ticket = each.ticket();
            assertThat(heard)
                    .contains("ended %s %d revoked".formatted(ticket.user(), ticket.sequence()));
        }
        assertThat(room.forOperators().changes(10).block())
                .extracting(Change::what)
                .containsOnlyOnce("end all");
        listening.dispose();
    }

    @Test
    void takesASampleEveryFiveSecondsAndKeepsAQuarterOfAnHour() {
        make("capacity", 1);
        join(users(3)).forEach(this::touchWaiting);

        IntStream.range(0, 50).forEach(_ -> tick());
        assertThat(room.forOperators().history().block()).hasSizeBetween(10, 11);
        for (int sample = 0; sample < 190; sample++) {
            clock.pass(Duration.ofSeconds(4));
            tick();
        }

        List<Sample> samples = room.forOperators().history().block();
        assertThat(samples).hasSize(181);
        assertThat(samples.getFirst().at())
                .isEqualTo(samples.getLast().at().minus(Duration.ofMinutes(15)));
        assertThat(samples.getFirst().waiting() + samples.getFirst().active()).isPositive();
    }

    @Test
    void tellsTheStoryOfATicketFromJoiningToItsEnd() {
        make("capacity", 1, "session", "5m");
        Joined.Placed inside = join(users(1)).getFirst();
        clock.pass(Duration.ofSeconds(10));
        Joined.Placed next = join(users(1)).getFirst();
        Instant joined = Instant.ofEpochMilli(clock.millis());
        clock.pass(Duration.ofSeconds(20));
        touchWaiting(next);
        Instant seen = Instant.ofEpochMilli(clock.millis());
        Explanation waiting = explain(next);
        room.end(inside.ticket(), EndReason.COMPLETED).block();
        tick();
        Instant admitted = Instant.ofEpochMilli(clock.millis());
        Explanation turn = explain(next);
        clock.pass(Duration.ofSeconds(30));
        touchActive(next);
        Instant used = Instant.ofEpochMilli(clock.millis());
        Explanation active = room.forOperators().explain(next.ticket().user(), "").block();
        room.forOperators().revoke(next.ticket(), new Operator("alice", "192.0.2.1")).block();
        Explanation ended = room.forOperators().explain(next.ticket().user(), "").block();

        assertThat(waiting.state()).isEqualTo(Explanation.State.WAITING);
        assertThat(waiting.joined()).isEqualTo(joined);
        assertThat(waiting.lastSeen()).isEqualTo(seen);
        assertThat(waiting.ahead()).isZero();
        assertThat(turn.state()).isEqualTo(Explanation.State.ACTIVE);
        assertThat(turn.joined()).isEqualTo(joined);
        assertThat(turn.admitted()).isEqualTo(admitted);
        assertThat(turn.lastSeen()).isNull();
        assertThat(active.lastSeen()).isEqualTo(used);
        assertThat(active.until()).isEqualTo(used.plus(Duration.ofMinutes(5)));
        assertThat(ended.state()).isEqualTo(Explanation.State.ENDED);
        assertThat(ended.reason()).isEqualTo(EndReason.REVOKED);
        assertThat(ended.sequence()).isEqualTo(next.ticket().sequence());
        assertThat(ended.joined()).isEqualTo(joined);
        assertThat(ended.admitted()).isEqualTo(admitted);
        assertThat(ended.lastSeen()).isEqualTo(used);
        assertThat(ended.ended()).isEqualTo(used);
        assertThat(room.forOperators().changes(1).block().getFirst().old()).isEqualTo("active");
    }

    @Test
    void tellsWhichTicketAUserHoldsInstead() {
        make("capacity", 1);
        Joined.Placed first = join(users(1)).getFirst();
        room.end(first.ticket(), EndReason.LEFT).block();
        Joined.Placed second = join(List.of(first.ticket().user())).getFirst();

        Explanation old = explain(first);

        assertThat(old.state()).isEqualTo(Explanation.State.ENDED);
        assertThat(old.holds()).isEqualTo(second.ticket().sequence());
        assertThat(room.forOperators().explain(UserId.random(), "").block().state())
                .isEqualTo(Explanation.State.ABSENT);
        clock.pass(Duration.ofMinutes(2));
        assertThat(explain(second).state()).as("before a tick").isEqualTo(Explanation.State.ENDED);
    }

    @Test
    void noOperatorEndsATicketThatNothingIsKnownOf() {
        make();
        Ticket unknown = new Ticket(id, UserId.random(), 1, 0);
        Operator alice = new Operator("alice", "192.0.2.1");

        assertThat(room.forOperators().revoke(unknown, alice).block()).isFalse();
    }
}
