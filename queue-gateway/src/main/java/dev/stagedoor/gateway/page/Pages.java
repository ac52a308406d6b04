package dev.stagedoor.gateway.page;

import dev.stagedoor.common.Headers;
import dev.stagedoor.common.Problem;
import dev.stagedoor.gateway.answer.Answers;
import dev.stagedoor.gateway.line.QueueAddresses;
import dev.stagedoor.gateway.request.Caller;

import org.springframework.http.HttpHeaders;
import org.springframework.stereotype.Component;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.util.HtmlUtils;

import reactor.core.publisher.Mono;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Writes pages: one frame, a body for every kind, words in two languages, and strict headers. */
@Component
final class Pages {

    /**
     * Where scripts run, but not the page's: the net did not bring it, or the browser is too old to
     * read it. Written as it is, so nothing in it may need escaping; the policy knows it by its
     * hash.
     */
    private static final String UNLESS_LIVE =
            "setTimeout(function(){document.body.dataset.live||location.reload()},20000)";

    /** A form may lead to other sites: Chromium asks of its redirects too, as to a sign-in. */
    private static final String POLICY =
            "default-src 'none'; script-src 'self'"
                + " 'sha256-FdUts1yV/ZKGiaHbu+s9oSgpoT8H5DyXZa3+d4HBey8='; style-src 'self';"
                + " connect-src 'self'; img-src 'self'; base-uri 'none'; form-action https: http:;"
                + " frame-ancestors 'none'";

    /** What there is to be seen, each in a file of its own. */
    enum Kind {
        /** Before it is known whether the browser keeps cookies. */
        GREETING,
        WAITING,
        /** The ticket is over, and why. */
        ENDED,
        /** Nothing can be done but to try again. */
        PROBLEM
    }

    private final Answers answers;
    private final Map<String, Map<Kind, Template>> templates = new HashMap<>();

    Pages(Answers answers, PageFiles files, QueueAddresses addresses) {
        this.answers = answers;
        for (PageWords words : PageWords.all()) {
            templates.put(words.language(), templates(words, files.version(), addresses));
        }
    }

    /**
     * @param again after how long the page asks for itself again where no script does; zero for
     *     never
     */
    Mono<Void> show(
            ServerWebExchange exchange,
            Kind kind,
            int status,
            Duration again,
            Map<String, String> values) {
        Map<String, String> all = new HashMap<>(values);
        all.putIfAbsent("back", Caller.of(exchange).address());
        PageWords words = PageWords.of(Caller.of(exchange));
        all.put("pageTitle", values.getOrDefault("heading", words.word("title")));
        HttpHeaders headers = exchange.getResponse().getHeaders();
        if (!again.isZero()) {
            String seconds = Long.toString(Problem.wholeSeconds(again));
            all.put("again", seconds);
            headers.set(HttpHeaders.RETRY_AFTER, seconds);
        }
        if (status == 401) {
            headers.set(HttpHeaders.WWW_AUTHENTICATE, Headers.QUEUE_TOKEN);
        }
        headers.set(HttpHeaders.CACHE_CONTROL, "no-store");
        headers.set("X-Robots-Tag", "noindex");
        headers.set("Content-Security-Policy", POLICY);
        headers.set("Referrer-Policy", "same-origin");
        headers.set(HttpHeaders.VARY, "Accept, Accept-Language, Cookie");
        String page = templates.get(words.language()).get(kind).fill(all);
        return answers.write(
                exchange, status, "text/html;charset=UTF-8", page.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * @param back where the page tries again, by itself if that may help
     */
    Mono<Void> problem(ServerWebExchange exchange, Problem problem, String back) {
        PageWords words = PageWords.of(Caller.of(exchange));
        // What has no words of its own is said to be a trouble behind the scenes.
        String name = words.has(problem.code().code()) ? problem.code().code() : "trouble";
        Duration again = Duration.ofSeconds(problem.retryAfterSeconds());
        boolean mayHelp = !again.isZero() && !Navigation.isForm(Caller.of(exchange));
        long calm = Math.max(3, again.toSeconds());
        if (mayHelp) {
            exchange.getResponse().getHeaders().set("Refresh", calm + ";url=" + back);
        }
        return show(
                exchange,
                Kind.PROBLEM,
                problem.status(),
                again,
                Map.of(
                        "back",
                        back,
                        "heading",
                        words.word(name),
                        "text",
                        words.word(name + ".detail"),
                        "bySelf",
                        mayHelp ? words.word("triesAgain") : "",
                        "calm",
                        mayHelp ? Long.toString(calm) : ""));
    }

    private static Map<Kind, Template> templates(
            PageWords words, String version, QueueAddresses addresses) {
        Map<String, String> known = new HashMap<>();
        words.keys().forEach(key -> known.put(key, words.word(key)));
        known.put("lang", words.language());
        known.put("version", version);
        known.put("queue", addresses.prefix());
        known.put("assets", addresses.assets());
        known.put("unlessLive", UNLESS_LIVE);
        String frame = PageFiles.text("frame.html");
        Map<Kind, Template> templates = new EnumMap<>(Kind.class);
        for (Kind kind : Kind.values()) {
            String body = PageFiles.text(kind.name().toLowerCase(Locale.ROOT) + ".html");
            templates.put(kind, Template.of(frame.replace("<!-- body -->", body), known));
        }
        return templates;
    }

    /**
     * A page with names in braces. What is the same for everybody is filled in once; a crowd's
     * pages then cost no more than putting pieces together. Whatever is filled in is text, never
     * markup.
     */
    private static final class Template {

        private static final Pattern NAME = Pattern.compile("\\{([a-zA-Z]+)}");

        private final List<Piece> pieces = new ArrayList<>();

        private record Piece(String before, String name) {}

        private Template(String text) {
            Matcher names = NAME.matcher(text);
            int from = 0;
            while (names.find()) {
                pieces.add(new Piece(text.substring(from, names.start()), names.group(1)));
                from = names.end();
            }
            pieces.add(new Piece(text.substring(from), ""));
        }

        /**
         * @param words may have names in braces themselves, to be filled in later
         */
        static Template of(String text, Map<String, String> words) {
            return new Template(
                    NAME.matcher(text)
                            .replaceAll(
                                    name ->
                                            Matcher.quoteReplacement(
                                                    words.containsKey(name.group(1))
                                                            ? escaped(words.get(name.group(1)))
                                                            : name.group())));
        }

        String fill(Map<String, String> values) {
            StringBuilder page = new StringBuilder(8192);
            for (Piece piece : pieces) {
                page.append(piece.before()).append(escaped(values.getOrDefault(piece.name(), "")));
            }
            return page.toString();
        }

        private static String escaped(String text) {
            return HtmlUtils.htmlEscape(text, "UTF-8");
        }
    }
}
