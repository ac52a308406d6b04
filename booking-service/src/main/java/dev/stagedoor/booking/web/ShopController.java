package dev.stagedoor.booking.web;

import dev.stagedoor.booking.store.Refusal;
import dev.stagedoor.common.ProblemCode;

import org.springframework.http.CacheControl;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;

import reactor.core.publisher.Mono;

import java.time.Duration;

/**
 * The shop as browsers see it. The front page and its parts are open to everybody; what stands
 * below {@code /shop} is behind the line, with parts of its own addresses: a visitor whose turn it
 * is does not compete with the crowd outside for the files of the page.
 */
@RestController
record ShopController(ShopFiles files) {

    private static final String POLICY =
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';"
                    + " connect-src 'self'; base-uri 'none'; form-action 'self';"
                    + " frame-ancestors 'none'";

    /** Long enough for a visit, short enough for a change of the shop. */
    private static final CacheControl FOR_A_VISIT =
            CacheControl.maxAge(Duration.ofMinutes(10)).cachePublic();

    @GetMapping("/")
    Mono<ResponseEntity<byte[]>> catalogue() {
        return answer("index.html", CacheControl.noCache());
    }

    @GetMapping("/shop/concerts/{concertId:[0-9]+}")
    Mono<ResponseEntity<byte[]>> concert() {
        return answer("concert.html", CacheControl.noCache().cachePrivate());
    }

    @GetMapping("/shop/tickets")
    Mono<ResponseEntity<byte[]>> tickets() {
        return answer("tickets.html", CacheControl.noCache().cachePrivate());
    }

    @GetMapping("/shop/tickets/{reservationId:[0-9a-f-]{36}}")
    Mono<ResponseEntity<byte[]>> ticket() {
        return answer("ticket.html", CacheControl.noCache().cachePrivate());
    }

    @GetMapping({"/assets/{name}", "/shop/assets/{name}"})
    Mono<ResponseEntity<byte[]>> asset(@PathVariable String name) {
        return answer("assets/" + name, FOR_A_VISIT);
    }

    private Mono<ResponseEntity<byte[]>> answer(String name, CacheControl caching) {
        return files.find(name)
                .map(file -> Mono.just(answer(file, caching)))
                .orElseGet(() -> Refusal.because(ProblemCode.NOT_FOUND));
    }

    private static ResponseEntity<byte[]> answer(ShopFiles.File file, CacheControl caching) {
        return ResponseEntity.ok()
                .contentType(MediaType.parseMediaType(file.type()))
                .cacheControl(caching)
                .eTag(file.checksum())
                .header("Content-Security-Policy", POLICY)
                .header("X-Content-Type-Options", "nosniff")
                .header("Referrer-Policy", "same-origin")
                .header("Cross-Origin-Opener-Policy", "same-origin")
                .body(file.content());
    }
}
