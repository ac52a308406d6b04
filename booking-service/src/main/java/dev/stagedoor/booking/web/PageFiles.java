package dev.stagedoor.booking.web;

import static java.util.stream.Collectors.joining;

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
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/** What browsers are handed out, read once: there are few files, and all are small. */
public final class PageFiles {

    private static final Map<String, String> TYPES =
            Map.of(
                    "html", "text/html",
                    "js", "text/javascript",
                    "css", "text/css",
                    "svg", "image/svg+xml");

    /** How one file names another. */
    private static final Pattern REFERENCE =
            Pattern.compile("(?<=[\"'])[./a-z]*/[a-z]+\\.(js|css|svg)(?=[\"'])");

    private static final CacheControl FOR_GOOD =
            CacheControl.maxAge(Duration.ofDays(365)).cachePublic().immutable();

    private final String policy;
    private final String referrer;
    private final UnaryOperator<String> edited;
    private final Map<String, File> files = new TreeMap<>();
    private String version = "";

    private record File(MediaType type, String checksum, byte[] content) {}

    public PageFiles(String policy, String referrer, UnaryOperator<String> edited) {
        this.policy = policy;
        this.referrer = referrer;
        this.edited = edited;
    }

    /**
     * From now on each of these files names the others by the version that all of them are:
     * whatever a browser still keeps of another one is not mixed with them.
     */
    public PageFiles ofOneVersion() {
        version =
                checksum(files.values().stream().map(File::checksum).collect(joining()).getBytes());
        files.replaceAll((name, file) -> file(name, withVersion(file.content())));
        return this;
    }

    private byte[] withVersion(byte[] content) {
        String text = new String(content, StandardCharsets.UTF_8);
        return REFERENCE
                .matcher(text)
                .replaceAll("$0?version=" + version)
                .getBytes(StandardCharsets.UTF_8);
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
                MediaType.parseMediaType(type + ";charset=UTF-8"), checksum(content), content);
    }

    private static String checksum(byte[] content) {
        return HexFormat.of().formatHex(Sha256.of(content), 0, 8);
    }

    /** Kept for good where it is asked for by the version that it is. */
    public Mono<ResponseEntity<byte[]>> part(String name, String ofVersion) {
        return answer(name, version.equals(ofVersion) ? FOR_GOOD : CacheControl.noCache());
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
