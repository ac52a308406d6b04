package dev.stagedoor.gateway.page;

import dev.stagedoor.gateway.connection.Addresses;
import dev.stagedoor.gateway.request.Caller;

import io.netty.handler.codec.http.HttpMethod;

import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.InvalidMediaTypeException;
import org.springframework.http.MediaType;

import java.util.List;
import java.util.Set;

/** What a browser says of a page it asks for. */
public final class Navigation {

    private static final List<String> PURPOSES = List.of("Sec-Purpose", "Purpose", "X-Moz");

    /** Longer than a browser's; it is read on the event loop, and more than once. */
    private static final int LONGEST_ACCEPT = 512;

    private static final Set<HttpMethod> NAVIGATED_BY =
            Set.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.POST);

    /** The second one is that of a service worker which hands on, with a word of its own. */
    private static final Set<String> NAVIGATING = Set.of("navigate", "same-origin");

    /** The second one is that of a service worker, of which no browser says what it asks for. */
    private static final Set<String> INTO_A_WINDOW = Set.of("document", "empty");

    private Navigation() {}

    /**
     * A page is for a person who navigates, or has sent a form; a program gets a problem. So does
     * the script of a page: it would take ours for what it has asked for.
     */
    public static boolean isPageOfAPerson(Caller caller) {
        return NAVIGATED_BY.contains(caller.method())
                && !caller.path().startsWith("/api/")
                && acceptsHtml(caller)
                && isSilentOr(NAVIGATING, caller.header("Sec-Fetch-Mode"));
    }

    /** Nobody takes a place by looking at the headers, in a frame, or before anybody asked. */
    static boolean mayTakeAPlace(Caller caller) {
        return caller.method().equals(HttpMethod.GET)
                && isSilentOr(INTO_A_WINDOW, caller.header("Sec-Fetch-Dest"))
                && !isInAdvance(caller);
    }

    private static boolean isSilentOr(Set<String> meant, @Nullable String said) {
        return said == null || meant.contains(said);
    }

    /** Fetched by the browser in case it is wanted, before anybody wants it. */
    static boolean isInAdvance(Caller caller) {
        return PURPOSES.stream()
                .map(caller::header)
                .anyMatch(purpose -> purpose != null && purpose.contains("prefetch"));
    }

    /** It is not sent a second time by us: it may be a purchase. */
    static boolean isForm(Caller caller) {
        return caller.method().equals(HttpMethod.POST);
    }

    /** From where a page of ours leads on: of a form, the page of this site on which it stood. */
    static String back(Caller caller) {
        if (!isForm(caller)) {
            return caller.address();
        }
        String from = caller.header(HttpHeaders.REFERER);
        String site = "://" + caller.header(HttpHeaders.HOST);
        int at = from == null ? -1 : from.indexOf(site);
        return at < 0 ? "/" : here(from.substring(at + site.length()));
    }

    /** The address, if it is one of this site, or its front page. */
    static String here(String address) {
        return Addresses.isOfThisSite(address) ? address : "/";
    }

    private static boolean acceptsHtml(Caller caller) {
        String accept = caller.header(HttpHeaders.ACCEPT);
        if (accept == null || accept.length() > LONGEST_ACCEPT || !accept.contains("html")) {
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
