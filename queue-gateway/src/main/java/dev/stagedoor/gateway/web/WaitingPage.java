package dev.stagedoor.gateway.web;

import dev.stagedoor.common.Problem;
import dev.stagedoor.common.ProblemCode;
import dev.stagedoor.common.ProblemDocuments;
import dev.stagedoor.gateway.access.Decision;
import dev.stagedoor.gateway.waitingroom.Room;

import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.web.server.ServerWebExchange;

import reactor.core.publisher.Mono;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.ResourceBundle;

/**
 * What a browser sees instead of the page it asked for. It stays at that page's address: when the
 * turn has come, it simply asks again.
 */
final class WaitingPage {

    private static final String POLICY =
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src"
                    + " 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

    private static final int REFRESH_SECONDS = 10;

    private static final Map<String, String> ASSETS =
            Map.of(
                    "waiting.js",
                    "text/javascript;charset=UTF-8",
                    "waiting.css",
                    "text/css;charset=UTF-8");

    private final Answers answers;
    private final String template = text("waiting.html");
    private final Map<Locale, ResourceBundle> words =
            Map.of(Locale.ENGLISH, bundle(Locale.ROOT), Locale.KOREAN, bundle(Locale.KOREAN));

    WaitingPage(Answers answers) {
        this.answers = answers;
    }

    /**
     * A page is for a person who navigates; a program, or anything that would change something,
     * gets a problem.
     */
    boolean isWantedBy(ServerHttpRequest request) {
        return (request.getMethod() == HttpMethod.GET || request.getMethod() == HttpMethod.HEAD)
                && !request.getURI().getRawPath().startsWith("/api/")
                && acceptsHtml(request);
    }

    Mono<Void> answer(ServerWebExchange exchange, Room room, Decision decision) {
        ServerHttpResponse response = exchange.getResponse();
        HttpHeaders headers = response.getHeaders();
        headers.set(HttpHeaders.CACHE_CONTROL, "no-store");
        headers.set(HttpHeaders.RETRY_AFTER, Integer.toString(REFRESH_SECONDS));
        headers.set("X-Robots-Tag", "noindex");
        headers.set("Content-Security-Policy", POLICY);
        headers.set("X-Content-Type-Options", "nosniff");
        headers.set("Referrer-Policy", "same-origin");
        headers.set(HttpHeaders.VARY, "Accept, Accept-Language, Cookie");
        int status = decision instanceof Decision.Closed ? 503 : 202;
        return answers.write(
                exchange, status, "text/html;charset=UTF-8", page(exchange.getRequest(), room));
    }

    Mono<Void> asset(ServerWebExchange exchange, String name) {
        String type = ASSETS.get(name);
        if (type == null) {
            return answers.problem(exchange, Problem.of(ProblemCode.NOT_FOUND));
        }
        exchange.getResponse().getHeaders().set(HttpHeaders.CACHE_CONTROL, "public, max-age=300");
        return answers.write(exchange, 200, type, text(name).getBytes(StandardCharsets.UTF_8));
    }

    private byte[] page(ServerHttpRequest request, Room room) {
        Locale language =
                ProblemDocuments.language(
                        request.getHeaders().getFirst(HttpHeaders.ACCEPT_LANGUAGE));
        ResourceBundle spoken = words.get(language);
        String page =
                template.replace("{lang}", language.getLanguage())
                        .replace("{room}", room.id().name());
        for (String key : spoken.keySet()) {
            page = page.replace("{" + key + "}", spoken.getString(key));
        }
        return page.getBytes(StandardCharsets.UTF_8);
    }

    private static boolean acceptsHtml(ServerHttpRequest request) {
        String accept = request.getHeaders().getFirst(HttpHeaders.ACCEPT);
        if (accept == null) {
            return false;
        }
        try {
            return MediaType.parseMediaTypes(accept).stream()
                    .anyMatch(
                            type ->
                                    type.getQualityValue() > 0
                                            && type.equalsTypeAndSubtype(MediaType.TEXT_HTML));
        } catch (org.springframework.http.InvalidMediaTypeException _) {
            return false;
        }
    }

    private static ResourceBundle bundle(Locale language) {
        return ResourceBundle.getBundle(
                "dev.stagedoor.gateway.web.waiting",
                language,
                ResourceBundle.Control.getNoFallbackControl(
                        ResourceBundle.Control.FORMAT_PROPERTIES));
    }

    private static String text(String name) {
        try (InputStream file = WaitingPage.class.getResourceAsStream(name)) {
            if (file == null) {
                throw new IllegalStateException(name + " is missing");
            }
            return new String(file.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
