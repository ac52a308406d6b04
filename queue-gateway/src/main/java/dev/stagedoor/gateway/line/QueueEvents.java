package dev.stagedoor.gateway.line;

import dev.stagedoor.common.Problem;
import dev.stagedoor.common.Running;
import dev.stagedoor.gateway.GatewayProperties;
import dev.stagedoor.gateway.answer.Answers;
import dev.stagedoor.gateway.answer.Refusals;
import dev.stagedoor.gateway.line.EventStream.Audience;
import dev.stagedoor.gateway.request.Caller;
import dev.stagedoor.gateway.share.Limits.Limit;
import dev.stagedoor.gateway.share.Shares;
import dev.stagedoor.gateway.waitingroom.EndReason;
import dev.stagedoor.gateway.waitingroom.LineUnavailable;
import dev.stagedoor.gateway.waitingroom.Standing;
import dev.stagedoor.gateway.waitingroom.Ticket;
import dev.stagedoor.gateway.waitingroom.Timings;
import dev.stagedoor.gateway.waitingroom.room.Room;

import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.concurrent.EventExecutor;

import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.stereotype.Component;
import org.springframework.web.server.ServerWebExchange;

import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxSink;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerResponse;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Begins the streams of those who keep one open. There is no timer per stream: every stream hangs
 * on the views of its room, which come with the ticks. A gateway that stops ends its streams first,
 * as no stream does by itself while somebody waits: it would be waited for until patience runs out.
 */
@Component
public final class QueueEvents extends Running {

    /** What stands above every stream. */
    public static final List<Map.Entry<String, String>> HEAD =
            List.of(
                    Map.entry("Content-Type", "text/event-stream;charset=UTF-8"),
                    Map.entry("Cache-Control", "no-store"),
                    Map.entry("X-Accel-Buffering", "no"));

    private final Answers answers;
    private final Polling polling;
    private final Timings timings;
    private final OpenStreams streams;
    private final Shares shares;
    private final Map<Seats, Audience> audiences = new ConcurrentHashMap<>();

    private record Seats(Room room, EventExecutor loop) {}

    QueueEvents(
            Answers answers,
            Polling polling,
            Timings timings,
            GatewayProperties properties,
            Shares shares) {
        this.answers = answers;
        this.polling = polling;
        this.timings = timings;
        this.streams = new OpenStreams(properties.mostStreams());
        this.shares = shares;
    }

    @Override
    public void start() {
        streams.beginAgain();
        super.start();
    }

    @Override
    public void stop() {
        super.stop();
        streams.endAll();
    }

    /** What comes of wanting a stream. */
    public sealed interface Outcome permits EventStream, Refused {}

    public record Refused(Problem problem) implements Outcome {}

    /** One that has not begun. Never fails. */
    public Mono<Outcome> find(Caller caller) {
        return Mono.defer(() -> polling.held(caller))
                .flatMap(
                        held ->
                                switch (held) {
                                    case Polling.Held.Place(Room room, Ticket ticket) ->
                                            find(caller, room, ticket);
                                    case Polling.Held.Nothing(Problem problem) -> refused(problem);
                                })
                .onErrorResume(LineUnavailable.class, away -> refused(Refusals.of(away)))
                .onErrorResume(error -> refused(answers.mistake(caller, error)));
    }

    private Mono<Outcome> find(Caller caller, Room room, Ticket ticket) {
        return room.standing(ticket)
                .map(
                        standing -> {
                            if (standing instanceof Standing.Ended(EndReason reason)) {
                                return new Refused(Refusals.gone(reason));
                            }
                            return room.view().isEmpty()
                                    ? new Refused(Refusals.of(LineUnavailable.noView(room.id())))
                                    : stream(caller, room, ticket, standing);
                        });
    }

    private static Mono<Outcome> refused(Problem problem) {
        return Mono.just(new Refused(problem));
    }

    private EventStream stream(Caller caller, Room room, Ticket ticket, Standing first) {
        EventExecutor loop = caller.channel().eventLoop();
        Audience audience =
                audiences.computeIfAbsent(
                        new Seats(room, loop),
                        _ -> new Audience(room, loop, streams, timings, System::nanoTime));
        return new EventStream(ticket, first, shares.of(caller), audience);
    }

    /** A stream is to be opened then, or to be told that nobody listens any more. */
    public Outcome begin(Outcome found) {
        return found instanceof EventStream stream ? begin(stream) : found;
    }

    private Outcome begin(EventStream stream) {
        stream.client().shows(stream.ticket()); // also where no stream comes of it
        return switch (streams.begin(stream)) {
            case ONE_MORE -> stream;
            case TOO_MANY_OF_THE_CLIENT -> new Refused(Refusals.HASTY);
            case TOO_MANY_HERE -> {
                shares.exhausted(Limit.STREAMS);
                yield new Refused(Refusals.CROWDED);
            }
        };
    }

    // ── by the framework ────────────────────────────────────────────────────────────────────────

    /** Where the short way is none: for another site, say, or with a body. */
    Mono<Void> stream(ServerWebExchange exchange) {
        return find(Caller.of(exchange))
                .flatMap(
                        found ->
                                Mono.using(
                                        () -> begin(found),
                                        begun -> answer(exchange, begun),
                                        QueueEvents::hasGone));
    }

    private Mono<Void> answer(ServerWebExchange exchange, Outcome begun) {
        return switch (begun) {
            case EventStream stream -> write(exchange, stream);
            case Refused(Problem problem) -> answers.problem(exchange, problem);
        };
    }

    private static Mono<Void> write(ServerWebExchange exchange, EventStream stream) {
        HttpServerResponse server = Answers.response(exchange);
        if (server.version().equals(HttpVersion.HTTP_1_0)) {
            server.chunkedTransfer(false).keepAlive(false);
        }
        ServerHttpResponse response = exchange.getResponse();
        HEAD.forEach(field -> response.getHeaders().set(field.getKey(), field.getValue()));
        return response.writeAndFlushWith(
                Flux.<byte[]>create(sink -> stream.open(new Sink(sink)))
                        .map(bytes -> Mono.just(response.bufferFactory().wrap(bytes))));
    }

    private static void hasGone(Outcome begun) {
        if (begun instanceof EventStream stream) {
            stream.hasGone();
        }
    }

    private record Sink(FluxSink<byte[]> sink) implements EventStream.Outlet {

        @Override
        public boolean isReady() {
            return sink.requestedFromDownstream() > 0;
        }

        @Override
        public void tell(byte[] event) {
            sink.next(event);
        }

        @Override
        public void end() {
            sink.complete();
        }
    }
}
