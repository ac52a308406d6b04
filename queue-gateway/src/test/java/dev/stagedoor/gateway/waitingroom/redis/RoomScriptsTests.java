package dev.stagedoor.gateway.waitingroom.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.common.UserId;
import dev.stagedoor.gateway.waitingroom.EndReason;
import dev.stagedoor.gateway.waitingroom.Joined;
import dev.stagedoor.gateway.waitingroom.Life;
import dev.stagedoor.gateway.waitingroom.LineUnavailable;
import dev.stagedoor.gateway.waitingroom.RoomView;
import dev.stagedoor.gateway.waitingroom.Standing;
import dev.stagedoor.gateway.waitingroom.Ticket;
import dev.stagedoor.gateway.waitingroom.known.LatestView;
import dev.stagedoor.gateway.waitingroom.redis.LineStore.Comer;
import dev.stagedoor.gateway.waitingroom.redis.LineStore.Restorable;
import dev.stagedoor.gateway.waitingroom.redis.LineStore.Sign;
import dev.stagedoor.gateway.waitingroom.redis.LineStore.Stretch;
import dev.stagedoor.gateway.waitingroom.redis.OperatorStore.Operator;
import dev.stagedoor.gateway.waitingroom.redis.RoomScripts.Keys;

import org.junit.jupiter.api.Test;

import reactor.core.Disposable;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Every script alone. */
class RoomScriptsTests extends OneRoom {

    @Test
    void saysWhenThereIsNoSuchRoomAndMakesNone() {
        assertThat(room.admit(true).block().isMissing()).isTrue();
        assertThat(room.view(true).block().isMissing()).isTrue();
        assertThatThrownBy(() -> room.change(Map.of(), "0", new Operator("", "")).block())
                .isInstanceOf(LineUnavailable.class);
        assertThat(redis().hasKey(new Keys(id).forScripts().getFirst()).block()).isFalse();
    }

    @Test
    void letsPeopleInAtOnceWhileThereIsRoomAndNobodyWaits() {
        make("capacity", 2);

        List<Joined.Placed> placed = join(users(3));

        assertThat(placed)
                .extracting(p -> p.standing().getClass().getSimpleName())
                .containsExactly("Active", "Active", "Waiting");
        assertThat(placed)
                .extracting(p -> p.ticket().sequence())
                .isSorted()
                .doesNotHaveDuplicates();
    }

    @Test
    void neverLetsANewcomerPastSomebodyWhoWaits() {
        make("capacity", 1);
        Joined.Placed first = join(users(1)).getFirst();
        join(users(1));
        room.end(first.ticket(), EndReason.LEFT).block();

        Joined.Placed late = join(users(1)).getFirst();

        assertThat(late.standing()).isInstanceOf(Standing.Waiting.class);
    }

    @Test
    void givesTheSamePlaceToWhoeverJoinsAgainAlsoInOneBatch() {
        make("capacity", 1);
        UserId inside = UserId.random();
        UserId waiting = UserId.random();
        List<Joined.Placed> once = join(List.of(inside, waiting, waiting, inside));

        List<Joined.Placed> again = join(List.of(waiting, inside));

        assertThat(once.get(2).ticket()).isEqualTo(once.get(1).ticket());
        assertThat(once.get(3).ticket()).isEqualTo(once.get(0).ticket());
        assertThat(again.get(0).ticket()).isEqualTo(once.get(1).ticket());
        assertThat(again.get(1).ticket()).isEqualTo(once.get(0).ticket());
        assertThat(again).noneMatch(Joined.Placed::fresh);
    }

    @Test
    void tellsWhoeverJoinsHowManyAreAhead() {
        make("capacity", 1);
        join(users(1));
        List<UserId> first = users(3);
        join(first);

        List<Joined.Placed> later = join(users(2));
        List<Joined.Placed> again = join(first.reversed());

        assertThat(later)
                .extracting(Joined.Placed::standing)
                .containsExactly(new Standing.Waiting(3), new Standing.Waiting(4));
        assertThat(again)
                .extracting(Joined.Placed::standing)
                .containsExactly(
                        new Standing.Waiting(2), new Standing.Waiting(1), new Standing.Waiting(0));
    }

    @Test
    void admitsInOrderAsManyAsBatchAndCapacityAllow() {
        make("capacity", 5, "batch", 2, "mode", "HOLD");
        List<Joined.Placed> line = join(users(8));
        change("mode", "AUTO");

        List<Integer> inside = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            tick();
            inside.add(standings(line, Standing.Active.class));
        }

        assertThat(inside).containsExactly(2, 4, 5, 5);
        assertThat(line.subList(0, 5))
                .allSatisfy(p -> assertThat(check(p)).isInstanceOf(Standing.Active.class));
        assertThat(check(line.get(5))).isEqualTo(new Standing.Waiting(0));
        assertThat(check(line.get(7))).isEqualTo(new Standing.Waiting(2));
    }

    @Test
    void callsTheRollOfWhoeverWaitsStretchByStretch() {
        make("mode", "HOLD");
        List<Joined.Placed> line = new ArrayList<>();
        IntStream.range(0, 9).forEach(_ -> line.addAll(join(users(500))));
        Random random = new Random(3);
        List<Joined.Placed> gone =
                line.subList(1_000, 1_500).stream().filter(_ -> random.nextInt(4) == 0).toList();
        gone.forEach(one -> room.end(one.ticket(), EndReason.LEFT).block());

        Stretch first = room.callTheRoll(0, Life.ANY).block();
        Stretch second = room.callTheRoll(first.until(), Life.ANY).block();

        assertThat(Stream.of(first, second).flatMap(stretch -> stretch.waiting().stream()))
                .containsExactlyElementsOf(
                        line.stream()
                                .filter(one -> !gone.contains(one))
                                .map(one -> one.ticket().sequence())
                                .toList());
        assertThat(first.toTheEnd()).isFalse();
        assertThat(second.toTheEnd()).isTrue();
        assertThat(second.until()).isEqualTo(line.getLast().ticket().sequence());
    }

    @Test
    void changesNothingWhenCalledBeforeTheIntervalIsOver() {
        make("capacity", 5, "batch", 1, "mode", "HOLD");
        List<Joined.Placed> line = join(users(4));
        change("mode", "AUTO");
        tick();

        IntStream.range(0, 10).forEach(_ -> room.admit(false).block());

        assertThat(standings(line, Standing.Active.class)).isEqualTo(1);
    }

    @Test
    void neverAdmitsMoreThanPerMinuteInAnySixtySeconds() {
        make("capacity", 1000, "batch", 10, "per-minute", 15, "mode", "HOLD");
        join(users(100)).forEach(this::touchWaiting);
        change("mode", "AUTO");
        List<Long> admittedAfterSecond = new ArrayList<>();

        for (int second = 0; second < 200; second++) {
            tick();
            admittedAfterSecond.add(view().totals().get("admitted"));
        }

        for (int from = 0; from + 60 < 200; from++) {
            assertThat(admittedAfterSecond.get(from + 60) - admittedAfterSecond.get(from))
                    .as("in the 60 s after second %d", from)
                    .isLessThanOrEqualTo(15);
        }
        assertThat(admittedAfterSecond.getLast()).isGreaterThanOrEqualTo(45);
    }

    @Test
    void skipsAndDropsThoseWhoHaveBeenSilentTooLong() {
        make("capacity", 1, "batch", 1, "idle-timeout", "60s", "mode", "HOLD");
        List<Joined.Placed> line = join(users(3));
        line.forEach(this::touchWaiting);
        for (int i = 0; i < 13; i++) { // a minute and more, with ticks all the way
            clock.pass(Duration.ofSeconds(4));
            touchWaiting(line.get(2));
            tick();
        }
        change("mode", "AUTO");
        tick();

        assertThat(check(line.get(0))).isEqualTo(new Standing.Ended(EndReason.LAPSED));
        assertThat(check(line.get(1))).isEqualTo(new Standing.Ended(EndReason.LAPSED));
        assertThat(check(line.get(2))).isInstanceOf(Standing.Active.class);
    }

    @Test
    void forgivesSilenceWhenNobodyCouldBeHeard() {
        make("capacity", 1, "batch", 1, "idle-timeout", "60s", "mode", "HOLD");
        List<Joined.Placed> line = join(users(2));
        tick();
        clock.pass(Duration.ofMinutes(20)); // Redis was frozen, or no gateway was there
        tick();

        assertThat(check(line.get(0))).isEqualTo(new Standing.Waiting(0));

        for (int i = 0; i < 65; i++) {
            touchWaiting(line.get(1));
            tick();
        }
        assertThat(check(line.get(0))).isEqualTo(new Standing.Ended(EndReason.LAPSED));
        assertThat(check(line.get(1))).isEqualTo(new Standing.Waiting(0));
    }

    @Test
    void dropsThosePastTheLongestWait() {
        make("capacity", 1, "max-wait", "30s", "mode", "HOLD");
        List<Joined.Placed> early = join(users(3));
        clock.pass(Duration.ofSeconds(20));
        List<Joined.Placed> late = join(users(3));
        for (int i = 0; i < 13; i++) {
            Stream.concat(early.stream(), late.stream()).forEach(this::touchWaiting);
            tick();
        }

        assertThat(early)
                .allSatisfy(
                        p -> assertThat(check(p)).isEqualTo(new Standing.Ended(EndReason.LAPSED)));
        assertThat(late).allSatisfy(p -> assertThat(check(p)).isInstanceOf(Standing.Waiting.class));

        for (int i = 0; i < 20; i++) {
            tick();
        }
        assertThat(late)
                .allSatisfy(
                        p -> assertThat(check(p)).isEqualTo(new Standing.Ended(EndReason.LAPSED)));
    }

    @Test
    void keepsTheFirstReasonOfAnEnd() {
        make("capacity", 1);
        Joined.Placed guest = join(users(1)).getFirst();

        assertThat(room.end(guest.ticket(), EndReason.COMPLETED).block()).isTrue();
        assertThat(room.end(guest.ticket(), EndReason.LEFT).block()).isFalse();

        assertThat(check(guest)).isEqualTo(new Standing.Ended(EndReason.COMPLETED));
    }

    @Test
    void doesNotEndTheNewPlaceOfSomebodyWithTheirOldTicket() {
        make("capacity", 1);
        UserId user = UserId.random();
        Ticket old = join(List.of(user)).getFirst().ticket();
        room.end(old, EndReason.LEFT).block();
        Joined.Placed fresh = join(List.of(user)).getFirst();

        assertThat(room.end(old, EndReason.COMPLETED).block()).isFalse();

        assertThat(fresh.fresh()).isTrue();
        assertThat(check(fresh)).isInstanceOf(Standing.Active.class);
    }

    @Test
    void refusesJoinsWhenClosedOrDrainingAndFinishesTheLineWhenDraining() {
        make("capacity", 2, "batch", 1, "mode", "HOLD");
        List<Joined.Placed> line = join(users(2));
        change("mode", "DRAIN");
        tick();

        assertThat(room.join(TestRedis.comers(users(1)), 0, Clock.NEVER).block())
                .containsExactly(new Joined.Refused());
        assertThat(check(line.getFirst())).isInstanceOf(Standing.Active.class);
        change("mode", "CLOSED");
        assertThat(room.join(TestRedis.comers(users(1)), 0, Clock.NEVER).block())
                .containsExactly(new Joined.Refused());
        tick();
        assertThat(check(line.getLast())).isEqualTo(new Standing.Waiting(0));
    }

    @Test
    void refusesWhoeverComesWhenTheLineIsFull() {
        make("capacity", 1, "max-waiting", 2, "mode", "HOLD");

        List<Joined> joined = room.join(TestRedis.comers(users(4)), 0, Clock.NEVER).block();

        assertThat(joined.subList(2, 4)).containsExactly(new Joined.Full(), new Joined.Full());
    }

    @Test
    void givesEveryoneOfOneCallWhatTheyHaveComeFor() {
        make("capacity", 1);
        Joined.Placed inside = join(users(1)).getFirst();
        Ticket held = inside.ticket();
        Ticket lost = new Ticket(id, UserId.random(), held.sequence(), 0);
        List<Comer> comers = new ArrayList<>(TestRedis.comers(users(2)));
        comers.add(1, new Comer(held.user(), held));
        comers.add(2, new Comer(lost.user(), lost));

        List<Joined> joined = room.join(comers, 0, Clock.NEVER).block();

        assertThat(joined.get(1)).isEqualTo(new Joined.Placed(held, inside.standing(), false));
        assertThat(joined.get(2)).isEqualTo(new Joined.Over());
        assertThat(Stream.of(0, 3).map(joined::get).map(Joined.Placed.class::cast))
                .extracting(it -> it.ticket().user(), Joined.Placed::standing)
                .containsExactly(
                        tuple(comers.get(0).user(), new Standing.Waiting(0)),
                        tuple(comers.get(3).user(), new Standing.Waiting(1)));
    }

    @Test
    void givesNoPlaceToWhoeverHasGivenUpByNow() {
        make("capacity", 1);
        Instant givenUp = Instant.ofEpochMilli(clock.millis());

        assertThat(room.join(TestRedis.comers(users(1)), 0, givenUp).block())
                .as("just in time")
                .hasSize(1);
        clock.pass(Duration.ofMillis(1));

        assertThatThrownBy(() -> room.join(TestRedis.comers(users(1)), 0, givenUp).block())
                .isInstanceOf(LineUnavailable.class);
        assertThat(view().totals()).containsEntry("joined", 1L);
    }

    @Test
    void letsEverybodyInWhenOpenAndCountsThem() {
        make("capacity", 1, "max-waiting", 1, "mode", "HOLD");
        join(users(1));
        change("mode", "OPEN");

        List<Joined.Placed> placed = join(users(5));

        assertThat(placed)
                .allSatisfy(p -> assertThat(p.standing()).isInstanceOf(Standing.Active.class));
        assertThat(view().totals()).containsEntry("admitted", 5L);
    }

    @Test
    void tellsTheDepthTheHeadAndSinceWhenItWaits() {
        make("capacity", 1, "mode", "HOLD");
        Instant joinedAt = Instant.ofEpochMilli(clock.millis());
        List<Joined.Placed> line = join(users(3));
        clock.pass(Duration.ofSeconds(7));
        join(users(2));
        tick();

        RoomView view = view();

        assertThat(view.waiting()).isEqualTo(5);
        assertThat(view.line().firstWaitsSince()).contains(joinedAt);
        assertThat(view.ahead(line.get(2).ticket().sequence())).isEqualTo(2);
        room.end(line.get(0).ticket(), EndReason.LEFT).block();
        assertThat(view().ahead(line.get(2).ticket().sequence())).isEqualTo(1);
        change("mode", "OPEN");
        tick();
        assertThat(view().line().firstWaitsSince()).as("nobody waits").isEmpty();
    }

    /** Gateways hear of it at once, or by the next tick that they have missed one. */
    @Test
    void anEndIsToldToAllAndCounted() {
        make("capacity", 1);
        Ticket inside = join(users(1)).getFirst().ticket();
        List<String> heard = new CopyOnWriteArrayList<>();
        Disposable listening = room.events().subscribe(heard::add);
        await().untilAsserted(
                        () -> {
                            tick();
                            assertThat(heard).isNotEmpty().allMatch(it -> it.matches("tick .* 0"));
                        });

        room.end(inside, EndReason.LEFT).block();
        tick();

        await().untilAsserted(() -> assertThat(heard.getLast()).matches("tick .* 1"));
        assertThat(heard).contains("ended " + inside.user() + " " + inside.sequence() + " left");
        listening.dispose();
    }

    @Test
    void takesBackEarlierTicketsInTheirOldOrderInFrontOfNewcomers() {
        make("capacity", 1, "mode", "HOLD");
        List<Joined.Placed> before = join(users(3));
        RoomView former = view();
        loseEverything();
        clock.pass(Duration.ofSeconds(1));
        room.seed(former.settings(), Duration.ZERO, Optional.of(former)).block();
        Joined.Placed newcomer = join(users(1)).getFirst();

        room.restore(
                        List.of(
                                waited(before.get(2)),
                                waited(before.get(0)),
                                waited(before.get(1))),
                        Life.ANY)
                .block();

        assertThat(check(before.get(0))).isEqualTo(new Standing.Waiting(0));
        assertThat(check(before.get(1))).isEqualTo(new Standing.Waiting(1));
        assertThat(check(before.get(2))).isEqualTo(new Standing.Waiting(2));
        assertThat(check(newcomer)).isEqualTo(new Standing.Waiting(3));
    }

    /** Each calls the roll at another moment. Redis forgets it in time, though nobody comes. */
    @Test
    void takesBackWhoeverOneOfTheGatewaysHadHeardOf() {
        make("mode", "HOLD");
        List<Joined.Placed> line = new ArrayList<>(join(users(500)));
        line.addAll(join(users(500)));
        line.addAll(join(users(3)));
        RoomView former = view();
        loseEverything();
        clock.pass(Duration.ofSeconds(1));
        room.seed(former.settings(), Duration.ofSeconds(10), Optional.of(former)).block();
        List<Ticket> far = line.subList(1_000, 1_003).stream().map(Joined.Placed::ticket).toList();

        room.tellHeard(page(far.get(0)), far.get(2).sequence()).block();
        room.tellHeard(page(far.get(1)), far.get(2).sequence()).block();
        clock.pass(Duration.ofSeconds(5));

        assertThat(
                        room.restore(
                                        far.stream()
                                                .map(it -> new Restorable(it, Optional.empty()))
                                                .toList(),
                                        Life.ANY)
                                .block())
                .extracting(it -> it.orElseThrow() instanceof Standing.Waiting)
                .containsExactly(true, true, false);
        assertThat(redis().keys("wr:{" + id + "}:former*").collectList().block())
                .hasSizeBetween(3, 4)
                .allMatch(key -> redis().getExpire(key).block().isPositive());
    }

    private static Map<Long, String> page(Ticket ticket) {
        char[] places = new char[4_096];
        int place = (int) (ticket.sequence() % 32_768);
        places[place / 8] = (char) (0x80 >> place % 8);
        return Map.of(ticket.sequence() / 32_768, new String(places));
    }

    /** One that was away for a while knows less of the epoch before. */
    @Test
    void goesByTheNewestWordOnTheEpochBefore() {
        make("mode", "HOLD");
        RoomView older = view();
        clock.pass(Duration.ofSeconds(5));
        List<Joined.Placed> line = join(users(1));
        RoomView newer = view();
        loseEverything();
        clock.pass(Duration.ofSeconds(1));

        room.seed(newer.settings(), Duration.ofSeconds(10), Optional.of(newer)).block();
        room.seed(newer.settings(), Duration.ofSeconds(10), Optional.of(older)).block();
        room.restore(List.of(waited(line.getFirst())), Life.ANY).block();

        assertThat(check(line.getFirst())).isEqualTo(new Standing.Waiting(0));
    }

    @Test
    void admitsNobodyWhileItRecoversAndKeepsThoseInsideWhoAreVouchedFor() {
        make("capacity", 2);
        Joined.Placed inside = join(users(1)).getFirst();
        loseEverything();
        room.seed(Settings.of("capacity", 2), Duration.ofSeconds(60), Optional.empty()).block();
        Joined.Placed newcomer = join(users(1)).getFirst();
        Instant until = Instant.ofEpochMilli(clock.millis() + 300_000);

        room.restore(List.of(new Restorable(inside.ticket(), Optional.of(until))), Life.ANY)
                .block();
        tick();

        assertThat(check(inside)).isEqualTo(new Standing.Active(until));
        assertThat(check(newcomer)).isInstanceOf(Standing.Waiting.class);
        clock.pass(Duration.ofSeconds(60));
        touchWaiting(newcomer);
        tick();
        assertThat(check(newcomer)).isInstanceOf(Standing.Active.class);
    }

    @Test
    void keepsLiveSettingsWhenItIsSeededAgain() {
        make("capacity", 3);
        change("capacity", "9");

        make("capacity", 3);

        assertThat(view().settings().capacity()).isEqualTo(9);
    }

    @Test
    void aViewThatWasOvertakenByANewerOneIsNotShown() {
        make("capacity", 1);
        LatestView latest =
                new LatestView(id, Settings.of("capacity", 1), true, Duration.ofMinutes(1));
        Reply overtaken = room.view(false).block();
        clock.pass(Duration.ofMillis(100));
        Instant newest = latest.show(room.view(false).block()).asOf();

        assertThat(latest.show(overtaken).asOf()).isEqualTo(newest);
        assertThat(latest.last().asOf()).isEqualTo(newest);

        clock.pass(Duration.ofHours(-1));
        assertThat(latest.show(room.view(false).block()).asOf()).isBefore(newest);
        assertThat(latest.last().asOf()).isBefore(newest);
    }

    @Test
    void aSignOfLifeThatIsToldLateTakesNoNewerOneBack() {
        make("capacity", 1);
        List<Joined.Placed> people = join(users(3));
        Joined.Placed seenElsewhere = people.get(1);
        Joined.Placed onlySeenHere = people.get(2);
        clock.pass(Duration.ofSeconds(40));
        touchWaiting(seenElsewhere);
        Instant now = Instant.ofEpochMilli(clock.millis());

        List<Sign> late =
                Stream.of(seenElsewhere, onlySeenHere)
                        .map(placed -> new Sign(placed.ticket(), false, 30))
                        .toList();
        assertThat(room.touch(late, Life.ANY).block()).containsExactly(0L, 0L);

        assertThat(explain(seenElsewhere).lastSeen()).isEqualTo(now);
        assertThat(explain(onlySeenHere).lastSeen()).isEqualTo(now.minusSeconds(30));
    }
}
