package dev.stagedoor.booking.web;

import dev.stagedoor.booking.store.Refusal;
import dev.stagedoor.common.ProblemCode;
import dev.stagedoor.common.Sha256;

import org.springframework.core.io.Resource;
import org.springframework.core.io.support.PathMatchingResourcePatternResolver;
import org.springframework.http.CacheControl;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;

import reactor.core.publisher.Mono;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.function.UnaryOperator;

/** What browsers are handed out, read once: there are few files, and all are small. */
public final class PageFiles {

    private static final Map<String, String> TYPES =
            Map.of(
                    "html", "text/html",
                    "js", "text/javascript",
                    "css", "text/css",
                    "svg", "image/svg+xml");

    private final String policy;
    private final String referrer;
    private final UnaryOperator<String> edited;
    private final Map<String, File> files = new HashMap<>();

    private record File(MediaType type, String checksum, byte[] content) {}

    public PageFiles(String policy, String referrer, UnaryOperator<String> edited) {
        this.policy = policy;
        this.referrer = referrer;
        this.edited = edited;
    }

    public PageFiles add(String folder, String pattern) {
        try {
            for (Resource file : new PathMatchingResourcePatternResolver().getResources(pattern)) {
                String name = file.getFilename();
                String content = edited.apply(file.getContentAsString(StandardCharsets.UTF_8));
                files.put(folder + name, file(name, content.getBytes(StandardCharsets.UTF_8)));
            }
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static File file(String name, byte[] content) {
        String type = TYPES.get(name.substring(name.lastIndexOf('.') + 1));
        return new File(
                MediaType.parseMediaType(type + ";charset=UTF-8"),
                HexFormat.of().formatHex(Sha256.of(content), 0, 8),
                content);
    }

    public Mono<ResponseEntity<byte[]>> answer(String name, CacheControl caching) {
        return Mono.justOrEmpty(files.get(name))
                .map(file -> answer(file, caching))
                .switchIfEmpty(Refusal.because(ProblemCode.NOT_FOUND));
    }

    private ResponseEntity<byte[]> answer(File file, CacheControl caching) {
        return ResponseEntity.ok()
                .contentType(file.type())
                .cacheControl(caching)
                .eTag(file.checksum())
                .header("Content-Security-Policy", policy)
                .header("X-Content-Type-Options", "nosniff")
                .header("Referrer-Policy", referrer)
                .header("Cross-Origin-Opener-Policy", "same-origin")
                .body(file.content());
    }
}
