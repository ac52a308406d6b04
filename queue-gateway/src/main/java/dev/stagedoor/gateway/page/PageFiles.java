package dev.stagedoor.gateway.page;

import dev.stagedoor.common.Problem;
import dev.stagedoor.common.ProblemCode;
import dev.stagedoor.gateway.answer.Answers;

import org.springframework.core.io.ClassPathResource;
import org.springframework.core.io.Resource;
import org.springframework.http.HttpHeaders;
import org.springframework.stereotype.Component;
import org.springframework.util.function.ThrowingSupplier;
import org.springframework.web.server.ServerWebExchange;

import reactor.core.publisher.Mono;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;

/** What the pages are made of, read once; and what of it browsers load by themselves. */
@Component
final class PageFiles {

    private static final Map<String, String> TYPES =
            Map.of(
                    "line.js", "text/javascript;charset=UTF-8",
                    "waiting.js", "text/javascript;charset=UTF-8",
                    "waiting.css", "text/css;charset=UTF-8",
                    "waiting.svg", "image/svg+xml;charset=UTF-8");

    private static final String CLIENT = "./line.js";

    private final Answers answers;
    private final Map<String, byte[]> files = new HashMap<>();
    private final String version;

    PageFiles(Answers answers) {
        this.answers = answers;
        TYPES.keySet().forEach(name -> files.put(name, bytes(text(name))));
        this.version = checksum();
        // What is imported is of the same version as the page, whatever a cache still holds.
        files.put(
                "waiting.js",
                bytes(text("waiting.js").replace(CLIENT, CLIENT + "?version=" + version)));
    }

    /** Changes with any of the files, and stands in their addresses. */
    String version() {
        return version;
    }

    /** Kept for good where it is asked for by the version that it is. */
    public Mono<Void> answer(ServerWebExchange exchange, String name) {
        byte[] file = files.get(name);
        if (file == null) {
            return answers.problem(exchange, Problem.of(ProblemCode.NOT_FOUND));
        }
        boolean isMeant =
                version.equals(exchange.getRequest().getQueryParams().getFirst("version"));
        String caching = isMeant ? "public, max-age=31536000, immutable" : "public, max-age=60";
        exchange.getResponse().getHeaders().set(HttpHeaders.CACHE_CONTROL, caching);
        return answers.write(exchange, 200, TYPES.getOrDefault(name, ""), file);
    }

    private String checksum() {
        CRC32 sum = new CRC32();
        List.copyOf(files.keySet()).stream().sorted().forEach(name -> sum.update(files.get(name)));
        return Long.toHexString(sum.getValue());
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static String text(String name) {
        Resource file = new ClassPathResource(name, PageFiles.class);
        return ThrowingSupplier.of(() -> file.getContentAsString(StandardCharsets.UTF_8)).get();
    }
}
