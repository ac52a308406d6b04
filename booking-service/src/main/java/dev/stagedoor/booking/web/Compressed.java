package dev.stagedoor.booking.web;

import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.http.server.reactive.ServerHttpRequest;

import java.util.function.Predicate;
import java.util.regex.Pattern;

/** JSON that is there in two forms: for whoever can read it, the compressed one. */
final class Compressed {

    private static final Predicate<String> ACCEPTED =
            Pattern.compile("\\bgzip\\b(?!\\s*;\\s*q=0(\\.0*)?\\s*(,|$))").asPredicate();

    private Compressed() {}

    static boolean isAccepted(ServerHttpRequest request) {
        String accepted = request.getHeaders().getFirst(HttpHeaders.ACCEPT_ENCODING);
        return accepted != null && ACCEPTED.test(accepted);
    }

    static ResponseEntity.BodyBuilder ok(boolean zipped) {
        var answer =
                ResponseEntity.ok()
                        .contentType(MediaType.APPLICATION_JSON)
                        .header(HttpHeaders.VARY, HttpHeaders.ACCEPT_ENCODING);
        return zipped ? answer.header(HttpHeaders.CONTENT_ENCODING, "gzip") : answer;
    }
}
