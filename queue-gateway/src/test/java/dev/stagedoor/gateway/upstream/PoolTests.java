package dev.stagedoor.gateway.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.gateway.RawUpstream;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscription;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.boot.ssl.DefaultSslBundleRegistry;

import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;
import reactor.netty.resources.LoopResources;

import java.io.IOException;
import java.lang.reflect.Proxy;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.Stream;

class PoolTests {

    private static final int TOGETHER = 5;
    private static final Duration LONG = Duration.ofSeconds(10);
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    private final RawUpstream upstream = new RawUpstream();
    private final LoopResources threads = LoopResources.create("pool-tests", 1, true);
    private final EventLoop loop = threads.onClient(true).next();
    private final CountDownLatch closed = new CountDownLatch(TOGETHER);

    @AfterEach
    void stop() throws IOException {
        threads.disposeLater(Duration.ZERO, LONG).block(LONG);
        upstream.close();
    }

    @Test
    void leavesNoIdleConnectionOpenWhenItIsClosed() throws InterruptedException {
        Pool pool = used(Duration.ofHours(1));

        pool.close();

        assertThatAllAreClosed();
    }

    @Test
    void closesWhatIsInUseWhenItIsClosedAfterTheAnswer() throws InterruptedException {
        CountDownLatch areThere = new CountDownLatch(TOGETHER);
        CountDownLatch end = new CountDownLatch(1);
        upstream.plays(
                connection -> {
                    RawUpstream.readHead(connection);
                    areThere.countDown();
                    end.await();
                    RawUpstream.say(connection, OK);
                    RawUpstream.waitForTheEnd(connection);
                    closed.countDown();
                });
        Pool pool = pool(Duration.ofHours(1));
        var asked = Stream.generate(() -> ask(pool).toFuture()).limit(TOGETHER).toList();
        assertThat(areThere.await(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();

        pool.close();
        end.countDown();

        assertThat(asked).allSatisfy(one -> assertThat(one).succeedsWithin(LONG).isEqualTo(200));
        assertThatAllAreClosed();
    }

    /** The other side may have closed it: the loop was too busy to do so in time. */
    @Test
    void usesNoConnectionThatNobodyHasUsedForLong() {
        AtomicInteger connections = new AtomicInteger();
        upstream.plays(
                connection -> {
                    connections.incrementAndGet();
                    RawUpstream.readHead(connection);
                    answersToTheEnd(connection);
                });
        Pool pool = pool(Duration.ofMillis(200));
        ask(pool).block(LONG);

        Mono.fromRunnable(() -> LockSupport.parkNanos(Duration.ofMillis(201).toNanos()))
                .then(ask(pool))
                .subscribeOn(Schedulers.fromExecutor(loop))
                .block(LONG);

        assertThat(connections).hasValue(2);
    }

    @Test
    void asksNothingForWhoeverHasGoneBeforeTheirConnectionWasThere() throws Exception {
        Queue<String> heads = new ConcurrentLinkedQueue<>();
        upstream.plays(
                connection -> {
                    heads.add(RawUpstream.readHead(connection));
                    answersToTheEnd(connection);
                });
        Pool pool = pool(Duration.ofHours(1), 1, threads, loop);
        loop.submit(() -> ask(pool, "gone").subscribe().dispose()).get();

        assertThat(ask(pool, "next").block(LONG)).isEqualTo(200);

        assertThat(heads).singleElement().asString().contains("/next");
    }

    @Test
    void closesConnectionsThatNobodyHasUsedForLong() throws InterruptedException {
        used(Duration.ofMillis(100));

        assertThatAllAreClosed();
    }

    /** However often one comes back: each look is followed by another. */
    @Test
    void oneTimerLooksForThoseThatNobodyHasUsedForLong() {
        upstream.plays(
                connection -> {
                    RawUpstream.readHead(connection);
                    answersToTheEnd(connection);
                });
        Duration idle = Duration.ofHours(1);
        AtomicInteger looks = new AtomicInteger();
        Pool pool =
                pool(
                        idle,
                        1,
                        threadsOf(threads.onChannelClass(SocketChannel.class, loop)),
                        counting(looks, idle.toNanos()));

        for (int i = 0; i < TOGETHER; i++) {
            assertThat(ask(pool).block(LONG)).isEqualTo(200);
        }

        assertThat(looks).hasValue(1);
    }

    private EventLoop counting(AtomicInteger timers, long after) {
        return (EventLoop)
                Proxy.newProxyInstance(
                        EventLoop.class.getClassLoader(),
                        new Class<?>[] {EventLoop.class},
                        (_, method, arguments) -> {
                            if (method.getName().equals("schedule") && arguments[1].equals(after)) {
                                timers.incrementAndGet();
                            }
                            return method.invoke(loop, arguments);
                        });
    }

    @Test
    void closesConnectionsOfAnswersThatCameBeforeTheEndOfTheRequest() throws InterruptedException {
        upstream.plays(connection -> answerAndWait(connection, OK));
        Pool pool = pool(Duration.ofHours(1));
        for (int i = 0; i < TOGETHER; i++) {
            Sinks.Many<ByteBuf> body = Sinks.many().unicast().onBackpressureBuffer();
            body.tryEmitNext(Unpooled.copiedBuffer("half", StandardCharsets.US_ASCII));
            HttpHeaders head = new DefaultHttpHeaders().set("Content-Length", "8");

            Exchange exchange = new Exchange(pool, HttpMethod.POST, "/", head, body.asFlux(), null);
            exchange.ask(
                    _ -> {
                        body.tryEmitComplete();
                        exchange.close();
                    });
        }

        assertThatAllAreClosed();
    }

    @Test
    void closesConnectionsOfAnotherProtocolThatNobodyTakesOver() throws InterruptedException {
        upstream.plays(
                connection ->
                        answerAndWait(
                                connection,
                                "HTTP/1.1 101 Switching Protocols\r\n"
                                        + "Connection: upgrade\r\nUpgrade: websocket\r\n"
                                        + "Sec-WebSocket-Accept: any\r\n\r\n"));
        Pool pool = pool(Duration.ofHours(1));
        for (int i = 0; i < TOGETHER; i++) {
            HttpHeaders head = new DefaultHttpHeaders().set("Upgrade", "websocket");

            new Exchange(pool, HttpMethod.GET, "/", head, null, null).ask(_ -> {});
        }

        assertThatAllAreClosed();
    }

    /** What nobody wanted yet was waited with: the next answer would be as well, and for ever. */
    @Test
    void readsOnAfterAnAnswerThatWasThereBeforeItWasWanted() throws Exception {
        AtomicInteger connections = new AtomicInteger();
        upstream.plays(
                connection -> {
                    connections.incrementAndGet();
                    RawUpstream.answer(
                            connection,
                            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                                    + "2\r\nok\r\n0\r\n\r\n");
                    RawUpstream.readHead(connection);
                    answersToTheEnd(connection);
                });
        Pool pool = pool(Duration.ofHours(1), 1, threads, loop);
        HttpHeaders head = new DefaultHttpHeaders();
        Exchange unwanted = new Exchange(pool, HttpMethod.GET, "/", head, null, null);
        unwanted.ask(_ -> {});
        await().until(() -> loop.submit(unwanted::isRead).get());
        unwanted.close();

        assertThat(ask(pool).block(LONG)).isEqualTo(200);

        assertThat(connections).hasValue(1);
    }

    @Test
    void saysNothingToAReaderThatHasNotBegun() throws Exception {
        CountDownLatch isAwaited = new CountDownLatch(1);
        upstream.plays(
                connection -> {
                    RawUpstream.readHead(connection);
                    RawUpstream.say(connection, "HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n");
                    isAwaited.await();
                });
        HttpHeaders head = new DefaultHttpHeaders();
        Exchange exchange =
                new Exchange(pool(Duration.ofHours(1)), HttpMethod.GET, "/", head, null, null);
        CompletableFuture<Void> told = new CompletableFuture<>();
        exchange.ask(_ -> told.complete(null));
        told.get(LONG.toSeconds(), TimeUnit.SECONDS);
        CompletableFuture<Throwable> end = new CompletableFuture<>();
        CompletableFuture<Boolean> isToldAtOnce = new CompletableFuture<>();

        exchange.to(new EmbeddedChannel())
                .subscribe(
                        new BaseSubscriber<>() {
                            @Override
                            protected void hookOnSubscribe(Subscription subscription) {
                                isAwaited.countDown();
                                await().until(() -> loop.submit(exchange::isOver).get());
                                isToldAtOnce.complete(end.isDone());
                            }

                            @Override
                            protected void hookOnError(Throwable failure) {
                                end.complete(failure);
                            }
                        });

        assertThat(end).succeedsWithin(LONG).isInstanceOf(IOException.class);
        assertThat(isToldAtOnce).isCompletedWithValue(false);
    }

    @Test
    void aLoopThatHasNoConnectionLeftTakesThoseOfAnother() throws InterruptedException {
        int ofOneLoop = 4;
        CountDownLatch taken = new CountDownLatch(ofOneLoop);
        upstream.plays(
                connection -> {
                    RawUpstream.readHead(connection);
                    if (taken.getCount() == 0) {
                        RawUpstream.say(connection, OK);
                    }
                    taken.countDown();
                    RawUpstream.waitForTheEnd(connection);
                });
        LoopResources two = LoopResources.create("two-loops", 2, true);
        UpstreamProperties properties =
                properties(Map.of("connections", 2 * ofOneLoop, "pending-timeout", LONG));
        Pools pools = ofTwoLoops(two, properties);
        Origin origin = properties.origin().orElseThrow();
        EventLoop crowded = two.onClient(true).next();
        Pool own = pools.of(Pools.Lane.ADMITTED, origin, crowded);
        for (int i = 0; i < ofOneLoop; i++) {
            ask(pools.of(Pools.Lane.ADMITTED, origin, crowded)).subscribe(_ -> {}, _ -> {});
        }
        assertThat(taken.await(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();

        assertThat(pools.of(Pools.Lane.ADMITTED, origin, crowded)).isNotSameAs(own);
        assertThat(ask(pools.of(Pools.Lane.ADMITTED, origin, crowded)).block(LONG)).isEqualTo(200);

        pools.close();
        two.disposeLater(Duration.ZERO, LONG).block(LONG);
    }

    @Test
    void onlySoManyConnectionsAsLeaveEachLoopSomeAreDivided() {
        assertThat(poolsOfTwoLoops(7)).hasSize(1);
        assertThat(poolsOfTwoLoops(8)).hasSize(2);
    }

    @Test
    void theLoopsHaveAsManyPlacesToWaitTogetherAsThereAre() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        upstream.plays(_ -> end.await());
        LoopResources two = LoopResources.create("two-loops", 2, true);
        UpstreamProperties properties =
                properties(Map.of("connections", 8, "pending", 4, "pending-timeout", LONG));
        Pools pools = ofTwoLoops(two, properties);
        EventLoop one = two.onClient(true).next();
        Pool pool = pools.of(Pools.Lane.ADMITTED, properties.origin().orElseThrow(), one);

        var asked = Stream.generate(() -> ask(pool).toFuture()).limit(4 + 3).toList();
        one.submit(() -> {}).get();

        assertThat(asked.subList(0, 6)).noneMatch(CompletableFuture::isDone);
        assertThat(asked.getLast()).isCompletedExceptionally();
        end.countDown();
        pools.close();
        two.disposeLater(Duration.ZERO, LONG).block(LONG);
    }

    private static Pools ofTwoLoops(LoopResources two, UpstreamProperties properties) {
        return new Pools(
                properties, new DefaultSslBundleRegistry(), two, ByteBufAllocator.DEFAULT, 2);
    }

    private Set<Pool> poolsOfTwoLoops(int connections) {
        LoopResources two = LoopResources.create("two-loops", 2, true);
        UpstreamProperties properties = properties(Map.of("connections", connections));
        Pools pools = ofTwoLoops(two, properties);
        Origin origin = properties.origin().orElseThrow();
        EventLoopGroup loops = two.onClient(true);
        Set<Pool> used =
                Stream.of(loops.next(), loops.next())
                        .map(loop -> pools.of(Pools.Lane.ADMITTED, origin, loop))
                        .collect(Collectors.toSet());
        pools.close();
        two.disposeLater(Duration.ZERO, LONG).block(LONG);
        return used;
    }

    @Test
    void noClientHasMoreThanHalfOfWhatThereIsAndOthersNeedNotWaitForIt() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        keepsTheGreedyWaitingUntil(end);
        Pool pool = pool(properties(Map.of("pending-timeout", LONG)), TOGETHER, threads, loop);
        List<CompletableFuture<Integer>> greedy =
                Stream.generate(() -> ask(pool, "greedy").toFuture()).limit(8).toList();

        assertThat(ask(pool, "other").block(LONG)).isEqualTo(200);

        assertThat(greedy.subList(6, 8))
                .allSatisfy(
                        one -> assertThatThrownBy(one::join).hasCauseInstanceOf(Pool.Busy.class));
        end.countDown();
        assertThat(greedy.subList(0, 6))
                .allSatisfy(one -> assertThat(one.get(10, TimeUnit.SECONDS)).isEqualTo(200));
    }

    /** Each took its half before, and all others waited for them. */
    @Test
    void whoeverComesAfterTwoWhoAreGreedyNeedNotWait() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        keepsTheGreedyWaitingUntil(end);
        Pool pool = pool(properties(Map.of("pending-timeout", LONG)), 4, threads, loop);
        var greedy =
                Stream.of("greedy", "greedy", "too-greedy", "too-greedy")
                        .map(client -> ask(pool, client).toFuture())
                        .toList();

        assertThat(ask(pool, "other").block(LONG)).isEqualTo(200);

        assertThat(greedy).noneMatch(CompletableFuture::isDone);
        end.countDown();
        for (CompletableFuture<Integer> one : greedy) {
            assertThat(one.get(10, TimeUnit.SECONDS)).isEqualTo(200);
        }
    }

    /** Each took half of what was left, and kept it: with the fifth of them nothing was. */
    @Test
    void whoeverComesAfterMoreOfThemFindsOneOfThoseForFirstOnes() throws Exception {
        int most = 16;
        CountDownLatch end = new CountDownLatch(1);
        keepsTheGreedyWaitingUntil(end);
        Pool pool = pool(properties(Map.of("pending-timeout", LONG)), most, threads, loop);
        for (String client : List.of("greedy-1", "greedy-2", "greedy-3", "greedy-4", "greedy-5")) {
            for (int i = 0; i < most; i++) {
                ask(pool, client).subscribe(_ -> {}, _ -> {});
            }
        }

        assertThat(ask(pool, "other").block(LONG)).isEqualTo(200);

        end.countDown();
    }

    @Test
    void whoeverHasTheirHalfIsPassedOverByOthersWhoWait() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        CountDownLatch allWait = new CountDownLatch(1);
        upstream.plays(
                connection -> {
                    String head = RawUpstream.readHead(connection);
                    (head.contains("greedy") ? end : allWait).await();
                    answersToTheEnd(connection);
                });
        Pool pool = pool(properties(Map.of("pending-timeout", LONG)), 2, threads, loop);
        var greedy =
                Stream.of("greedy", "first", "greedy")
                        .map(client -> ask(pool, client).toFuture())
                        .toList();
        CompletableFuture<Integer> second = ask(pool, "second").toFuture();
        allWait.countDown();

        assertThat(second.get(10, TimeUnit.SECONDS)).isEqualTo(200);

        assertThat(greedy.getLast()).isNotDone();
        end.countDown();
        assertThat(greedy.getLast().get(10, TimeUnit.SECONDS)).isEqualTo(200);
    }

    @Test
    void whoeverHasGoneWaitsNoLonger() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        upstream.plays(
                connection -> {
                    RawUpstream.readHead(connection);
                    end.await();
                    answersToTheEnd(connection);
                });
        Pool pool = pool(properties(Map.of("pending-timeout", LONG)), 1, threads, loop);
        ask(pool).subscribe();
        for (int i = 0; i < TOGETHER; i++) {
            ask(pool).subscribe().dispose();
        }

        var waiting = Stream.generate(() -> ask(pool).toFuture()).limit(TOGETHER).toList();
        CompletableFuture<Integer> oneMore = ask(pool).toFuture();
        loop.submit(() -> {}).get();

        assertThat(oneMore).isCompletedExceptionally();
        end.countDown();
        for (CompletableFuture<Integer> one : waiting) {
            assertThat(one.get(10, TimeUnit.SECONDS)).isEqualTo(200);
        }
    }

    @Test
    void whoeverHasWaitedForAConnectionHasItAsOneOfTheirs() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        CountDownLatch two = new CountDownLatch(1);
        AtomicInteger first = new AtomicInteger();
        upstream.plays(
                connection -> {
                    RawUpstream.readHead(connection);
                    (first.incrementAndGet() > 2 ? end : two).await();
                    RawUpstream.say(connection, OK);
                    if (RawUpstream.readHead(connection).contains("greedy")) {
                        end.await();
                    }
                    answersToTheEnd(connection);
                });
        Pool pool = pool(properties(Map.of("pending-timeout", LONG)), 3, threads, loop);
        Flux.range(0, 3).flatMap(_ -> ask(pool)).subscribe();
        Flux.range(0, 2).flatMap(_ -> ask(pool, "greedy")).subscribe();
        await().until(() -> first.get() == 3);
        two.countDown();

        assertThat(ask(pool, "other").block(LONG)).isEqualTo(200);

        end.countDown();
    }

    @Test
    void whoeverTakesIdleConnectionsHasThemAsTheirs() {
        CountDownLatch end = new CountDownLatch(1);
        CountDownLatch all = new CountDownLatch(3);
        upstream.plays(
                connection -> {
                    RawUpstream.readHead(connection);
                    all.countDown();
                    all.await();
                    RawUpstream.say(connection, OK);
                    if (RawUpstream.readHead(connection).contains("greedy")) {
                        end.await();
                    }
                    answersToTheEnd(connection);
                });
        Pool pool = pool(properties(Map.of("pending-timeout", LONG)), 3, threads, loop);
        Flux.range(0, 3).flatMap(_ -> ask(pool)).blockLast(LONG);
        Flux.range(0, 3).flatMap(_ -> ask(pool, "greedy")).subscribe();

        assertThat(ask(pool, "other").block(LONG)).isEqualTo(200);

        end.countDown();
    }

    private void keepsTheGreedyWaitingUntil(CountDownLatch end) {
        upstream.plays(
                connection -> {
                    if (RawUpstream.readHead(connection).contains("greedy")) {
                        end.await();
                    }
                    answersToTheEnd(connection);
                });
    }

    private static void answersToTheEnd(Socket connection) throws IOException {
        RawUpstream.say(connection, OK);
        while (connection.getInputStream().read() >= 0) {
            if (connection.getInputStream().available() == 0) {
                RawUpstream.say(connection, OK); // to the next request
            }
        }
    }

    /** As when there are no more file descriptors. */
    @Test
    void countsNoConnectionThatCouldNotBeMade() {
        upstream.answersAndWaits(OK);
        Pool pool =
                pool(
                        Duration.ofHours(1),
                        1,
                        threadsOf(Unlucky.class),
                        threads.onClient(false).next());
        Unlucky.isNow = true;
        for (int i = 0; i < TOGETHER; i++) {
            assertThatThrownBy(() -> ask(pool).block(LONG)).isInstanceOf(ChannelException.class);
        }

        Unlucky.isNow = false;

        assertThat(ask(pool).block(LONG)).isEqualTo(200);
    }

    /** Those who wait for a connection are told as well, and not only that it took too long. */
    @Test
    void tellsEverybodyWhoWaitsThatNoConnectionCanBeMade() throws Exception {
        CountDownLatch isWaitedFor = new CountDownLatch(1);
        upstream.plays(
                connection -> {
                    RawUpstream.readHead(connection);
                    isWaitedFor.await();
                });
        Pool pool =
                pool(
                        Duration.ofHours(1),
                        1,
                        threadsOf(Unlucky.class),
                        threads.onClient(false).next());
        List<CompletableFuture<Integer>> asked =
                Stream.generate(() -> ask(pool).toFuture()).limit(TOGETHER).toList();
        Unlucky.isNow = true;

        isWaitedFor.countDown();

        for (CompletableFuture<Integer> one : asked.subList(1, TOGETHER)) {
            assertThatThrownBy(() -> one.get(LONG.toSeconds(), TimeUnit.SECONDS))
                    .hasCauseInstanceOf(ChannelException.class);
        }
    }

    private LoopResources threadsOf(Class<?> channels) {
        return new LoopResources() {
            @Override
            public EventLoopGroup onServer(boolean useNative) {
                return threads.onServer(useNative);
            }

            @Override
            @SuppressWarnings("unchecked")
            public <C extends Channel> Class<? extends C> onChannelClass(
                    Class<C> kind, EventLoopGroup group) {
                return (Class<? extends C>) channels;
            }
        };
    }

    public static final class Unlucky extends NioSocketChannel {

        private static volatile boolean isNow;

        public Unlucky() {
            if (isNow) {
                throw new ChannelException("Too many open files");
            }
        }
    }

    private void answerAndWait(Socket connection, String answer) throws IOException {
        RawUpstream.answer(connection, answer);
        RawUpstream.waitForTheEnd(connection);
        closed.countDown();
    }

    /** With as many connections as may be open, all of them idle. */
    private Pool used(Duration idleTimeout) {
        CountDownLatch asked = new CountDownLatch(TOGETHER);
        upstream.plays(
                connection -> {
                    RawUpstream.readHead(connection);
                    asked.countDown();
                    asked.await();
                    RawUpstream.say(connection, OK);
                    RawUpstream.waitForTheEnd(connection);
                    closed.countDown();
                });
        Pool pool = pool(idleTimeout);
        Flux.range(0, TOGETHER).flatMap(_ -> ask(pool)).blockLast(LONG);
        return pool;
    }

    private void assertThatAllAreClosed() throws InterruptedException {
        assertThat(closed.await(LONG.toSeconds(), TimeUnit.SECONDS)).as("all are closed").isTrue();
    }

    private Pool pool(Duration idleTimeout) {
        return pool(idleTimeout, TOGETHER, threads, loop);
    }

    private Pool pool(Duration idleTimeout, int most, LoopResources threads, EventLoop loop) {
        return pool(properties(Map.of("idle-timeout", idleTimeout)), most, threads, loop);
    }

    private static Pool pool(
            UpstreamProperties properties, int most, LoopResources threads, EventLoop loop) {
        Origin origin = properties.origin().orElseThrow();
        return new Pool(
                origin, null, properties, most, TOGETHER, threads, ByteBufAllocator.DEFAULT, loop);
    }

    private UpstreamProperties properties(Map<String, Object> settings) {
        Map<String, Object> all = new HashMap<>(settings);
        all.put("url", upstream.url());
        return new Binder(new MapConfigurationPropertySource(all))
                .bind("", UpstreamProperties.class)
                .get();
    }

    private static Mono<Integer> ask(Pool pool) {
        return ask(pool, null);
    }

    private static Mono<Integer> ask(Pool pool, @Nullable String client) {
        Exchange exchange =
                new Exchange(
                        pool, HttpMethod.GET, "/" + client, new DefaultHttpHeaders(), null, client);
        return Mono.<Integer>create(
                        sink ->
                                exchange.ask(
                                        failure -> {
                                            if (failure == null) {
                                                sink.success(exchange.head().status().code());
                                            } else {
                                                sink.error(failure);
                                            }
                                        }))
                .doFinally(_ -> exchange.close());
    }
}
