package dev.stagedoor.booking.admin;

import dev.stagedoor.booking.store.Refusal;
import dev.stagedoor.common.ProblemCode;
import dev.stagedoor.common.operators.Operators;

import org.springframework.core.io.ClassPathResource;
import org.springframework.http.CacheControl;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

import reactor.core.publisher.Mono;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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

    private static final List<String> ASSETS =
            List.of("admin.js", "api.js", "plan.js", "view.js", "words.js", "admin.css");

    private static final String ELEMENTS = "elements.js";

    private final byte[] page = read("admin.html", AdminPage.class);
    private final Map<String, byte[]> assets = new LinkedHashMap<>();

    AdminPage() {
        ASSETS.forEach(name -> assets.put(name, read(name, AdminPage.class)));
        assets.put(ELEMENTS, read(ELEMENTS, Operators.class));
    }

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
    ResponseEntity<byte[]> page() {
        return file("text/html;charset=UTF-8", page);
    }

    @GetMapping("/assets/{name}")
    Mono<ResponseEntity<byte[]>> asset(@PathVariable String name) {
        byte[] content = assets.get(name);
        return content == null
                ? Refusal.because(ProblemCode.NOT_FOUND)
                : Mono.just(
                        file(
                                (name.endsWith(".css") ? "text/css" : "text/javascript")
                                        + ";charset=UTF-8",
                                content));
    }

    private static ResponseEntity<byte[]> file(String type, byte[] content) {
        return ResponseEntity.ok()
                .contentType(MediaType.parseMediaType(type))
                .cacheControl(CacheControl.noCache())
                .header("Content-Security-Policy", POLICY)
                .header("X-Content-Type-Options", "nosniff")
                .header("Referrer-Policy", "no-referrer")
                .header("Cross-Origin-Opener-Policy", "same-origin")
                .body(content);
    }

    private static byte[] read(String name, Class<?> beside) {
        try {
            return new ClassPathResource(name, beside).getContentAsByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
