package dev.stagedoor.booking.rehearsal;

import dev.stagedoor.booking.catalogue.ScheduleId;
import dev.stagedoor.booking.seat.LockSettings;
import dev.stagedoor.booking.seat.SeatLock;
import dev.stagedoor.boot.PassKeys;
import dev.stagedoor.boot.PassProperties;
import dev.stagedoor.common.Headers;
import dev.stagedoor.common.Pass;
import dev.stagedoor.common.Passes;
import dev.stagedoor.common.RoomId;
import dev.stagedoor.common.SigningKey;
import dev.stagedoor.common.UserId;
import dev.stagedoor.common.rehearsal.Act;
import dev.stagedoor.common.rehearsal.BeforeReady;
import dev.stagedoor.common.rehearsal.Rehearsal;
import dev.stagedoor.common.rehearsal.Rehearsal.Played;

import io.netty.channel.ChannelHandler;

import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.reactor.netty.NettyServerCustomizer;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.http.client.ReactorResourceFactory;
import org.springframework.http.server.reactive.HttpHandler;
import org.springframework.http.server.reactive.ReactorHttpHandlerAdapter;
import org.springframework.stereotype.Component;

import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.resources.LoopResources;
import reactor.netty.tcp.TcpServer;

import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * Between the opening of the ports and the word that this service is ready: looks, holds, payments
 * and refusals, from its own loopback.
 */
@Component
@ConditionalOnBooleanProperty(name = "stagedoor.rehearsal", matchIfMissing = true)
final class Rehearsing extends BeforeReady {

    /** More than are played at once: of one user writes are taken one at a time. */
    private static final int VISITORS = 64;

    private static final int CLAIMED = VISITORS + 1;

    private static final String API = "/api/v1";
    private static final String RESERVATION = API + "/reservations/" + RehearsedSale.RESERVATION;
    private static final String SHOW = API + "/schedules/" + RehearsedSale.SCHEDULE;

    private final ConfigurableApplicationContext booking;

    Rehearsing(ConfigurableApplicationContext booking) {
        super(booking);
        this.booking = booking;
    }

    @Override
    protected Played rehearse() {
        LoopResources threads = booking.getBean(ReactorResourceFactory.class).getLoopResources();
        RehearsedSale sale = new RehearsedSale(Instant.now().truncatedTo(ChronoUnit.MICROS));
        DisposableServer database = listen(threads, () -> new RehearsedPostgres(sale));
        LockSettings lock = booking.getBean(LockSettings.class);
        DisposableServer redis = listen(threads, RehearsedRedis::new);
        Map<String, Object> settings = new HashMap<>();
        settings.put(RehearsedBooking.DATABASE_PORT, database.port());
        settings.put(RehearsedBooking.REDIS_PORT, redis.port());
        // A file of Redisson's own would lead to the real one.
        settings.put("stagedoor.booking.lock.redis", lock.redis() && lock.redisson() == null);
        settings.put("stagedoor.tracing.enabled", false);
        try (var rehearsed = below(RehearsedBooking.class, settings)) {
            return played(rehearsed, threads);
        } finally {
            redis.disposeNow();
            database.disposeNow();
        }
    }

    /**
     * @param server one connection of it
     */
    static DisposableServer listen(LoopResources threads, Supplier<ChannelHandler> server) {
        return TcpServer.create()
                .host("127.0.0.1")
                .port(0)
                .runOn(threads)
                .doOnConnection(made -> made.addHandlerFirst(server.get()))
                .handle((in, _) -> in.receive().then())
                .bindNow();
    }

    private Played played(AnnotationConfigApplicationContext rehearsed, LoopResources threads) {
        Disposable claim = claim(rehearsed.getBean(SeatLock.class));
        DisposableServer door =
                guarded(rehearsed.getBeanProvider(NettyServerCustomizer.class), threads)
                        .handle(new ReactorHttpHandlerAdapter(rehearsed.getBean(HttpHandler.class)))
                        .bindNow();
        try {
            return Rehearsal.play(
                            acts(Rehearsing::once), acts(Rehearsing::often), door.port(), threads)
                    .toFuture()
                    .join();
        } finally {
            door.disposeNow();
            claim.dispose();
        }
    }

    /** Somebody has one seat in hand all the time, and whoever wants it too is a loser. */
    private static Disposable claim(SeatLock lock) {
        return lock.holding(
                        new ScheduleId(RehearsedSale.SCHEDULE),
                        new TreeSet<>(List.of(CLAIMED)),
                        UserId.random(),
                        null,
                        Mono.never())
                .subscribe();
    }

    private interface Visit {
        List<Act> of(int seat, Map<String, String> shown, Map<String, String> wish);
    }

    /** Each by all visitors, then the next one. */
    private List<Act> acts(Visit visit) {
        Passes passes =
                new Passes(
                        SigningKey.listOf(
                                "stagedoor.keys.pass", booking.getBean(PassKeys.class).pass()),
                        InstantSource.system());
        List<String> rooms = booking.getBean(PassProperties.class).rooms();
        RoomId room = new RoomId(rooms.isEmpty() ? "rehearsal" : rooms.getFirst());
        List<List<Act>> byVisitor =
                IntStream.rangeClosed(1, VISITORS)
                        .mapToObj(
                                seat ->
                                        acts(
                                                visit,
                                                seat,
                                                passes.sign(new Pass(UserId.random(), room, seat))))
                        .toList();
        return IntStream.range(0, byVisitor.getFirst().size())
                .boxed()
                .flatMap(i -> byVisitor.stream().map(acts -> acts.get(i)))
                .toList();
    }

    private static List<Act> acts(Visit visit, int seat, String pass) {
        Map<String, String> shown = Map.of(Headers.PASS, pass, "Accept-Encoding", "gzip");
        Map<String, String> wish = new HashMap<>(shown);
        wish.put("Content-Type", "application/json");
        wish.put("Idempotency-Key", "rehearsal-" + seat);
        return visit.of(seat, shown, wish);
    }

    /** What a rush consists of, and what is therefore to be compiled. */
    private static List<Act> often(int seat, Map<String, String> shown, Map<String, String> wish) {
        return List.of(
                Act.post(API + "/reservations", wish, hold(seat), 201),
                Act.post(RESERVATION + "/payment", wish, "", 201),
                Act.get(SHOW + "/seats/states", shown, 200));
    }

    private static List<Act> once(int seat, Map<String, String> shown, Map<String, String> wish) {
        String best = "{\"scheduleId\":%d,\"quantity\":2}".formatted(RehearsedSale.SCHEDULE);
        return List.of(
                Act.post(API + "/reservations", wish, hold(CLAIMED), 409),
                Act.get(RESERVATION, shown, 200),
                Act.get(SHOW + "/seats", shown, 200),
                Act.post(API + "/reservations", wish, best, 409),
                Act.get(API + "/concerts", Map.of(), 200),
                Act.get(API + "/concerts/" + RehearsedSale.CONCERT + "/schedules", shown, 200),
                Act.post(API + "/balance/charges", wish, "{\"amount\":1000}", 201),
                Act.get(API + "/balance", shown, 200),
                Act.post(API + "/reservations", Map.of(), hold(seat), 401));
    }

    private static String hold(int seat) {
        return "{\"scheduleId\":%d,\"seatNumbers\":[%d]}".formatted(RehearsedSale.SCHEDULE, seat);
    }
}
