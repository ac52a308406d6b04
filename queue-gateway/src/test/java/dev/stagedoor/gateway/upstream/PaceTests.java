package dev.stagedoor.gateway.upstream;

import static io.netty.handler.codec.http.HttpResponseStatus.OK;
import static io.netty.handler.codec.http.HttpVersion.HTTP_1_1;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.gateway.RawUpstream;
import dev.stagedoor.gateway.connection.RandomBytes;
import dev.stagedoor.gateway.upstream.LongBody.Pace;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.HttpMethod;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

import reactor.core.publisher.Flux;
import reactor.netty.resources.LoopResources;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/** What goes on to a client that is written to on the same event loop, or on another one. */
class PaceTests {

    private static final int LARGE = 64 << 20;
    private static final String HEAD = "HTTP/1.1 200 OK\r\nContent-Length: " + LARGE + "\r\n\r\n";
    private static final int PARTS_AT_ONCE = 128;
    private static final int MORE_THAN_ALLOWED = 256 << 10;
    private static final Duration LONG = Duration.ofSeconds(20);

    private final RawUpstream upstream = new RawUpstream();
    private final LoopResources threads = LoopResources.create("pace-tests", 2, true);
    private final EventLoop loop = threads.onClient(false).next();
    private final EventLoop other = threads.onClient(false).next();

    private ServerSocket clients;
    private Socket reader;

    @BeforeEach
    void open() throws IOException {
        clients = new ServerSocket(0);
    }

    @AfterEach
    void stop() throws Exception {
        other.submit(() -> {}).get(); // what it has still to tell the pool
        reader.close();
        clients.close();
        threads.disposeLater(Duration.ZERO, LONG).block(LONG);
        upstream.close();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void allOfALargeAnswerArrivesAtAClientThatReadsOn(boolean onTheSameLoop) throws Exception {
        RandomBytes body = new RandomBytes(LARGE);
        upstream.plays(
                connection -> {
                    RawUpstream.readHead(connection);
                    OutputStream out = connection.getOutputStream();
                    RawUpstream.say(connection, HEAD);
                    for (byte[] part : body.parts().toIterable()) {
                        out.write(part);
                    }
                });
        Channel client = client(onTheSameLoop ? loop : other);
        Exchange exchange = exchange();

        exchange.ask(
                _ ->
                        Flux.from(exchange.to(client))
                                .limitRate(PARTS_AT_ONCE)
                                .subscribe(client::writeAndFlush));

        InputStream in = reader.getInputStream();
        for (int left = LARGE; left > 0; ) {
            byte[] part = in.readNBytes(Math.min(left, 8 << 10));
            body.arrives(part);
            left -= part.length;
        }
        assertThat(body.hasArrivedWhole()).isTrue();
        exchange.close();
    }

    /** Not even where the end of it has come while they were given the last of what they wanted. */
    @Test
    void whoeverWantsNoMoreOfAnAnswerIsToldNoMoreOfIt() throws Exception {
        Channel client = client(loop);
        Exchange exchange = exchange();
        Satisfied reader = new Satisfied();
        CountDownLatch isAsked = new CountDownLatch(1);
        upstream.plays(
                connection -> {
                    RawUpstream.readHead(connection);
                    isAsked.countDown();
                    RawUpstream.waitForTheEnd(connection);
                });
        exchange.ask(_ -> {});
        await().until(() -> isAsked.getCount() == 0);

        loop.submit(
                        () -> {
                            exchange.arrived(new DefaultHttpResponse(HTTP_1_1, OK));
                            exchange.to(client).subscribe(reader);
                            ByteBuf all = Unpooled.copiedBuffer("all", StandardCharsets.US_ASCII);
                            exchange.arrived(new DefaultLastHttpContent(all));
                            reader.subscription.request(1);
                        })
                .get();

        assertThat(reader.told).containsExactly("a part");
        exchange.close();
    }

    /** Wants one part, and no more. */
    private static final class Satisfied implements Subscriber<ByteBuf> {

        private final List<String> told = new ArrayList<>();
        private Subscription subscription;

        @Override
        public void onSubscribe(Subscription subscription) {
            this.subscription = subscription;
        }

        @Override
        public void onNext(ByteBuf part) {
            told.add("a part");
            part.release();
            subscription.cancel();
        }

        @Override
        public void onError(Throwable error) {
            told.add("an error");
        }

        @Override
        public void onComplete() {
            told.add("the end");
        }
    }

    /** As one has that asks for a long answer before it has taken in the one before it. */
    @Test
    void aClientThatTakesAllWhileItsPaceIsBeingLookedForIsNotForgotten() throws Exception {
        Channel client = client(other);
        CountDownLatch isBusy = new CountDownLatch(1);
        AtomicInteger asked = new AtomicInteger();
        other.submit(() -> client.write(Unpooled.wrappedBuffer(new byte[MORE_THAN_ALLOWED]))).get();
        other.execute(
                () -> {
                    await().until(() -> isBusy.getCount() == 0);
                    client.flush();
                });
        Pace pace = Pace.of(client, asked::incrementAndGet);
        assertThat(pace.allows()).isFalse();

        isBusy.countDown();

        reader.getInputStream().readNBytes(MORE_THAN_ALLOWED);
        await().until(pace::allows);
        await().until(() -> asked.get() > 0);
    }

    @Test
    void aClientOfAnotherThreadAsksOnceForAllThatItHasWritten() throws Exception {
        Channel client = client(other);
        AtomicInteger asked = new AtomicInteger();
        Pace pace = Pace.of(client, asked::incrementAndGet);
        other.submit(() -> asked.set(0)).get(); // it has, when it was looked for
        CountDownLatch isBusy = new CountDownLatch(1);
        other.execute(() -> await().until(() -> isBusy.getCount() == 0));
        while (pace.allows()) {
            pace.hasHandedOut(8 << 10);
        }

        isBusy.countDown();

        other.submit(() -> {}).get();
        assertThat(asked).hasValue(1);
        assertThat(pace.allows()).isTrue();
    }

    @Test
    void whatOneReadBringsGoesOnAsOnePart() throws IOException {
        reader = new Socket();
        EmbeddedChannel channel = new EmbeddedChannel(new Connection(null, null).codec());
        ByteBuf read = Unpooled.buffer().writeBytes(HEAD.getBytes(StandardCharsets.US_ASCII));

        channel.writeInbound(read.writeZero((64 << 10) - read.readableBytes()));

        assertThat(channel.inboundMessages()).hasSize(2);
        channel.finishAndReleaseAll();
    }

    private Channel client(EventLoop loop) throws Exception {
        Channel channel =
                new Bootstrap()
                        .group(loop)
                        .channel(NioSocketChannel.class)
                        .handler(new ChannelInboundHandlerAdapter())
                        .connect(clients.getLocalSocketAddress())
                        .sync()
                        .channel();
        reader = clients.accept();
        reader.setSoTimeout((int) LONG.toMillis());
        return channel;
    }

    private Exchange exchange() {
        UpstreamProperties properties =
                new Binder(new MapConfigurationPropertySource(Map.of("url", upstream.url())))
                        .bind("", UpstreamProperties.class)
                        .get();
        Pool pool =
                new Pool(
                        properties.origin().orElseThrow(),
                        null,
                        properties,
                        1,
                        1,
                        threads,
                        ByteBufAllocator.DEFAULT,
                        loop);
        return new Exchange(pool, HttpMethod.GET, "/", new DefaultHttpHeaders(), null, null);
    }
}
