package dev.stagedoor.booking.catalogue;

import com.fasterxml.jackson.annotation.JsonInclude;

import org.jspecify.annotations.Nullable;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import tools.jackson.databind.json.JsonMapper;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;

/**
 * What became of the seats of one schedule, for everybody who looks at them: whole, or what has
 * changed since a version that this instance has seen lately. However many look on, the database is
 * asked once, and each answer is written once.
 */
public final class Seating {

    private static final int VERSIONS = 16;
    private static final Duration TICK = Duration.ofMillis(250);

    /** Until somebody whose stream has ended comes again. */
    private static final Duration A_MOMENT = Duration.ofMillis(500);

    private final Remembered<Moment> remembered;
    private final JsonMapper json;
    private final SequencedMap<String, SeatStates> past = new LinkedHashMap<>();
    private final Flux<Moment> changes;

    Seating(Duration memory, Mono<SeatStates> lookUp, JsonMapper json) {
        this.json = json;
        this.remembered = new Remembered<>(memory, lookUp.map(this::moment));
        this.changes =
                Flux.interval(Duration.ZERO, TICK)
                        .onBackpressureDrop()
                        .concatMap(_ -> now().onErrorComplete(), 1)
                        .distinctUntilChanged(it -> it.states.version())
                        .replay(1)
                        .refCount();
    }

    /** What is now; empty if there is no such schedule. */
    public Mono<Moment> now() {
        return remembered.get();
    }

    /** What is now, and from then on whatever changes; who is slow hears the last of it. */
    public Flux<Step> steps(@Nullable String version) {
        return Flux.defer(
                () -> {
                    var seen = new AtomicReference<@Nullable String>(version);
                    return changes.onBackpressureLatest()
                            .map(moment -> moment.since(seen.getAndSet(moment.version())));
                });
    }

    void change() {
        remembered.change();
    }

    /** About how many bytes it takes to remember this. */
    int weight() {
        Moment last = remembered.last();
        return last == null ? 1_000 : last.states.seatCount() * (VERSIONS / 4 + 3);
    }

    private synchronized Moment moment(SeatStates states) {
        past.putLast(states.version(), states);
        if (past.size() > VERSIONS) {
            past.pollFirstEntry();
        }
        return new Moment(states, Map.copyOf(past));
    }

    /** One look at all seats. */
    public final class Moment {
        private final SeatStates states;
        private final Map<String, SeatStates> before;
        private final Map<String, Step> steps = new ConcurrentHashMap<>();

        Moment(SeatStates states, Map<String, SeatStates> before) {
            this.states = states;
            this.before = before;
        }

        public String version() {
            return states.version();
        }

        /** All of it, if that version is not known here. */
        public Step since(@Nullable String version) {
            SeatStates from = version == null ? null : before.get(version);
            return steps.computeIfAbsent(from == null ? "" : version, _ -> stepFrom(from));
        }

        private Step stepFrom(@Nullable SeatStates from) {
            Look look =
                    new Look(
                            states.version(),
                            from == null ? null : from.version(),
                            states.serverTime(),
                            states.seatCount(),
                            states.available(),
                            from == null ? states.encoded() : null,
                            from == null ? null : states.changesSince(from));
            Document document = Document.of(json.writeValueAsBytes(look));
            return new Step(document, event(states.version(), document));
        }
    }

    private static byte[] event(String version, Document document) {
        var event = new ByteArrayOutputStream();
        String head = "id:%s\nretry:%d\ndata:".formatted(version, A_MOMENT.toMillis());
        event.writeBytes(head.getBytes(StandardCharsets.US_ASCII));
        event.writeBytes(document.plain());
        event.writeBytes(new byte[] {'\n', '\n'});
        return event.toByteArray();
    }

    /** What leads to a version. */
    public record Step(Document document, byte[] event) {}

    @JsonInclude(JsonInclude.Include.NON_NULL)
    private record Look(
            String version,
            @Nullable String since,
            Instant serverTime,
            int seatCount,
            long available,
            @Nullable String seats,
            @Nullable String changes) {}
}
