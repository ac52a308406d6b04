package dev.stagedoor.gateway.rehearsal;

import dev.stagedoor.common.UserId;
import dev.stagedoor.common.rehearsal.Act;
import dev.stagedoor.common.rehearsal.BeforeReady;
import dev.stagedoor.common.rehearsal.Rehearsal;
import dev.stagedoor.common.rehearsal.Rehearsal.Played;
import dev.stagedoor.gateway.GatewayProperties;
import dev.stagedoor.gateway.token.QueueTokens;
import dev.stagedoor.gateway.waitingroom.RoomView;
import dev.stagedoor.gateway.waitingroom.Ticket;
import dev.stagedoor.gateway.waitingroom.redis.Lines;
import dev.stagedoor.gateway.waitingroom.room.Room;
import dev.stagedoor.gateway.waitingroom.room.Rooms;

import io.netty.channel.Channel;

import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.reactor.netty.NettyRouteProvider;
import org.springframework.boot.reactor.netty.NettyServerCustomizer;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.http.client.ReactorResourceFactory;
import org.springframework.stereotype.Component;

import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.netty.DisposableServer;
import reactor.netty.resources.LoopResources;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * Between the opening of the ports and the word that this gateway is ready: polls, forwards,
 * refusals, pages and joins, by header and by cookie, from this gateway's own loopback.
 */
@Component
@ConditionalOnBooleanProperty(name = "stagedoor.rehearsal", matchIfMissing = true)
final class Rehearsing extends BeforeReady {

    private static final int VISITORS = 64;
    private static final Duration TICK = Duration.ofMillis(500);

    /** As a browser has them. */
    private static final Map<String, String> BROWSER =
            Map.of(
                    "User-Agent", "Mozilla/5.0 (X11; Linux x86_64) rehearsal",
                    "Accept-Language", "en-US,en;q=0.5",
                    "Accept-Encoding", "gzip, deflate, br",
                    "Sec-Fetch-Site", "same-origin",
                    "Referer", "http://127.0.0.1/shop",
                    "Cache-Control", "no-cache");

    private static final Map<String, String> JSON = Map.of("Content-Type", "application/json");

    private final ConfigurableApplicationContext gateway;

    Rehearsing(ConfigurableApplicationContext gateway) {
        super(gateway);
        this.gateway = gateway;
    }

    @Override
    protected Played rehearse() {
        LoopResources threads = gateway.getBean(ReactorResourceFactory.class).getLoopResources();
        Channel site = Site.open(threads);
        int port = ((InetSocketAddress) site.localAddress()).getPort();
        try (var rehearsed = below(RehearsedGateway.class, settings(port))) {
            return played(rehearsed, threads);
        } finally {
            site.close().syncUninterruptibly();
        }
    }

    /** Before those of the gateway: who plays is alone, and none of the site's visitors. */
    private static Map<String, Object> settings(int site) {
        return Map.of(
                "stagedoor.upstream.url", "http://127.0.0.1:" + site,
                "stagedoor.gateway.unlimited-addresses", "127.0.0.0/8",
                "stagedoor.gateway.open-paths-per-second", "1000000",
                "stagedoor.gateway.allowed-hosts", "",
                "stagedoor.gateway.cors-origins", "");
    }

    private Played played(AnnotationConfigApplicationContext rehearsed, LoopResources threads) {
        Room room = rehearsed.getBean(Rooms.class).find(RehearsedGateway.ROOM).orElseThrow();
        Disposable listening = room.upkeep().listen().subscribe();
        Disposable ticking =
                Flux.interval(TICK)
                        .onBackpressureDrop()
                        .concatMap(_ -> room.upkeep().tick().then(room.upkeep().flush()), 0)
                        .subscribe();
        DisposableServer door =
                guarded(rehearsed.getBeanProvider(NettyServerCustomizer.class), threads)
                        .route(rehearsed.getBean(NettyRouteProvider.class)::apply)
                        .bindNow();
        try {
            return room.upkeep()
                    .tick()
                    .flatMap(
                            view ->
                                    Rehearsal.play(
                                            acts(rehearsed, view, Rehearsing::once),
                                            acts(rehearsed, view, Rehearsing::often),
                                            door.port(),
                                            threads))
                    .toFuture()
                    .join();
        } finally {
            ticking.dispose();
            listening.dispose();
            door.disposeNow();
        }
    }

    private interface Visit {
        Stream<Act> of(String line, String inside, String waiting);
    }

    private static List<Act> acts(
            AnnotationConfigApplicationContext rehearsed, RoomView view, Visit visit) {
        QueueTokens tokens = rehearsed.getBean(QueueTokens.class);
        String line = rehearsed.getBean(GatewayProperties.class).prefix() + "/tokens";
        return LongStream.rangeClosed(1, VISITORS)
                .boxed()
                .flatMap(
                        i ->
                                visit.of(
                                        line,
                                        token(tokens, i, view.epoch()),
                                        token(tokens, Lines.REHEARSED_INSIDE + i, view.epoch())))
                .toList();
    }

    /** What most of a rush consists of, and what is therefore to be compiled. */
    private static Stream<Act> often(String line, String inside, String waiting) {
        return Stream.of(
                Act.get(line + "/current", byHeader(waiting), 200),
                Act.get(line + "/current", byCookie(waiting), 200),
                Act.get("/rehearsal", byHeader(inside), 200),
                Act.get("/rehearsal", byCookie(inside), 200),
                Act.post(line, Map.of(), "", 201));
    }

    private static Stream<Act> once(String line, String inside, String waiting) {
        return Stream.of(
                Act.post(line, JSON, "{\"room\":\"" + RehearsedGateway.ROOM + "\"}", 201),
                Act.post("/rehearsal", byCookie(inside), Site.PAGE, 200),
                Act.get("/", byCookie("none"), 200),
                Act.get("/rehearsal", Map.of(), 401),
                Act.get("/rehearsal", byHeader(waiting), 429),
                Act.get("/rehearsal", asAPage(waiting), 202),
                Act.post(line, byCookie("none"), "", 201));
    }

    private static String token(QueueTokens tokens, long sequence, long epoch) {
        return tokens.sign(new Ticket(RehearsedGateway.ROOM, UserId.random(), sequence, epoch));
    }

    private static Map<String, String> byHeader(String token) {
        return Map.of("Queue-Token", token);
    }

    private static Map<String, String> byCookie(String token) {
        Map<String, String> headers = new LinkedHashMap<>(BROWSER);
        headers.put("Accept", "*/*");
        headers.put("Cookie", "theme=dark; queue-" + RehearsedGateway.ROOM + "=" + token);
        return headers;
    }

    private static Map<String, String> asAPage(String token) {
        Map<String, String> headers = new LinkedHashMap<>(byCookie(token));
        headers.put("Accept", "text/html,application/xhtml+xml");
        headers.put("Sec-Fetch-Dest", "document");
        return headers;
    }
}
