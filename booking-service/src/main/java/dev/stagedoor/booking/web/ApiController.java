package dev.stagedoor.booking.web;

import dev.stagedoor.common.ApiDocument;

import org.springframework.http.CacheControl;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

import java.time.Duration;

/** Describes the calls of the sale to programs. */
@RestController
final class ApiController {

    private static final Duration FRESH = Duration.ofMinutes(5);

    private final byte[] document = ApiDocument.beside(ApiController.class, "openapi.yaml");

    @GetMapping("/api/v1/openapi.json")
    ResponseEntity<byte[]> document() {
        return ResponseEntity.ok()
                .contentType(MediaType.APPLICATION_JSON)
                .cacheControl(CacheControl.maxAge(FRESH).cachePublic())
                .body(document);
    }
}
