package dev.stagedoor.gateway.waitingroom.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.common.RoomId;
import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.gateway.Alone;
import dev.stagedoor.gateway.waitingroom.RoomSettings;

import io.lettuce.core.ClientOptions;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.data.redis.connection.RedisStandaloneConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceClientConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.data.redis.core.ReactiveStringRedisTemplate;

import reactor.core.Disposable;
import reactor.core.Disposables;

import java.io.Closeable;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** What is said in the rooms of one gateway. */
@Alone // it reads what all of this JVM log
@ExtendWith(OutputCaptureExtension.class)
class ChannelsTests {

    private static final int ROOMS = 50;

    private final EmbeddedRedis redis = EmbeddedRedis.start();
    private final Lines lines = new Lines(TestRedis.template(redis.url()), TestRedis.PATIENCE);
    private final Disposable.Composite listening = Disposables.composite();
    private final Map<String, Queue<String>> heard = new ConcurrentHashMap<>();

    @AfterEach
    void nobodyListensAnyMore() {
        listening.dispose();
        redis.close();
    }

    @Test
    void manyRoomsAreHeardOnOneConnectionAndEachOfThemOnlyWhatIsSaidThere() {
        List<String> rooms = IntStream.range(0, ROOMS).mapToObj(i -> "room-" + i).toList();
        rooms.forEach(this::listen);
        await().until(() -> connections() > 0);

        assertThat(rooms).allSatisfy(this::isHeard);

        assertThat(connections()).isOne();
        assertThat(rooms).allSatisfy(it -> assertThat(heard.get(it)).containsOnly("tick " + it));
    }

    @Test
    void aConnectionThatIsKilledComesBackForAll() {
        listen("one");
        listen("other");
        isHeard("one");
        redis.ask("CLIENT KILL TYPE pubsub");

        isHeard("one");
        isHeard("other");
        assertThat(connections()).isOne();
    }

    /** Who has heard nothing for too long goes: others may hear something where they are. */
    @Test
    void whoComesBackListensOnAnotherConnectionAndTheOldOneGoesWithTheLastOfTheOthers() {
        Disposable one = listen("one");
        Disposable other = listen("other");
        isHeard("one");
        isHeard("other");

        one.dispose();
        listen("one");

        await().until(() -> connections() == 2);
        isHeard("one");
        isHeard("other");
        other.dispose();
        await().until(() -> connections() == 1);
        isHeard("one");
        listen("other");
        isHeard("other");
        assertThat(connections()).isOne();
    }

    /** What has been asked for on it is still to come then. */
    @Test
    void whoGoesWhenAConnectionHasBrokenWhileItWasOpenedLeavesNoErrorBehind(CapturedOutput log)
            throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        try (ServerSocket server = new ServerSocket(0)) {
            Thread.ofVirtual().start(() -> untilSomebodyListens(server, asked));
            Lines there = new Lines(impatient(server.getLocalPort()), TestRedis.PATIENCE);
            Disposable one = listen(there, "one");
            assertThat(asked.await(20, TimeUnit.SECONDS)).isTrue();
            await().until(() -> log.getAll().contains("Cannot reconnect"));

            one.dispose();
        }

        assertThat(log).doesNotContain("onErrorDropped", "Nobody is left to be told");
    }

    /** As a gateway is: what cannot be sent fails. */
    private static ReactiveStringRedisTemplate impatient(int port) {
        ClientOptions options =
                ClientOptions.builder()
                        .disconnectedBehavior(ClientOptions.DisconnectedBehavior.REJECT_COMMANDS)
                        .build();
        LettuceConnectionFactory factory =
                new LettuceConnectionFactory(
                        new RedisStandaloneConfiguration("127.0.0.1", port),
                        LettuceClientConfiguration.builder().clientOptions(options).build());
        factory.afterPropertiesSet();
        factory.start();
        return new ReactiveStringRedisTemplate(factory);
    }

    /** Redis by another port, which hangs up on whoever wants to listen, and is gone. */
    private void untilSomebodyListens(ServerSocket server, CountDownLatch asked) {
        try {
            while (true) {
                Socket client = server.accept();
                Socket beyond = new Socket("127.0.0.1", redis.port());
                Thread.ofVirtual().start(() -> carry(beyond, client, () -> {}));
                Thread.ofVirtual()
                        .start(
                                () ->
                                        carry(
                                                client,
                                                beyond,
                                                () -> {
                                                    server.close();
                                                    client.close();
                                                    asked.countDown();
                                                }));
            }
        } catch (IOException _) {
            // it is gone
        }
    }

    private static void carry(Socket from, Socket to, Closeable end) {
        byte[] bytes = new byte[8_192];
        try {
            for (int n = from.getInputStream().read(bytes); n > 0; ) {
                if (new String(bytes, 0, n, StandardCharsets.ISO_8859_1).contains("SUBSCRIBE")) {
                    end.close();
                }
                to.getOutputStream().write(bytes, 0, n);
                n = from.getInputStream().read(bytes);
            }
        } catch (IOException _) {
            // hung up
        }
    }

    @Test
    void inAClusterTheTicksOfAllShardsAreHeard() {
        Lines shards = new Lines(TestRedis.CLUSTER.template(), TestRedis.PATIENCE);
        List<RoomId> rooms = Stream.generate(TestRedis::room).limit(6).toList();
        for (RoomId room : rooms) {
            shards.line(room).seed(RoomSettings.DEFAULTS, Duration.ZERO, Optional.empty()).block();
            listen(shards, room.name());
        }

        for (RoomId room : rooms) {
            await().until(
                            () -> {
                                shards.line(room).admit(false).block();
                                return !heard.get(room.name()).isEmpty();
                            });
            assertThat(heard.get(room.name())).allMatch(it -> it.startsWith("tick "));
        }
    }

    private Disposable listen(String room) {
        return listen(lines, room);
    }

    private Disposable listen(Lines where, String room) {
        heard.put(room, new ConcurrentLinkedQueue<>());
        Disposable it =
                where.line(new RoomId(room))
                        .events()
                        .onErrorComplete()
                        .subscribe(heard.get(room)::add);
        listening.add(it);
        return it;
    }

    /** At the latest when the connection is there. */
    private void isHeard(String room) {
        heard.get(room).clear();
        await().until(
                        () -> {
                            redis.ask("PUBLISH wr:{%1$s}:events \"tick %1$s\"".formatted(room));
                            return !heard.get(room).isEmpty();
                        });
    }

    private long connections() {
        return redis.ask("CLIENT LIST TYPE pubsub").lines().filter(it -> !it.isBlank()).count();
    }
}
