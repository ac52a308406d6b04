package dev.stagedoor.booking.web;

import dev.stagedoor.booking.catalogue.Catalogue;
import dev.stagedoor.booking.catalogue.PlanId;
import dev.stagedoor.booking.catalogue.Plans;
import dev.stagedoor.booking.catalogue.ScheduleId;
import dev.stagedoor.booking.catalogue.Seating;
import dev.stagedoor.boot.Visitor;

import org.jspecify.annotations.Nullable;
import org.springframework.http.CacheControl;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** A large house: where its seats are, which never changes, and which of them are free. */
@RestController
@RequestMapping("/api/v1")
record HouseController(Plans plans, Catalogue catalogue, Watchers watchers) {

    private static final CacheControl FOR_EVER =
            CacheControl.maxAge(Duration.ofDays(365)).cachePublic().immutable();

    /** Then the visitor asks again, and the gate says whether there is still a turn. */
    private static final Duration ONE_STREAM = Duration.ofMinutes(1);

    private static final Duration SIGN_OF_LIFE = Duration.ofSeconds(5);
    private static final byte[] ALIVE = ":\n\n".getBytes(StandardCharsets.US_ASCII);

    @GetMapping("/plans/{planId}")
    Mono<ResponseEntity<byte[]>> plan(@PathVariable PlanId planId, ServerHttpRequest request) {
        boolean zipped = Compressed.isAccepted(request);
        return plans.drawn(planId)
                .map(
                        drawn ->
                                Compressed.ok(zipped)
                                        .eTag("\"plan-" + planId + (zipped ? "-gzip\"" : "\""))
                                        .cacheControl(FOR_EVER)
                                        .body(drawn.bytes(zipped)));
    }

    /** All seats, or what has changed since a version. */
    @GetMapping("/schedules/{scheduleId}/seats/states")
    Mono<ResponseEntity<byte[]>> states(
            @PathVariable ScheduleId scheduleId,
            @RequestParam(required = false) @Nullable String since,
            ServerHttpRequest request) {
        boolean zipped = Compressed.isAccepted(request);
        return catalogue
                .now(scheduleId)
                .map(moment -> moment.since(since).document())
                .map(document -> Compressed.ok(zipped).body(document.bytes(zipped)));
    }

    /**
     * The same, and again whenever something changes. What hundreds are told at once is written
     * once, and goes out as it is.
     */
    @GetMapping("/schedules/{scheduleId}/seats/events")
    Mono<Void> events(
            @PathVariable ScheduleId scheduleId,
            @RequestParam(required = false) @Nullable String since,
            @RequestHeader(name = "Last-Event-ID", required = false) @Nullable String last,
            Visitor visitor,
            ServerHttpResponse response) {
        Flux<byte[]> events =
                Flux.merge(changes(scheduleId, last == null ? since : last), signsOfLife())
                        .take(ONE_STREAM);
        response.getHeaders().setContentType(MediaType.TEXT_EVENT_STREAM);
        return catalogue
                .now(scheduleId)
                .then(
                        response.writeAndFlushWith(
                                watchers.watching(visitor.user(), events)
                                        .map(response.bufferFactory()::wrap)
                                        .map(Mono::just)));
    }

    private Flux<byte[]> changes(ScheduleId schedule, @Nullable String since) {
        return catalogue
                .seating(schedule)
                .flatMapMany(it -> it.steps(since))
                .map(Seating.Step::event);
    }

    private static Flux<byte[]> signsOfLife() {
        return Flux.interval(SIGN_OF_LIFE).onBackpressureDrop().map(_ -> ALIVE);
    }
}
