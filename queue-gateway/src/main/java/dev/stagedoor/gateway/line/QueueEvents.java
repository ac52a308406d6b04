package dev.stagedoor.gateway.line;

import dev.stagedoor.common.Problem;
import dev.stagedoor.gateway.GatewayProperties;
import dev.stagedoor.gateway.answer.Answers;
import dev.stagedoor.gateway.answer.Refusals;
import dev.stagedoor.gateway.answer.StatusDocument;
import dev.stagedoor.gateway.request.Caller;
import dev.stagedoor.gateway.share.Limit;
import dev.stagedoor.gateway.share.Shares;
import dev.stagedoor.gateway.waitingroom.EndReason;
import dev.stagedoor.gateway.waitingroom.LineUnavailable;
import dev.stagedoor.gateway.waitingroom.Place;
import dev.stagedoor.gateway.waitingroom.RoomView;
import dev.stagedoor.gateway.waitingroom.Standing;
import dev.stagedoor.gateway.waitingroom.Ticket;
import dev.stagedoor.gateway.waitingroom.Timings;
import dev.stagedoor.gateway.waitingroom.room.Room;

import org.springframework.context.SmartLifecycle;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.http.HttpHeaders;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.stereotype.Component;
import org.springframework.web.server.ServerWebExchange;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Tells those who keep a stream open. There is no timer per stream: every stream hangs on the views
 * of its room, which come with the ticks. A gateway that stops ends its streams first, as no stream
 * does by itself while somebody waits: it would be waited for until patience runs out.
 */
@Component
final class QueueEvents implements SmartLifecycle {

    private final Answers answers;
    private final Polling polling;
    private final Timings timings;
    private final OpenStreams streams;
    private final Shares shares;
    private volatile boolean isRunning;

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
        isRunning = true;
    }

    @Override
    public void stop() {
        isRunning = false;
        streams.endAll();
    }

    @Override
    public boolean isRunning() {
        return isRunning;
    }

    Mono<Void> stream(ServerWebExchange exchange) {
        return polling.held(Caller.of(exchange))
                .flatMap(
                        held ->
                                switch (held) {
                                    case Polling.Held.Place(Room room, Ticket ticket) ->
                                            stream(exchange, room, ticket);
                                    case Polling.Held.Nothing(Problem problem) ->
                                            answers.problem(exchange, problem);
                                });
    }

    private Mono<Void> stream(ServerWebExchange exchange, Room room, Ticket ticket) {
        return room.standing(ticket)
                .flatMap(
                        standing ->
                                standing instanceof Standing.Ended(EndReason reason)
                                        ? answers.problem(exchange, Refusals.gone(reason))
                                        : counted(exchange, room, ticket, standing))
                .onErrorResume(
                        LineUnavailable.class,
                        away -> answers.problem(exchange, Refusals.of(away)));
    }

    private Mono<Void> counted(
            ServerWebExchange exchange, Room room, Ticket ticket, Standing first) {
        return Mono.using(
                () -> streams.begin(ticket, shares.of(Caller.of(exchange))),
                begun -> stream(exchange, room, begun, first),
                streams::ended);
    }

    private Mono<Void> stream(
            ServerWebExchange exchange, Room room, OpenStreams.Begun begun, Standing first) {
        return switch (begun) {
            case OpenStreams.Stream stream -> stream(exchange, room, stream, first);
            case OpenStreams.TooMany.OF_THE_CLIENT -> answers.problem(exchange, Refusals.hasty());
            case OpenStreams.TooMany.HERE -> {
                shares.exhausted(Limit.STREAMS);
                yield answers.problem(exchange, Refusals.crowded());
            }
        };
    }

    private Mono<Void> stream(
            ServerWebExchange exchange, Room room, OpenStreams.Stream stream, Standing first) {
        Ticket ticket = stream.ticket();
        ServerHttpResponse response = exchange.getResponse();
        response.getHeaders().set(HttpHeaders.CONTENT_TYPE, "text/event-stream;charset=UTF-8");
        response.getHeaders().set(HttpHeaders.CACHE_CONTROL, "no-store");
        response.getHeaders().set("X-Accel-Buffering", "no");
        Teller teller = new Teller();
        Flux<DataBuffer> events =
                Flux.concat(Mono.just(first), later(room, ticket))
                        .takeUntilOther(stream.hasToEnd())
                        .takeUntil(standing -> !(standing instanceof Standing.Waiting))
                        .doOnNext(_ -> stream.client().shows(ticket))
                        .mapNotNull(standing -> teller.tell(room, ticket, standing))
                        .map(bytes -> response.bufferFactory().wrap(bytes));
        return response.writeAndFlushWith(events.map(Mono::just));
    }

    /**
     * One answer per view; while one is being found out, views that come meanwhile are not missed
     * but skipped.
     */
    private static Flux<Standing> later(Room room, Ticket ticket) {
        return room.views()
                .onBackpressureLatest()
                .concatMap(
                        (RoomView _) ->
                                room.standing(ticket)
                                        .onErrorResume(LineUnavailable.class, _ -> Mono.empty()),
                        1);
    }

    /** What has been told on one stream. */
    private final class Teller {

        private long toldAhead = -1;
        private long toldWaiting = -1;
        private Optional<Place.Notice> toldNotice = Optional.empty();
        private Instant toldAt = Instant.EPOCH;
        private Duration pause = Duration.ZERO;

        byte @org.jspecify.annotations.Nullable [] tell(
                Room room, Ticket ticket, Standing standing) {
            if (standing instanceof Standing.Ended(EndReason reason)) {
                return event("", "ended", code(reason));
            }
            if (standing instanceof Standing.Waiting(long ahead) && !isNews(room, ahead)) {
                return null;
            }
            StatusDocument status =
                    StatusDocument.of(ticket, standing, room, null)
                            .orElseThrow(() -> LineUnavailable.noView(room.id()));
            String first = toldAt.equals(Instant.EPOCH) ? comeBack() : "";
            toldAt = Instant.now();
            pause = status.pollAfter();
            return event(first, "status", new String(status.json(), StandardCharsets.UTF_8));
        }

        /** How many stand behind is told as seldom as to those who poll. */
        private boolean isNews(Room room, long ahead) {
            long waiting = room.view().map(RoomView::waiting).orElse(toldWaiting);
            Optional<Place.Notice> notice = room.view().flatMap(RoomView::notice);
            Duration silence = Duration.between(toldAt, Instant.now());
            boolean isNews =
                    ahead != toldAhead
                            || !notice.equals(toldNotice)
                            || waiting != toldWaiting && silence.compareTo(pause) >= 0
                            || silence.compareTo(timings.longestSilence()) >= 0;
            if (isNews) {
                toldAhead = ahead;
                toldWaiting = waiting;
                toldNotice = notice;
            }
            return isNews;
        }

        private static String code(EndReason reason) {
            return "{\"code\":\"%s\"}".formatted(Refusals.gone(reason).code().code());
        }
    }

    /**
     * When this gateway goes, its streams end in one moment; not all come to the next one in one.
     */
    private static String comeBack() {
        return "retry: " + ThreadLocalRandom.current().nextInt(1_000, 5_000) + "\n\n";
    }

    private static byte[] event(String before, String name, String data) {
        return (before + "event: " + name + "\ndata: " + data + "\n\n")
                .getBytes(StandardCharsets.UTF_8);
    }
}
