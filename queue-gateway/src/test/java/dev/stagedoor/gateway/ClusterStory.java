package dev.stagedoor.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.devservices.EmbeddedRedisCluster;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.springframework.context.ConfigurableApplicationContext;

import reactor.core.publisher.Mono;

import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * Two rooms in two shards of a Redis Cluster, and what their visitors notice when one shard dies.
 */
@Order(1)
class ClusterStory {

    /** Longer than a master that is silent is taken for one that is there. */
    private static final Duration A_WHILE = Duration.ofSeconds(2);

    /** Of all but the slowest in twenty. */
    private static final Duration PATIENCE = Duration.ofMillis(600);

    /** Whoever comes at full speed takes the processors from those who are watched. */
    private static final Duration BETWEEN_TWO = Duration.ofMillis(25);

    /** Of the slowest answer: whoever waited for the shard itself would wait for longer. */
    private static final Duration UTMOST_PATIENCE = Duration.ofSeconds(5);

    private EmbeddedRedisCluster redis;
    private Upstream upstream;
    private String here;
    private String elsewhere;
    private ConfigurableApplicationContext gateway;
    private ConfigurableApplicationContext other;

    @BeforeEach
    void twoSalesAreGoingOn() {
        redis = EmbeddedRedisCluster.start();
        upstream = new Upstream();
        upstream.answers(
                (request, response) ->
                        (request.uri().endsWith("/pay")
                                        ? response.header("Stagedoor-Session", "complete")
                                        : response)
                                .sendString(Mono.just("sold")));
        here = "opera";
        elsewhere =
                IntStream.range(0, 100)
                        .mapToObj(i -> "cinema" + i)
                        .filter(name -> masterOf(name) != masterOf(here))
                        .findFirst()
                        .orElseThrow();
        gateway = start();
        other = start();
    }

    private ConfigurableApplicationContext start() {
        return Gateways.startOnCluster(
                redis.nodes(),
                upstream.url(),
                "stagedoor.rooms.%s.paths=/%s/**".formatted(here, here),
                "stagedoor.rooms.%s.capacity=1".formatted(here),
                "stagedoor.rooms.%s.interval=200ms".formatted(here),
                "stagedoor.rooms.%s.paths=/%s/**".formatted(elsewhere, elsewhere),
                "stagedoor.rooms.%s.capacity=100000".formatted(elsewhere),
                "stagedoor.rooms.%s.interval=200ms".formatted(elsewhere));
    }

    @AfterEach
    void itIsOver() {
        gateway.close();
        other.close();
        upstream.close();
        redis.close();
    }

    @Test
    void aTicketIsBoughtWhoeverWaitsIsNextAndTheRoomsLieInDifferentShards() {
        Visitor buyer = joined(here);
        Visitor next = joined(here);
        Visitor last = joined(here);
        assertThat(redis.slotOf(key(here))).isNotEqualTo(redis.slotOf(key(elsewhere)));
        assertThat(next.gets(other, "/" + here + "/seats").statusCode()).isEqualTo(429);

        assertThat(buyer.gets(other, "/" + here + "/pay").body()).isEqualTo("sold");

        assertThat(buyer.polls(other).body()).contains("queue-token-completed");
        await().until(() -> buyer.polls(gateway).body().contains("queue-token-completed"));
        await().until(() -> next.isActive(gateway));
        assertThat(next.gets(other, "/" + here + "/seats").statusCode()).isEqualTo(200);
        assertThat(last.isActive(gateway)).isFalse();
        assertThat(masterOf(here).ask("HGET " + key(here) + " completed")).isEqualTo("1");
    }

    @Test
    void aMasterDiesWithTheNewestWritesAndNobodyLosesAPlace() throws Exception {
        Visitor buyer = joined(here);
        List<Visitor> line =
                new ArrayList<>(IntStream.range(0, 4).mapToObj(_ -> joined(here)).toList());
        Visitor first = line.removeFirst();
        EmbeddedRedis master = masterOf(here);
        EmbeddedRedis replica = redis.replicaOf(key(here));
        await().until(() -> replica.ask("DBSIZE").equals(master.ask("DBSIZE")));

        redis.stopCopying(key(here));
        IntStream.range(0, 3).forEach(_ -> line.add(joined(here)));
        assertThat(buyer.gets(gateway, "/" + here + "/pay").body()).isEqualTo("sold");
        await().until(() -> first.isActive(gateway));
        Elsewhere elsewhereMeanwhile = new Elsewhere();
        master.kill();

        Visitor newcomer = new Visitor(here);
        await().until(() -> newcomer.asksToJoin(gateway).statusCode() == 201);
        elsewhereMeanwhile.hasNoticedNothing();
        await().ignoreException(IllegalStateException.class).until(() -> masterOf(here) == replica);
        line.forEach(this::awaitStatus);
        for (ConfigurableApplicationContext each : List.of(gateway, other)) {
            await().until(() -> first.gets(each, "/" + here + "/seats").statusCode() == 200);
            assertThat(buyer.polls(each).body()).contains("queue-token-completed");
        }
        line.add(newcomer);
        theLineGoesInOneByOne(first, line);
    }

    @Test
    void aMasterFreezesItsReplicaTakesOverAndItWakesAgain() throws Exception {
        Visitor buyer = insideByThisGateway();
        List<Visitor> line = threeInLine();
        EmbeddedRedis master = masterOf(here);
        EmbeddedRedis replica = redis.replicaOf(key(here));
        replica.ask("CONFIG SET cluster-replica-no-failover yes");
        Visitor newcomer = new Visitor(here);
        Elsewhere elsewhereMeanwhile = new Elsewhere();

        master.freeze();

        everyRowHoldsForTheRoomThatIsCutOff(buyer, line, newcomer);
        replica.ask("CONFIG SET cluster-replica-no-failover no");
        await().until(() -> newcomer.asksToJoin(gateway).statusCode() == 201);
        line.add(newcomer);
        assertThat(masterOf(here)).isSameAs(replica);
        master.thaw();
        elsewhereMeanwhile.hasNoticedNothing();
        await().until(() -> master.ask("INFO replication").contains("role:slave"));
        for (ConfigurableApplicationContext each : List.of(gateway, other)) {
            await().until(() -> buyer.gets(each, "/" + here + "/seats").statusCode() == 200);
            assertThat(line).noneMatch(waiting -> waiting.isActive(each));
        }
        theLineGoesInOneByOne(buyer, line);
    }

    @Test
    void aMasterFreezesAndWakesBeforeAnybodyTakesOver() throws Exception {
        Visitor buyer = insideByThisGateway();
        List<Visitor> line = threeInLine();
        redis.replicaOf(key(here)).ask("CONFIG SET cluster-replica-no-failover yes");
        EmbeddedRedis master = masterOf(here);
        Visitor newcomer = new Visitor(here);
        Elsewhere elsewhereMeanwhile = new Elsewhere();

        master.freeze();

        everyRowHoldsForTheRoomThatIsCutOff(buyer, line, newcomer);
        elsewhereMeanwhile.hasNoticedNothing();
        master.thaw();
        await().until(() -> newcomer.asksToJoin(gateway).statusCode() < 300);
        line.add(newcomer);
        for (ConfigurableApplicationContext each : List.of(gateway, other)) {
            await().until(() -> buyer.gets(each, "/" + here + "/seats").statusCode() == 200);
            assertThat(line).noneMatch(waiting -> waiting.isActive(each));
        }
        theLineGoesInOneByOne(buyer, line);
    }

    // ── steps ───────────────────────────────────────────────────────────────────────────────────

    private Visitor joined(String room) {
        Visitor visitor = new Visitor(room);
        visitor.joins(gateway);
        return visitor;
    }

    private Visitor insideByThisGateway() {
        Visitor buyer = joined(here);
        assertThat(buyer.gets(gateway, "/" + here + "/seats").statusCode()).isEqualTo(200);
        await().until(() -> Gateways.isCertainOf(buyer, gateway));
        return buyer;
    }

    private List<Visitor> threeInLine() {
        List<Visitor> line =
                new ArrayList<>(IntStream.range(0, 3).mapToObj(_ -> joined(here)).toList());
        await().until(() -> line.stream().allMatch(each -> Gateways.isCertainOf(each, gateway)));
        return line;
    }

    private void everyRowHoldsForTheRoomThatIsCutOff(
            Visitor inside, List<Visitor> line, Visitor newcomer) {
        long begun = System.nanoTime();
        do {
            everyRowHolds(inside, line, newcomer);
        } while (System.nanoTime() - begun < A_WHILE.toNanos());
    }

    /** Nobody comes, whoever waits is told the last view, and whoever is inside goes on. */
    private void everyRowHolds(Visitor inside, List<Visitor> line, Visitor newcomer) {
        HttpResponse<String> join = timed(() -> newcomer.asksToJoin(gateway));
        assertThat(join.statusCode()).isEqualTo(503);
        assertThat(join.headers().firstValue("Retry-After")).isPresent();
        for (int i = 0; i < line.size(); i++) {
            Visitor waiting = line.get(i);
            HttpResponse<String> poll = timed(() -> waiting.polls(gateway));
            assertThat(poll.statusCode()).isEqualTo(200);
            assertThat(Visitor.json(poll).get("position").asInt()).isEqualTo(i + 1);
        }
        String seats = "/" + here + "/seats";
        assertThat(timed(() -> inside.gets(gateway, seats)).statusCode()).isEqualTo(200);
        assertThat(timed(() -> inside.gets(other, seats)).statusCode())
                .as("the other gateway has no verdict")
                .isEqualTo(503);
    }

    private HttpResponse<String> timed(Supplier<HttpResponse<String>> call) {
        Beside.Timed timed = Beside.aRequestThatNeedsNothing(gateway, call);

        assertThat(timed.longer()).isLessThan(UTMOST_PATIENCE);
        return timed.answer();
    }

    /** Whoever waits asks again and again; a moment of silence is no loss. */
    private void awaitStatus(Visitor visitor) {
        await().until(() -> visitor.polls(other).statusCode() == 200);
        assertThat(visitor.isActive(other)).isFalse();
    }

    private void theLineGoesInOneByOne(Visitor inside, List<Visitor> line) {
        Visitor leaver = inside;
        for (int i = 0; i < line.size(); i++) {
            Visitor next = line.get(i);
            leaver.leaves(gateway);
            await().until(() -> next.isActive(gateway));
            assertThat(line.subList(i + 1, line.size()))
                    .noneMatch(behind -> behind.isActive(gateway));
            leaver = next;
        }
    }

    private EmbeddedRedis masterOf(String room) {
        return redis.masterOf(key(room));
    }

    private static String key(String room) {
        return "wr:{" + room + "}:state";
    }

    /** Goes on joining and passing in the other shard, from now on. */
    private final class Elsewhere {

        private static final Set<String> GOOD = Set.of("join 201", "pass 200");

        private final AtomicBoolean running = new AtomicBoolean(true);
        private final List<String> answers = new CopyOnWriteArrayList<>();
        private final List<Beside.Timed> times = new CopyOnWriteArrayList<>();
        private final Thread people = Thread.startVirtualThread(this::comeAndGo);

        private void comeAndGo() {
            while (running.get()) {
                Visitor visitor = new Visitor(elsewhere);
                HttpResponse<String> joined = watched(() -> visitor.asksToJoin(gateway));
                answers.add("join " + joined.statusCode());
                if (joined.statusCode() == 201) {
                    String seats = "/" + elsewhere + "/seats";
                    answers.add("pass " + watched(() -> visitor.gets(gateway, seats)).statusCode());
                    answers.add("pass " + watched(() -> visitor.gets(other, seats)).statusCode());
                }
                LockSupport.parkNanos(BETWEEN_TWO.toNanos());
            }
        }

        private HttpResponse<String> watched(Supplier<HttpResponse<String>> call) {
            Beside.Timed timed = Beside.aRequestThatNeedsNothing(gateway, call);
            times.add(timed);
            return timed.answer();
        }

        /**
         * Of twenty one may meet a moment in which the machine itself stands still: a single call
         * of Redis that comes too late has the next ones refused, and on a busy machine one does
         * where nothing is frozen, too. Whoever waits for the shard that is gone is late each time.
         */
        void hasNoticedNothing() throws InterruptedException {
            await().until(() -> answers.size() >= 100);
            running.set(false);
            people.join();
            assertThat(answers)
                    .filteredOn(answer -> !GOOD.contains(answer))
                    .as("of %d", answers.size())
                    .hasSizeLessThanOrEqualTo(answers.size() / 20)
                    .allMatch(answer -> answer.endsWith(" 503"));
            assertThat(Beside.slowness(20, times)).isLessThan(PATIENCE);
        }
    }
}
