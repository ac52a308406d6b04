package dev.stagedoor.gateway.page;

import dev.stagedoor.gateway.connection.Addresses;

import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.InvalidMediaTypeException;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ServerHttpRequest;

import java.util.List;

/** What a browser says of a page it asks for. */
final class Navigation {

    private static final List<String> PURPOSES = List.of("Sec-Purpose", "Purpose", "X-Moz");

    private Navigation() {}

    /**
     * A page is for a person who navigates; a program, or anything that would change something,
     * gets a problem.
     */
    static boolean isPageOfAPerson(ServerHttpRequest request) {
        return (request.getMethod() == HttpMethod.GET || request.getMethod() == HttpMethod.HEAD)
                && !request.getURI().getRawPath().startsWith("/api/")
                && acceptsHtml(request);
    }

    /** Nobody takes a place by looking at the headers, in a frame, or before anybody asked. */
    static boolean mayTakeAPlace(ServerHttpRequest request) {
        String into = request.getHeaders().getFirst("Sec-Fetch-Dest");
        return request.getMethod() == HttpMethod.GET
                && (into == null || into.equals("document"))
                && !isInAdvance(request);
    }

    /** Fetched by the browser in case it is wanted, before anybody wants it. */
    static boolean isInAdvance(ServerHttpRequest request) {
        return PURPOSES.stream()
                .map(request.getHeaders()::getFirst)
                .anyMatch(purpose -> purpose != null && purpose.contains("prefetch"));
    }

    /** Path and query, as they were asked for. */
    static String address(ServerHttpRequest request) {
        String path = request.getURI().getRawPath();
        String query = request.getURI().getRawQuery();
        return here(query == null ? path : path + "?" + query);
    }

    /** The address, if it is one of this site, or its front page. */
    static String here(String address) {
        return Addresses.isOfThisSite(address) ? address : "/";
    }

    private static boolean acceptsHtml(ServerHttpRequest request) {
        String accept = request.getHeaders().getFirst(HttpHeaders.ACCEPT);
        if (accept == null) {
            return false;
        }
        try {
            return MediaType.parseMediaTypes(accept).stream().anyMatch(Navigation::isHtml);
        } catch (InvalidMediaTypeException _) {
            return false;
        }
    }

    private static boolean isHtml(MediaType type) {
        return type.getQualityValue() > 0 && type.equalsTypeAndSubtype(MediaType.TEXT_HTML);
    }
}
