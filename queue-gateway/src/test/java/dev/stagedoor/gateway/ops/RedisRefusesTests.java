package dev.stagedoor.gateway.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.gateway.Alone;
import dev.stagedoor.gateway.Gateways;
import dev.stagedoor.gateway.Upstream;
import dev.stagedoor.gateway.Visitor;

import io.micrometer.core.instrument.MeterRegistry;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;

import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.IntStream;

/** Redis answers, but will not do what it is told: what it says is what operators are told. */
@Alone // it reads what all of this JVM log
@ExtendWith(OutputCaptureExtension.class)
class RedisRefusesTests {

    private static final String MAIN = "/ops/api/rooms/main";

    private EmbeddedRedis redis;
    private Upstream upstream;
    private ConfigurableApplicationContext gateway;
    private OperatorClient operator;
    private final Visitor inside = new Visitor("main");
    private final Visitor next = new Visitor("main");
    private final Visitor last = new Visitor("main");

    @BeforeEach
    void aSaleIsGoingOn() {
        redis = EmbeddedRedis.start("--maxmemory-policy", "noeviction");
        upstream = new Upstream();
        gateway =
                Gateways.startOn(
                        redis.url(),
                        upstream.url(),
                        "stagedoor.ops.password=" + OperatorClient.PASSWORD,
                        "stagedoor.rooms.main.capacity=1",
                        "stagedoor.rooms.main.interval=100ms");
        operator = new OperatorClient(gateway);
        inside.joins(gateway);
        next.joins(gateway);
        last.joins(gateway);
    }

    @AfterEach
    void theSaleIsOver() {
        gateway.close();
        upstream.close();
        redis.close();
    }

    @Test
    void aFullRedisTurnsNewcomersAwayAndNothingElse() {
        redis.ask("CONFIG SET maxmemory 1");
        isSaid("full");

        HttpResponse<String> refused = new Visitor("main").asksToJoin(gateway);

        assertThat(refused.statusCode()).isEqualTo(503);
        assertThat(refused.body()).contains("\"queue-full\"");
        assertThat(refused.headers().firstValue("Retry-After")).isPresent();
        assertThat(last.asksToJoin(gateway).statusCode()).isEqualTo(200);
        inside.leaves(gateway);
        await().until(() -> next.isActive(gateway));
        operator.patch(MAIN + "/settings", "{\"mode\":\"HOLD\"}");
        operator.post(
                "/ops/api/revoke", "{\"room\":\"main\",\"user\":\"%s\"}".formatted(next.user()));
        assertThat(last.status(gateway).get("notice").asString()).isEqualTo("HOLD");
        redis.ask(
                "EVAL \"redis.call('DEL', KEYS[2]) redis.call('HSET', KEYS[1], 'mode', 'AUTO')\""
                        + " 2 wr:{main}:state wr:{main}:ended:");
        await().until(() -> last.isActive(gateway));

        redis.ask("CONFIG SET maxmemory 0");
        isSaid("up");
        assertThat(new Visitor("main").asksToJoin(gateway).statusCode()).isEqualTo(201);
    }

    /** Whoever joins hears that it is full; who waits need only come again. */
    @Test
    void whosePlaceAnotherServerHasLostIsToldToAskAgainWhileRedisIsFull() {
        redis.ask("CONFIG SET maxmemory 1");
        isSaid("full");
        redis.ask(
                "EVAL \"redis.call('DEL', KEYS[3]) redis.call('ZREM', KEYS[2], ARGV[1])"
                        + " redis.call('HINCRBY', KEYS[1], 'sequence', -1)"
                        + " redis.call('HSET', KEYS[1], 'server', 'another')\""
                        + " 3 wr:{main}:state wr:{main}:waiting wr:{main}:ended: "
                        + last.user());

        await().until(() -> last.polls(gateway).statusCode() == 503);
        assertThat(last.polls(gateway).body()).contains("\"queue-unavailable\"");

        redis.ask("CONFIG SET maxmemory 0");
        await().until(() -> last.polls(gateway).statusCode() == 200);
    }

    @Test
    void aFailedSnapshotIsCalledByItsName(CapturedOutput log) throws Exception {
        Path directory = Path.of(redis.ask("CONFIG GET dir").lines().toList().getLast().strip());
        Files.delete(directory);
        Files.createDirectory(directory); // another one: the server stays in the one that is gone
        redis.ask("CONFIG SET save \"1 1\"");
        redis.ask("BGSAVE");

        isSaid("snapshot-failed");

        assertThat(new Visitor("main").asksToJoin(gateway).statusCode()).isEqualTo(503);
        assertThat(inside.isActive(gateway)).isTrue();
        saysSoNowAndThen(log, "MISCONF");
        pollsAreAnsweredByAGatewayThatHasSeenNoTick();
        redis.ask("CONFIG SET stop-writes-on-bgsave-error no");
        isSaid("up");
    }

    /** Where nothing else is written, as in {@code compose.yaml}. */
    @Test
    void anAppendOnlyFileThatCannotBeWrittenIsHelpedByTheLineOfTheRunbook() throws Exception {
        Path full = Path.of("/dev/full");
        assumeTrue(Files.exists(full), "nothing here is always full");
        Path directory = Path.of(redis.ask("CONFIG GET dir").lines().toList().getLast().strip());
        Path files = Files.createDirectories(directory.resolve("appendonlydir"));
        Files.createSymbolicLink(files.resolve("temp-appendonly.aof.incr"), full);
        redis.ask("CONFIG SET save \"\"");
        redis.ask("CONFIG SET stop-writes-on-bgsave-error no");
        redis.ask("CONFIG SET appendonly yes");

        isSaid("snapshot-failed");

        assertThat(new Visitor("main").asksToJoin(gateway).statusCode()).isEqualTo(503);
        assertThat(inside.isActive(gateway)).isTrue();
        String help = "CONFIG SET appendonly no";
        assertThat(Path.of("../docs/operations.md")).content().contains("`" + help + "`");
        redis.ask(help);
        isSaid("up");
    }

    @Test
    void aMissingReplicaIsCalledByItsName(CapturedOutput log) {
        redis.ask("CONFIG SET min-replicas-to-write 1");

        isSaid("without-replicas");

        assertThat(inside.isActive(gateway)).isTrue();
        saysSoNowAndThen(log, "NOREPLICAS");
        redis.ask("CONFIG SET min-replicas-to-write 0");
        isSaid("up");
    }

    @Test
    void aMissingPermissionIsCalledByItsName(CapturedOutput log) {
        redis.ask("ACL SETUSER default -hset");

        isSaid("forbidden");

        saysSoNowAndThen(log, "run this command");
        redis.ask("ACL SETUSER default +hset");
        isSaid("up");
    }

    @Test
    void aReplicaIsCalledByItsName(CapturedOutput log) {
        redis.ask("REPLICAOF 127.0.0.1 1");

        isSaid("read-only");

        assertThat(inside.isActive(gateway)).isTrue();
        saysSoNowAndThen(log, "READONLY");
        redis.ask("REPLICAOF NO ONE");
        isSaid("up");
    }

    private void isSaid(String state) {
        await().until(() -> operator.get(MAIN).get("redis").asString().equals(state));
        if (!state.equals("up")) {
            assertThat(
                            gateway.getBean(MeterRegistry.class)
                                    .get("stagedoor.queue.redis.trouble")
                                    .tags("room", "main", "trouble", state)
                                    .gauge()
                                    .value())
                    .isEqualTo(1);
        }
    }

    /** As by one whose last tick is too long ago. */
    private void pollsAreAnsweredByAGatewayThatHasSeenNoTick() {
        try (ConfigurableApplicationContext another =
                Gateways.startOn(redis.url(), upstream.url())) {
            assertThat(next.status(another).get("position").asInt()).isEqualTo(1);
        }
    }

    /** Of the room, however many commands are refused; what looks after all rooms has a say too. */
    private void saysSoNowAndThen(CapturedOutput log, String what) {
        IntStream.range(0, 20).forEach(_ -> new Visitor("main").asksToJoin(gateway));
        assertThat(log.getOut().lines())
                .filteredOn(line -> line.contains(" main: ") && line.contains(what))
                .hasSize(1);
    }
}
