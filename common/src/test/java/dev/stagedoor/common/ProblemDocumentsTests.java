package dev.stagedoor.common;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.time.Duration;
import java.util.Locale;

class ProblemDocumentsTests {

    private final ProblemDocuments documents = new ProblemDocuments();

    @Test
    void carriesTheStandardMembersAndTheFacts() {
        Problem problem = Problem.of(ProblemCode.QUEUE_WAITING).with("position", 37);

        JsonNode document = read(problem, null);

        assertThat(document.get("type").asString())
                .isEqualTo("urn:stagedoor:problem:queue-waiting");
        assertThat(document.get("status").asInt()).isEqualTo(429);
        assertThat(document.get("code").asString()).isEqualTo("queue-waiting");
        assertThat(document.get("instance").asString()).isEqualTo("/somewhere");
        assertThat(document.get("traceId").asString()).isEqualTo("trace");
        assertThat(document.get("position").asInt()).isEqualTo(37);
    }

    @ParameterizedTest
    @EnumSource
    void hasWordsForEveryCodeInBothLanguages(ProblemCode code) {
        JsonNode english = read(Problem.of(code), "en");
        JsonNode korean = read(Problem.of(code), "ko");

        assertThat(english.get("title").asString()).isNotBlank();
        assertThat(korean.get("title").asString()).isNotEqualTo(english.get("title").asString());
        assertThat(korean.get("detail").asString()).isNotEqualTo(english.get("detail").asString());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    ko-KR,ko;q=0.9,en;q=0.8 | ko
                    en-US,en;q=0.9,ko;q=0.8 | en
                    fr,ko;q=0.5             | ko
                    fr                      | en
                    *                       | en
                    ;;;q=nonsense           | en
                    """)
    void choosesTheLanguageThatIsPreferred(String header, String language) {
        assertThat(ProblemDocuments.language(header)).isEqualTo(Locale.of(language));
    }

    /** Each request would cost what such a list costs. */
    @Test
    void readsNoListOfLanguagesThatIsLongerThanAnybodys() {
        assertThat(ProblemDocuments.language("ko" + ", ko".repeat(50))).isEqualTo(Locale.ENGLISH);
    }

    @Test
    void neverAsksToComeBackTooEarly() {
        Problem problem = Problem.of(ProblemCode.QUEUE_WAITING);

        assertThat(problem.retryAfter(Duration.ZERO).retryAfterSeconds()).isEqualTo(1);
        assertThat(problem.retryAfter(Duration.ofMillis(1001)).retryAfterSeconds()).isEqualTo(2);
    }

    /** Some clients take a 401 without for broken, and throw (RFC 9110, 11.6.1). */
    @ParameterizedTest
    @CsvSource({
        "QUEUE_TOKEN_MISSING, 401, Queue-Token",
        "QUEUE_TOKEN_EXPIRED, 401, Queue-Token",
        "QUEUE_TOKEN_EXPIRED, 410,",
        "ACCESS_TOKEN_INVALID, 401, Bearer",
        "PASS_REQUIRED, 401, Stagedoor-Pass",
        "ADMIN_REQUIRED, 401, Basic",
        "QUEUE_CLOSED, 503,"
    })
    void saysOfA401WhatIsToBeShown(ProblemCode code, int status, String challenge) {
        assertThat(Problem.of(code).withStatus(status).challenge()).isEqualTo(challenge);
    }

    private JsonNode read(Problem problem, String language) {
        return JsonMapper.shared()
                .readTree(documents.write(problem, language, "/somewhere?for=ada", "trace"));
    }
}
