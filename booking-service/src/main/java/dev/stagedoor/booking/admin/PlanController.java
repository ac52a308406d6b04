package dev.stagedoor.booking.admin;

import dev.stagedoor.booking.catalogue.Document;
import dev.stagedoor.booking.catalogue.PlanId;
import dev.stagedoor.booking.catalogue.Plans;

import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestAttribute;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

import reactor.core.publisher.Mono;

import tools.jackson.databind.json.JsonMapper;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** How the seats of a house stand. */
@RestController
@RequestMapping("/admin/plans")
record PlanController(Plans plans, JsonMapper json, Changes changes) {

    private static final int MOST = 1_000;

    /**
     * Longer than anything else that is asked of us, so that it is read with a bound of its own.
     */
    @PostMapping
    Mono<ResponseEntity<Plans.Version>> put(
            ServerHttpRequest request, @RequestAttribute(AdminFilter.BY) String by) {
        return DataBufferUtils.join(request.getBody(), NewPlan.LONGEST)
                .map(NewPlan::bytes)
                .defaultIfEmpty(new byte[0])
                .map(body -> NewPlan.read(body, json))
                .flatMap(plans::put)
                .delayUntil(made -> changes.note(by, "plan %s put there".formatted(made)))
                .map(
                        made ->
                                ResponseEntity.created(URI.create("/admin/plans/" + made.planId()))
                                        .body(made));
    }

    /** Newest first. */
    @GetMapping
    Mono<Versions> versions() {
        return plans.versions(MOST).collectList().map(Versions::new);
    }

    @GetMapping(value = "/{planId}", produces = MediaType.APPLICATION_JSON_VALUE)
    Mono<byte[]> document(@PathVariable PlanId planId) {
        return plans.document(planId).map(it -> it.getBytes(StandardCharsets.UTF_8));
    }

    @GetMapping(value = "/{planId}/drawing", produces = MediaType.APPLICATION_JSON_VALUE)
    Mono<byte[]> drawing(@PathVariable PlanId planId) {
        return plans.drawn(planId).map(Document::plain);
    }

    record Versions(List<Plans.Version> plans) {}
}
