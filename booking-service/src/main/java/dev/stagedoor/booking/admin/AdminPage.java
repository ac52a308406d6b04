package dev.stagedoor.booking.admin;

import dev.stagedoor.booking.web.PageFiles;

import org.springframework.http.CacheControl;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

import reactor.core.publisher.Mono;

import java.net.URI;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/**
 * The seller's page: plain files, which ask the API for everything else. It holds no secret, so it
 * is open; it asks for name and password, keeps them in its memory and shows them with every call.
 */
@RestController
@RequestMapping("/admin")
final class AdminPage {

    private static final String POLICY =
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src"
                    + " data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private static final Pattern OPEN = Pattern.compile("/admin(/|/assets/[a-z]+\\.(js|css))?");

    private static final String HERE = "classpath*:/dev/stagedoor/booking/admin/";

    private final PageFiles files =
            new PageFiles(POLICY, "no-referrer", UnaryOperator.identity())
                    .add("", HERE + "*.html")
                    .add("assets/", HERE + "*.js")
                    .add("assets/", HERE + "*.css")
                    .add("assets/", "classpath:/dev/stagedoor/common/operators/*.js");

    /** What nobody has to sign in for. */
    static boolean isOpen(ServerHttpRequest request) {
        return HttpMethod.GET.equals(request.getMethod())
                && OPEN.matcher(request.getURI().getRawPath()).matches();
    }

    @GetMapping("")
    ResponseEntity<Void> slash() {
        return ResponseEntity.status(HttpStatus.PERMANENT_REDIRECT)
                .location(URI.create("/admin/"))
                .build();
    }

    @GetMapping("/")
    Mono<ResponseEntity<byte[]>> page() {
        return files.answer("admin.html", CacheControl.noCache());
    }

    @GetMapping("/assets/{name}")
    Mono<ResponseEntity<byte[]>> asset(@PathVariable String name) {
        return files.answer("assets/" + name, CacheControl.noCache());
    }
}
