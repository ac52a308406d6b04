package dev.stagedoor.quickstart.k6;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.stagedoor.quickstart.k6.K6Script.Summary;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * What the scripts of {@code load-tests/k6} find: each fault of a sale crosses the threshold that
 * is there for it, and a sale without a fault crosses none.
 */
@Timeout(300)
@Order(Integer.MAX_VALUE - 1)
class K6ChecksTests {

    private static final Map<String, String> SMALL =
            Map.ofEntries(
                    Map.entry("HERDS", "2"),
                    Map.entry("PLACES", "20"),
                    Map.entry("TOGETHER", "10"),
                    Map.entry("SECONDS", "2"),
                    Map.entry("RATE", "10"),
                    Map.entry("VUS", "25"),
                    Map.entry("MAX_VUS", "25"),
                    Map.entry("SEATS", "10"),
                    Map.entry("THINK_SECONDS", "0.05"),
                    Map.entry("WITNESS_BURSTS", "2"),
                    Map.entry("WITNESS_EVERY_SECONDS", "1"),
                    Map.entry("PEOPLE", "12"),
                    Map.entry("STORMS", "2"),
                    Map.entry("CALM_SECONDS", "0.4"),
                    Map.entry("CAPACITY", "5"),
                    Map.entry("PATIENCE_SECONDS", "20"),
                    Map.entry("WITNESS_PATIENCE_SECONDS", "20"),
                    Map.entry("NO_SHOWS", "0.8"),
                    Map.entry("LINE_UP_SECONDS", "1"),
                    Map.entry("FIGHTERS", "8"),
                    Map.entry("ROUND_SECONDS", "0.2"),
                    Map.entry("TRICKLE_SECONDS", "0.4"),
                    Map.entry("PEAK_SECONDS", "0.5"),
                    Map.entry("PEAK", "20"),
                    Map.entry("ADMIN_PASSWORD", "any"),
                    Map.entry("JOIN_P95_MILLIS", "10000"),
                    Map.entry("POLL_P95_MILLIS", "10000"),
                    Map.entry("HOLD_P95_MILLIS", "10000"),
                    Map.entry("HOLD_P99_MILLIS", "10000"),
                    Map.entry("PAY_P95_MILLIS", "10000"));

    /**
     * What it takes to see some faults: people who give up soon, a count after many have come, a
     * line that somebody can walk past.
     */
    private static final Map<String, Map<String, String>> OF_THE_FAULT =
            Map.of(
                    "stands-still",
                    Map.of(
                            "PATIENCE_SECONDS", "1",
                            "WITNESS_PATIENCE_SECONDS", "1",
                            "NO_SHOWS", "0.2"),
                    "overfull",
                    Map.of("SECONDS", "4"),
                    "walks-in",
                    Map.of("THINK_SECONDS", "0.5"));

    @TempDir Path directory;

    @BeforeAll
    static void needsNode() {
        assumeTrue(K6Script.canRun(), "node is not installed: the k6 scripts are not tried out");
    }

    @ParameterizedTest
    @Execution(ExecutionMode.CONCURRENT)
    @CsvSource({
        "overtaken, poll-herd, order_inversions: count==0",
        "walks-in, poll-herd, order_inversions: count==0",
        "backwards, poll-herd, order_inversions: count==0",
        "falls-back, poll-herd, order_inversions: count==0",
        "sent-back, reconnect-storm, order_inversions: count==0",
        "forgets, poll-herd, places_lost: count==0",
        "moves, reconnect-storm, places_lost: count==0",
        "errors, poll-herd, unexpected_answers: count==0",
        "mute, poll-herd, unexpected_answers: count==0",
        "sells-twice, ticket-sale, tickets_paid: count<=10",
        "sells-twice, seat-war, '{seat:1}: count<=1'",
        "bad-books, ticket-sale, double_sales: count==0",
        "overfull, no-shows, people_inside: max<=5",
        "backwards, join-spike, order_inversions: count==0",
        "moves, join-spike, places_lost: count==0",
        "walks-in, ticket-sale, order_inversions: count==0",
        "bad-books, seat-war, double_sales: count==0",
        "garbles, ticket-sale, unexpected_answers: count==0",
        "closed-books, ticket-sale, unexpected_answers: count==0",
        "stands-still, ticket-sale, people_admitted: count>0",
        "stands-still, no-shows, people_who_gave_up: count==0",
        "none, redis-outage, outages_seen: count>0",
    })
    void aFaultCrossesItsThreshold(String fault, String script, String threshold) throws Exception {
        Summary summary = run(fault, script, Map.of()).breaks();

        assertThat(summary.crossed()).contains(threshold);
    }

    @ParameterizedTest
    @Execution(ExecutionMode.CONCURRENT)
    @CsvSource({"join-spike", "poll-herd", "ticket-sale", "reconnect-storm", "no-shows"})
    void aSaleWithoutAFaultCrossesNone(String script) throws Exception {
        Summary summary = run("none", script, Map.of()).holds();

        assertThat(summary.crossed()).isEqualTo("[]");
        assertThat(summary.count("people_joined")).isPositive();
    }

    @ParameterizedTest
    @Execution(ExecutionMode.CONCURRENT)
    @CsvSource({
        "poll-herd, POLL_P95_MILLIS, 'http_req_duration{name:poll}: p(95)<0'",
        "join-spike, JOIN_P95_MILLIS, 'http_req_duration{name:join}: p(95)<0'",
        "reconnect-storm, JOIN_P95_MILLIS, 'http_req_duration{name:join}: p(95)<0'",
        "seat-war, HOLD_P99_MILLIS, 'http_req_duration{name:hold}: p(99)<0'",
    })
    void slownessCrossesAThresholdToo(String script, String limit, String threshold)
            throws Exception {
        Summary summary = run("none", script, Map.of(limit, "0")).breaks();

        assertThat(summary.crossed()).contains(threshold);
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void aSlowSaleCrossesAThresholdForEveryStepOfIt() throws Exception {
        Map<String, String> limits =
                Map.of("HOLD_P95_MILLIS", "0", "PAY_P95_MILLIS", "0", "LINE_P95_MILLIS", "0");

        Summary summary = run("none", "ticket-sale", limits).breaks();

        assertThat(summary.crossed())
                .contains("http_req_duration{name:hold}: p(95)<0")
                .contains("http_req_duration{name:pay}: p(95)<0")
                .contains("time_in_line: p(95)<0");
    }

    private K6Script run(String fault, String script, Map<String, String> more) {
        Map<String, String> settings = new HashMap<>(SMALL);
        settings.putAll(OF_THE_FAULT.getOrDefault(fault, Map.of()));
        settings.putAll(more);
        return K6Script.start(script, directory, settings, fault);
    }
}
