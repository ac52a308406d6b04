package dev.stagedoor.gateway.verdict;

import dev.stagedoor.gateway.request.Caller;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;

import java.util.Optional;

/** How a proxy tells what it asks about. */
enum Dialect {
    /** {@code auth_request}: understands 2xx and 401, and takes no body. */
    NGINX("/verdict/nginx"),
    /** Caddy and Traefik: any answer but 2xx goes to the visitor as it is. */
    FORWARD("/verdict/forward"),
    /** {@code ext_authz} over HTTP: 5xx is a failure of ours, which some let pass. */
    ENVOY("/verdict/envoy");

    private static final String ORIGINAL_METHOD = "X-Original-Method";
    private static final String ORIGINAL_URI = "X-Original-URI";
    private static final String FORWARDED_METHOD = "X-Forwarded-Method";
    private static final String FORWARDED_URI = "X-Forwarded-Uri";
    private static final String FORWARDED_HOST = "X-Forwarded-Host";

    private final String address;

    Dialect(String address) {
        this.address = address;
    }

    /** By the address that is asked; some leave the visitor's query behind it. */
    static Optional<Dialect> of(String uri) {
        String path = Caller.pathOf(uri);
        for (Dialect dialect : values()) {
            if (path.equals(dialect.address)
                    || dialect == ENVOY && path.startsWith(dialect.address + "/")) {
                return Optional.of(dialect);
            }
        }
        return Optional.empty();
    }

    /** Makes the question the request that it is about; whether the proxy has told enough. */
    boolean isPut(HttpRequest question) {
        return switch (this) {
            case NGINX -> {
                // Nobody sees what is answered: it is no page, and takes no place.
                question.headers().remove(HttpHeaderNames.ACCEPT);
                yield isPut(question, ORIGINAL_METHOD, ORIGINAL_URI);
            }
            case FORWARD -> {
                String host = question.headers().get(FORWARDED_HOST);
                if (host != null) {
                    question.headers().set(HttpHeaderNames.HOST, host);
                }
                yield isPut(question, FORWARDED_METHOD, FORWARDED_URI);
            }
            case ENVOY -> {
                String original = question.uri().substring(address.length());
                question.setUri(original.isEmpty() ? "/" : original);
                yield true;
            }
        };
    }

    private static boolean isPut(HttpRequest question, String method, String uri) {
        HttpHeaders headers = question.headers();
        if (headers.getAll(method).size() != 1 || headers.getAll(uri).size() != 1) {
            return false;
        }
        try {
            question.setMethod(HttpMethod.valueOf(headers.get(method)));
            question.setUri(headers.get(uri));
            return true;
        } catch (IllegalArgumentException _) {
            return false; // what can stand in no first line
        }
    }
}
