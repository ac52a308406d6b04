package dev.stagedoor.gateway.page;

import dev.stagedoor.common.ProblemDocuments;
import dev.stagedoor.gateway.request.Caller;
import dev.stagedoor.gateway.waitingroom.Place;

import org.springframework.http.HttpHeaders;

import java.text.NumberFormat;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.ResourceBundle;
import java.util.Set;

/** The words of the pages in one language, and how numbers and times are said in it. */
final class PageWords {

    private static final Map<Locale, PageWords> LANGUAGES =
            Map.of(
                    Locale.ENGLISH, new PageWords(Locale.ENGLISH, Locale.ROOT),
                    Locale.KOREAN, new PageWords(Locale.KOREAN, Locale.KOREAN));

    private final Locale language;
    private final ResourceBundle words;

    private PageWords(Locale language, Locale file) {
        this.language = language;
        this.words =
                ResourceBundle.getBundle(
                        "dev.stagedoor.gateway.page.waiting",
                        file,
                        ResourceBundle.Control.getNoFallbackControl(
                                ResourceBundle.Control.FORMAT_PROPERTIES));
    }

    static PageWords of(Caller caller) {
        return LANGUAGES.get(ProblemDocuments.language(caller.header(HttpHeaders.ACCEPT_LANGUAGE)));
    }

    static Iterable<PageWords> all() {
        return LANGUAGES.values();
    }

    Set<String> keys() {
        return words.keySet();
    }

    String language() {
        return language.getLanguage();
    }

    String word(String key) {
        return words.getString(key);
    }

    boolean has(String key) {
        return words.containsKey(key);
    }

    String notice(Place.Notice notice) {
        return word(
                switch (notice) {
                    case HOLD -> "noticeHold";
                    case CLOSED -> "noticeClosed";
                    case RECOVERING -> "noticeRecovering";
                });
    }

    String number(long number) {
        return NumberFormat.getIntegerInstance(language).format(number);
    }

    /** Never more exact than a guess can be; the script of the page says it in the same way. */
    String guess(Optional<Duration> wait) {
        if (wait.isEmpty()) {
            return word("unknown");
        }
        long minutes = (wait.get().toSeconds() + 59) / 60;
        return minutes <= 1 ? word("soon") : word("about").replace("#", number(minutes));
    }

    String length(Duration time) {
        return time.toSeconds() < 60
                ? word("seconds").replace("#", number(time.toSeconds()))
                : word("minutes").replace("#", number(time.toMinutes()));
    }
}
