package dev.stagedoor.gateway.waitingroom.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.common.UserId;
import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.gateway.waitingroom.EndReason;
import dev.stagedoor.gateway.waitingroom.Joined;
import dev.stagedoor.gateway.waitingroom.Life;
import dev.stagedoor.gateway.waitingroom.RoomView;
import dev.stagedoor.gateway.waitingroom.Standing;
import dev.stagedoor.gateway.waitingroom.Ticket;
import dev.stagedoor.gateway.waitingroom.redis.LineStore.Sign;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.data.redis.core.ReactiveStringRedisTemplate;

import reactor.core.publisher.Flux;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What a tick may ask of Redis at a stretch, however long the line is: counted, not timed. */
class TickCostTests {

    private static final Pattern CALLS = Pattern.compile("cmdstat_(\\S+):calls=(\\d+)");

    private static final int SHORT = 1_000;
    private static final int LONG = 20_000;
    private static final int TICKS = 2;
    private static final int CALLS_OF_A_TICK = 250;

    private static EmbeddedRedis redis;
    private static ReactiveStringRedisTemplate client;

    @BeforeAll
    static void start() {
        redis = EmbeddedRedis.start();
        client = TestRedis.template(redis.url());
        everyScriptIsKnown();
    }

    /** One that Redis does not know yet is sent twice, and counted twice. */
    private static void everyScriptIsKnown() {
        Line line = new Line(1, 1);
        line.store.patrol().block();
        line.last();
        line.tick();
    }

    @AfterAll
    static void stop() {
        redis.close();
    }

    /** Scripts that were called, and commands that all of them sent. */
    private record Cost(long scripts, long commands) {

        static Cost now() {
            long scripts = 0;
            long commands = 0;
            for (MatchResult one :
                    CALLS.matcher(redis.ask("INFO commandstats")).results().toList()) {
                String command = one.group(1);
                if (command.startsWith("eval")) {
                    scripts += Long.parseLong(one.group(2));
                } else if (!command.equals("info")) {
                    commands += Long.parseLong(one.group(2));
                }
            }
            return new Cost(scripts, commands);
        }

        static Cost of(Runnable work) {
            Cost before = now();
            work.run();
            Cost after = now();
            return new Cost(after.scripts - before.scripts, after.commands - before.commands);
        }

        double each() {
            return (double) commands / scripts;
        }
    }

    private static final class Line {

        private final Clock clock = new Clock();
        private final LineStore store = TestRedis.line(TestRedis.room(), client, clock);
        private final List<Sign> people = new ArrayList<>();

        Line(int waiting, int batch) {
            store.seed(
                            Settings.of(
                                    "mode",
                                    "HOLD",
                                    "capacity",
                                    100_000,
                                    "batch",
                                    batch,
                                    "idle-timeout",
                                    "60s",
                                    "claim-timeout",
                                    "1h",
                                    "session",
                                    "1h"),
                            Duration.ZERO,
                            Optional.empty())
                    .block();
            join(waiting);
            see(people);
            store.admit(false).block();
        }

        void join(int number) {
            Flux.range(0, number)
                    .map(_ -> UserId.random())
                    .buffer(500)
                    .concatMap(users -> store.join(TestRedis.comers(users), 0, Clock.NEVER))
                    .flatMapIterable(joined -> joined)
                    .doOnNext(one -> people.add(new Sign(((Joined.Placed) one).ticket(), false)))
                    .blockLast();
        }

        void see(List<Sign> signs) {
            Flux.fromIterable(signs)
                    .buffer(500)
                    .concatMap(some -> store.touch(some, Life.ANY))
                    .blockLast();
        }

        void leave(int from, int step) {
            for (int i = from; i < people.size(); i += step) {
                Sign sign = people.get(i);
                store.end(sign.ticket(), EndReason.LEFT).block();
            }
        }

        /** For longer than a place is kept, and nobody has looked after them. */
        void fallSilentBut(List<Sign> present) {
            for (int i = 0; i < 8; i++) {
                see(i == 7 ? present : List.of());
                clock.pass(Duration.ofSeconds(8));
                store.admit(false).block();
            }
        }

        Cost tick() {
            Settings.change(store, Map.of("mode", "AUTO")).block();
            clock.pass(Duration.ofSeconds(1));
            return Cost.of(() -> store.admit(false).block());
        }

        RoomView view() {
            return TestRedis.viewOf(store.view(false).block());
        }

        List<Ticket> tickets(int number) {
            return people.stream().limit(number).map(Sign::ticket).toList();
        }

        Standing last() {
            return TestRedis.standing(store, people.getLast().ticket(), Life.ANY).block();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 100, 1_000})
    void isTheSameInALongLine(int batch) {
        Cost few = new Line(SHORT, batch).tick();
        Cost many = new Line(LONG, batch).tick();

        assertThat(many.each()).isLessThanOrEqualTo(1.2 * few.each());
        assertThat(many.scripts()).isLessThanOrEqualTo(few.scripts() + 1);
    }

    @Test
    void isTheSameWhereEveryOtherOneHasLeft() {
        Line few = new Line(SHORT, 100);
        few.leave(0, 2);
        Line many = new Line(4_000, 100);
        many.leave(0, 2);

        assertThat(many.tick().each()).isLessThanOrEqualTo(1.2 * few.tick().each());
    }

    @Test
    void isTheSameWhereEveryOtherOneIsSilent() {
        Line few = new Line(SHORT, 100);
        few.fallSilentBut(everyOther(few));
        Line many = new Line(LONG, 100);
        many.fallSilentBut(everyOther(many));

        assertThat(many.tick().each()).isLessThanOrEqualTo(1.2 * few.tick().each());
        assertThat(many.view().active()).isEqualTo(100);
    }

    private static List<Sign> everyOther(Line line) {
        List<Sign> present = new ArrayList<>();
        for (int i = 0; i < line.people.size(); i += 2) {
            present.add(line.people.get(i));
        }
        return present;
    }

    @Test
    void isBoundedWhereAllOfTheHeadAreSilentAndTheNextOneComesInWithTheSameTick() {
        Line few = new Line(SHORT, 100);
        few.fallSilentBut(List.of());
        Line many = new Line(LONG, 100);
        many.fallSilentBut(List.of(many.people.getLast()));

        Cost ofFew = few.tick();
        Cost ofMany = many.tick();

        assertThat(ofMany.each()).isLessThanOrEqualTo(1.2 * ofFew.each());
        assertThat((long) LONG * TICKS * CALLS_OF_A_TICK / (ofMany.scripts() - 1))
                .as("who may be silent in front of whoever comes in two ticks later")
                .isGreaterThan(1_000_000);
        assertThat(many.last()).isInstanceOf(Standing.Active.class);
        assertThat(many.view().totals()).containsEntry("lapsed", LONG - 1L);
    }

    /** Redis serves others between two calls, and nobody meanwhile. */
    @Test
    void aCallLetsInAndDropsFewAtATime() {
        int batch = LONG / 2;
        Line line = new Line(LONG, batch);

        Cost comeIn = line.tick();
        line.clock.pass(Duration.ofHours(2));
        Cost comeInAndRunOut = line.tick();

        assertThat(line.view().totals())
                .containsEntry("admitted", 2L * batch)
                .containsEntry("expired", (long) batch);
        assertThat(batch / comeIn.scripts()).isLessThanOrEqualTo(400);
        assertThat(2 * batch / comeInAndRunOut.scripts()).isLessThanOrEqualTo(400);
        assertThat(comeInAndRunOut.each()).isLessThan(300);
    }

    @Test
    void isSmallForWhoeverTicksTooEarly() {
        Line line = new Line(LONG, 100);
        line.tick();

        Cost tooEarly = Cost.of(() -> line.store.admit(false).block());

        assertThat(tooEarly.scripts()).isEqualTo(1);
        assertThat(tooEarly.commands()).isLessThan(20);
    }

    @Test
    void joinsAndSignsOfManyAreFewCommands() {
        Line line = new Line(SHORT, 100);
        List<UserId> users = Stream.generate(UserId::random).limit(500).toList();

        Cost joins =
                Cost.of(() -> line.store.join(TestRedis.comers(users), 0, Clock.NEVER).block());
        Cost signs = Cost.of(() -> line.see(line.people.subList(0, 500)));
        Cost looks = Cost.of(() -> line.store.check(line.tickets(100), Life.ANY).block());

        assertThat(joins.scripts() + signs.scripts() + looks.scripts()).isEqualTo(3);
        assertThat(joins.commands()).as("of 500 joins").isLessThan(40);
        assertThat(signs.commands()).as("of 500 signs").isLessThan(40);
        assertThat(looks.commands()).as("of 100 looks").isLessThan(100 * 3 + 20);
    }

    @Test
    void whoeverWaitsTakesFewBytes() {
        long empty = usedMemory();

        new Line(LONG, 100);

        assertThat((usedMemory() - empty) / LONG).isBetween(100L, 160L);
    }

    private static long usedMemory() {
        Matcher used = Pattern.compile("used_memory:(\\d+)").matcher(redis.ask("INFO memory"));
        assertThat(used.find()).isTrue();
        return Long.parseLong(used.group(1));
    }

    /** Somebody else looks after the silent: by few commands for a hundred who are there. */
    @Test
    void aPatrolLooksAtNobodySingleWhereNobodyIsSilent() {
        Line line = new Line(LONG, 100);
        line.fallSilentBut(line.people);
        line.clock.pass(Duration.ofSeconds(1));

        Cost patrol = Cost.of(() -> line.store.patrol().block());

        assertThat(line.view().waiting()).isEqualTo(LONG);
        assertThat(patrol.commands()).isLessThan(LONG / 100 * 3 + 20 * patrol.scripts());
        assertThat(patrol.each()).isLessThan(320);
    }

    /**
     * A storm of those who are never heard again is forgotten by the hundred, each looked at once.
     */
    @Test
    void aPatrolLooksAtStrangersWhenTheirTimeHasComeAndNotBefore() {
        Line line = new Line(0, 100);
        line.clock.pass(Duration.ofMillis(250));
        line.join(LONG);
        for (int i = 0; i < 6; i++) {
            line.clock.pass(Duration.ofMillis(8_325));
            line.store.admit(false).block();
        }

        Cost tooEarly = Cost.of(() -> line.store.patrol().block());
        assertThat(line.view().waiting()).isEqualTo(LONG);
        line.clock.pass(Duration.ofMillis(50));
        Cost inTime = Cost.of(() -> line.store.patrol().block());

        assertThat(line.view().waiting()).isZero();
        assertThat(tooEarly.scripts()).isEqualTo(1);
        assertThat(tooEarly.commands()).isLessThan(20);
        assertThat(inTime.commands()).isLessThan(LONG / 100 * 7 + 20 * inTime.scripts());
        assertThat(inTime.each()).as("others are waiting meanwhile").isLessThan(100);
    }
}
