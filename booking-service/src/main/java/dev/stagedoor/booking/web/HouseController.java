package dev.stagedoor.booking.web;

import dev.stagedoor.booking.catalogue.PlanId;
import dev.stagedoor.booking.catalogue.Plans;

import org.springframework.http.CacheControl;
import org.springframework.http.ResponseEntity;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

import reactor.core.publisher.Mono;

import java.time.Duration;

/** A large house: where its seats are, which never changes, and which of them are free. */
@RestController
@RequestMapping("/api/v1")
final class HouseController {

    private static final CacheControl FOR_EVER =
            CacheControl.maxAge(Duration.ofDays(365)).cachePublic().immutable();

    private final Plans plans;

    HouseController(Plans plans) {
        this.plans = plans;
    }

    @GetMapping("/plans/{planId}")
    Mono<ResponseEntity<byte[]>> plan(@PathVariable PlanId planId, ServerHttpRequest request) {
        boolean zipped = Compressed.isAccepted(request);
        return plans.drawn(planId)
                .map(
                        drawn ->
                                Compressed.ok(zipped)
                                        .eTag("\"plan-" + planId + (zipped ? "-gzip\"" : "\""))
                                        .cacheControl(FOR_EVER)
                                        .body(zipped ? drawn.zipped() : drawn.plain()));
    }
}
