package dev.stagedoor.gateway.verdict;

import dev.stagedoor.common.Headers;
import dev.stagedoor.common.Pass;
import dev.stagedoor.common.Passes;
import dev.stagedoor.common.Problem;
import dev.stagedoor.common.ProblemCode;
import dev.stagedoor.gateway.answer.Answers;
import dev.stagedoor.gateway.answer.Refusals;
import dev.stagedoor.gateway.line.QueueAddresses;
import dev.stagedoor.gateway.request.Caller.Sender;
import dev.stagedoor.gateway.share.Shares;
import dev.stagedoor.gateway.waitingroom.EndReason;
import dev.stagedoor.gateway.waitingroom.LineUnavailable;
import dev.stagedoor.gateway.waitingroom.RoomView;
import dev.stagedoor.gateway.waitingroom.Ticket;
import dev.stagedoor.gateway.waitingroom.room.Room;
import dev.stagedoor.gateway.waitingroom.room.Rooms;

import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpServerCodec;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.reactor.netty.NettyRouteProvider;
import org.springframework.boot.reactor.netty.NettyServerCustomizer;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.SmartLifecycle;
import org.springframework.http.client.ReactorResourceFactory;
import org.springframework.stereotype.Component;
import org.springframework.util.unit.DataSize;

import reactor.core.publisher.Mono;
import reactor.netty.Connection;
import reactor.netty.DisposableServer;
import reactor.netty.NettyPipeline;
import reactor.netty.http.server.ConnectionInfo;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

import java.net.InetSocketAddress;
import java.util.List;

/** Where other people's proxies ask, apart from the public. */
@Component
final class VerdictListener implements SmartLifecycle {

    private static final Logger LOG = LoggerFactory.getLogger(VerdictListener.class);
    private static final String SESSIONS_END = "/verdict/sessions/end";

    /**
     * More than nginx takes of a visitor by default, and in as many fields as it brings: what is
     * refused here unread, a proxy may take for a failure of ours, in which it lets pass.
     */
    private static final HttpDecoderConfig HEADS =
            new HttpDecoderConfig()
                    .setMaxHeaderSize(Math.toIntExact(DataSize.ofKilobytes(64).toBytes()));

    private final VerdictProperties properties;
    private final List<NettyServerCustomizer> guards;
    private final List<NettyRouteProvider> doors;
    private final ReactorResourceFactory resources;
    private final QueueAddresses addresses;
    private final Answers answers;
    private final Passes passes;
    private final Rooms rooms;
    private final Shares shares;
    private volatile @Nullable DisposableServer server;

    VerdictListener(
            VerdictProperties properties,
            List<NettyServerCustomizer> guards,
            List<NettyRouteProvider> doors,
            ReactorResourceFactory resources,
            QueueAddresses addresses,
            Answers answers,
            Passes passes,
            Rooms rooms,
            Shares shares) {
        this.properties = properties;
        this.guards = guards;
        this.doors = doors;
        this.resources = resources;
        this.addresses = addresses;
        this.answers = answers;
        this.passes = passes;
        this.rooms = rooms;
        this.shares = shares;
    }

    @Override
    public void start() {
        if (properties.port() != null) {
            server = guarded(listening(properties.port())).bindNow();
            LOG.info("Proxies may ask on {}", server.address());
        }
    }

    private HttpServer listening(int port) {
        return HttpServer.create()
                .host(properties.address())
                .port(port)
                .runOn(resources.getLoopResources())
                .forwarded(VerdictListener::asToldByTheProxy)
                .doOnChannelInit((_, channel, _) -> shares.comesForOthers(channel))
                .route(
                        routes -> {
                            routes.route(VerdictListener::isOfTheSite, this::endSession);
                            doors.forEach(door -> door.apply(routes));
                        });
    }

    private static boolean isOfTheSite(HttpServerRequest request) {
        return Sender.SITE.hasSent(((Connection) request).channel());
    }

    /** As on connections of the public; what translates comes closest to the codec. */
    private HttpServer guarded(HttpServer listening) {
        HttpServer guarded = listening;
        for (NettyServerCustomizer guard : guards) {
            guarded = guard.apply(guarded);
        }
        return guarded.doOnChannelInit((_, channel, _) -> understands(channel.pipeline()));
    }

    private void understands(ChannelPipeline pipeline) {
        pipeline.replace(
                NettyPipeline.HttpCodec, NettyPipeline.HttpCodec, new HttpServerCodec(HEADS));
        pipeline.addAfter(
                NettyPipeline.HttpCodec, "translation", new Translation(answers, addresses));
    }

    private static ConnectionInfo asToldByTheProxy(ConnectionInfo peer, HttpRequest question) {
        ConnectionInfo told =
                Verdict.isSecure(question.headers()) ? peer.withScheme("https") : peer;
        InetSocketAddress visitor = Verdict.visitor(question.headers());
        return visitor == null ? told : told.withRemoteAddress(visitor);
    }

    private Mono<Void> endSession(HttpServerRequest request, HttpServerResponse response) {
        if (!request.uri().equals(SESSIONS_END) || !request.method().equals(HttpMethod.POST)) {
            return answers.problem(request, response, Problem.of(ProblemCode.NOT_FOUND));
        }
        String token = request.requestHeaders().get(Headers.PASS);
        if (token == null) {
            return answers.problem(request, response, Problem.of(ProblemCode.PASS_REQUIRED));
        }
        return passes.verify(token)
                .map(this::end)
                .map(done -> done.then(response.status(204).send().then()))
                .orElseGet(
                        () ->
                                answers.problem(
                                        request, response, Problem.of(ProblemCode.PASS_INVALID)))
                .onErrorResume(
                        LineUnavailable.class,
                        away -> answers.problem(request, response, Refusals.of(away)));
    }

    private Mono<Void> end(Pass pass) {
        return Mono.justOrEmpty(rooms.find(pass.room()))
                .flatMap(room -> room.end(ticket(room, pass), EndReason.COMPLETED));
    }

    private static Ticket ticket(Room room, Pass pass) {
        long epoch = room.lastView().map(RoomView::epoch).orElse(0L);
        return new Ticket(room.id(), pass.user(), pass.sequence(), epoch);
    }

    /** As long as the public port, which ends what is under way before it stops. */
    @Override
    public int getPhase() {
        return WebServerApplicationContext.START_STOP_LIFECYCLE_PHASE;
    }

    @Override
    public void stop() {
        DisposableServer running = server;
        server = null;
        if (running != null) {
            running.disposeNow();
        }
    }

    @Override
    public boolean isRunning() {
        return server != null;
    }
}
