package dev.stagedoor.gateway.ops;

import dev.stagedoor.common.operators.Operators;

import org.springframework.core.io.ClassPathResource;
import org.springframework.core.io.Resource;
import org.springframework.http.HttpHeaders;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;

import reactor.core.publisher.Mono;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The pages of the console: plain files, which ask the API for everything else. */
final class Console {

    private static final String POLICY =
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src"
                    + " 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    /** The page, or one of its parts; nothing else stands beside them under such a name. */
    private static final Pattern FILE = Pattern.compile("/ops/(?:assets/([a-z]+\\.(?:js|css)))?");

    private Console() {}

    static RouterFunction<ServerResponse> files() {
        return RouterFunctions.resources(Console::file, (_, headers) -> guarded(headers));
    }

    private static Mono<Resource> file(ServerRequest request) {
        Matcher asked = FILE.matcher(request.path());
        if (!asked.matches()) {
            return Mono.empty();
        }
        String name = asked.group(1) == null ? "console.html" : asked.group(1);
        return Mono.justOrEmpty(
                Stream.of(Console.class, Operators.class)
                        .map(beside -> (Resource) new ClassPathResource(name, beside))
                        .filter(Resource::exists)
                        .findFirst());
    }

    private static void guarded(HttpHeaders headers) {
        headers.set("Content-Security-Policy", POLICY);
        headers.set(HttpHeaders.CACHE_CONTROL, "no-cache");
        headers.set("Cross-Origin-Opener-Policy", "same-origin");
    }
}
