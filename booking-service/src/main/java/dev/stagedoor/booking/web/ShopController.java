package dev.stagedoor.booking.web;

import dev.stagedoor.booking.catalogue.CatalogueSettings;

import org.springframework.http.CacheControl;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

import reactor.core.publisher.Mono;

/**
 * The shop as browsers see it. The front page and its parts are open to everybody; what stands
 * below {@code /shop} is behind the line, with parts of its own addresses: a visitor whose turn it
 * is does not compete with the crowd outside for the files of the page.
 */
@RestController
final class ShopController {

    private static final String POLICY =
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';"
                    + " connect-src 'self'; base-uri 'none'; form-action 'self';"
                    + " frame-ancestors 'none'";

    /** As the pages say it where nobody says otherwise. */
    private static final String CURRENCY = "data-currency=\"%s\"";

    private static final String QUEUE = "data-queue=\"%s\"";

    private final PageFiles files;

    ShopController(CatalogueSettings settings) {
        files =
                new PageFiles(POLICY, "same-origin", page -> ofThisHouse(page, settings))
                        .add("", "classpath*:/shop/*.html")
                        .add("assets/", "classpath*:/shop/assets/*")
                        .ofOneVersion();
    }

    @GetMapping("/")
    Mono<ResponseEntity<byte[]>> catalogue() {
        return files.answer("index.html", CacheControl.noCache());
    }

    @GetMapping("/shop/concerts/{concertId:[0-9]+}")
    Mono<ResponseEntity<byte[]>> concert() {
        return files.answer("concert.html", CacheControl.noCache().cachePrivate());
    }

    @GetMapping("/shop/tickets")
    Mono<ResponseEntity<byte[]>> tickets() {
        return files.answer("tickets.html", CacheControl.noCache().cachePrivate());
    }

    @GetMapping("/shop/tickets/{reservationId:[0-9a-f-]{36}}")
    Mono<ResponseEntity<byte[]>> ticket() {
        return files.answer("ticket.html", CacheControl.noCache().cachePrivate());
    }

    @GetMapping({"/assets/{name}", "/shop/assets/{name}"})
    Mono<ResponseEntity<byte[]>> asset(
            @PathVariable String name, @RequestParam(defaultValue = "") String version) {
        return files.part("assets/" + name, version);
    }

    private static String ofThisHouse(String page, CatalogueSettings settings) {
        return page.replace(
                        CURRENCY.formatted("KRW"),
                        CURRENCY.formatted(settings.currency().getCurrencyCode()))
                .replace(QUEUE.formatted("/api/v1/queue"), QUEUE.formatted(settings.queuePrefix()));
    }
}
