package dev.stagedoor.common;

import org.jspecify.annotations.Nullable;

import tools.jackson.databind.json.JsonMapper;

import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.ResourceBundle;

/** Puts problems into words and bytes: {@code application/problem+json} (RFC 9457). */
public final class ProblemDocuments {

    public static final String MEDIA_TYPE = "application/problem+json";

    private static final String TYPE = "urn:stagedoor:problem:";
    private static final List<Locale> LANGUAGES = List.of(Locale.ENGLISH, Locale.KOREAN);
    private static final Map<Locale, Map<ProblemCode, Words>> WORDS =
            Map.of(
                    Locale.ENGLISH, wordsIn(Locale.ROOT),
                    Locale.KOREAN, wordsIn(Locale.KOREAN));

    private final JsonMapper json = JsonMapper.builder().build();

    /**
     * @param acceptLanguage the header of that name, if any
     * @param instance the address that was asked for; its query may be personal, and is left out
     * @param traceId what an operator can find the request by
     */
    public byte[] write(
            Problem problem, @Nullable String acceptLanguage, String instance, String traceId) {
        Words words = WORDS.get(language(acceptLanguage)).get(problem.code());
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("type", TYPE + problem.code().code());
        document.put("title", words.title());
        document.put("status", problem.status());
        document.put("detail", words.detail());
        document.put("instance", instance.split("\\?", 2)[0]);
        document.put("code", problem.code().code());
        document.put("traceId", traceId);
        document.putAll(problem.facts());
        return json.writeValueAsBytes(document);
    }

    /** Korean to those who prefer it, English to everybody else. */
    public static Locale language(@Nullable String acceptLanguage) {
        if (acceptLanguage == null || acceptLanguage.length() > 200) {
            return Locale.ENGLISH;
        }
        try {
            Locale best = Locale.lookup(Locale.LanguageRange.parse(acceptLanguage), LANGUAGES);
            return best == null ? Locale.ENGLISH : best;
        } catch (IllegalArgumentException _) {
            return Locale.ENGLISH;
        }
    }

    static String title(ProblemCode code) {
        return WORDS.get(Locale.ENGLISH).get(code).title();
    }

    private static Map<ProblemCode, Words> wordsIn(Locale language) {
        ResourceBundle bundle =
                ResourceBundle.getBundle(
                        "dev.stagedoor.common.problems",
                        language,
                        ResourceBundle.Control.getNoFallbackControl(
                                ResourceBundle.Control.FORMAT_PROPERTIES));
        Map<ProblemCode, Words> words = new EnumMap<>(ProblemCode.class);
        for (ProblemCode code : ProblemCode.values()) {
            words.put(
                    code,
                    new Words(
                            bundle.getString(code.code()),
                            bundle.getString(code.code() + ".detail")));
        }
        return words;
    }

    private record Words(String title, String detail) {}
}
