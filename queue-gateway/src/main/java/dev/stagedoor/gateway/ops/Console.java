package dev.stagedoor.gateway.ops;

import dev.stagedoor.common.operators.Operators;

import org.springframework.core.io.ClassPathResource;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.util.function.ThrowingSupplier;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;

import reactor.core.publisher.Mono;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The pages of the console: plain files, which ask the API for everything else. */
final class Console {

    private static final String POLICY =
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src"
                    + " 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private static final List<String> ASSETS =
            List.of(
                    "console.js",
                    "api.js",
                    "chart.js",
                    "settings.js",
                    "view.js",
                    "words.js",
                    "console.css");

    private static final List<String> OF_ALL_OPERATORS = List.of("calls.js", "elements.js");

    private final byte[] page = read("console.html", Console.class);
    private final Map<String, byte[]> assets = new LinkedHashMap<>();

    Console() {
        ASSETS.forEach(name -> assets.put(name, read(name, Console.class)));
        OF_ALL_OPERATORS.forEach(name -> assets.put(name, read(name, Operators.class)));
    }

    Mono<ServerResponse> page(ServerRequest request) {
        return write("text/html;charset=UTF-8", page);
    }

    Optional<Mono<ServerResponse>> asset(String name) {
        String type = name.endsWith(".css") ? "text/css" : "text/javascript";
        return Optional.ofNullable(assets.get(name))
                .map(bytes -> write(type + ";charset=UTF-8", bytes));
    }

    private static Mono<ServerResponse> write(String type, byte[] bytes) {
        return ServerResponse.ok()
                .headers(Console::guarded)
                .contentType(MediaType.parseMediaType(type))
                .bodyValue(bytes);
    }

    private static void guarded(HttpHeaders headers) {
        OpsAnswers.guarded(headers);
        headers.set("Content-Security-Policy", POLICY);
        headers.set(HttpHeaders.CACHE_CONTROL, "no-cache");
        headers.set("Cross-Origin-Opener-Policy", "same-origin");
    }

    private static byte[] read(String name, Class<?> beside) {
        return ThrowingSupplier.of(new ClassPathResource(name, beside)::getContentAsByteArray)
                .get();
    }
}
