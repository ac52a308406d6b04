package dev.stagedoor.quickstart.meters;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.devservices.FreePort;
import dev.stagedoor.quickstart.Quickstart;
import dev.stagedoor.quickstart.meters.Collector.Seen;
import dev.stagedoor.quickstart.stage.Browser;

import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.util.List;
import java.util.Set;

/** One trace from the client through the gateway to the booking service, or none at all. */
@Order(Integer.MAX_VALUE)
class TracingTests {

    private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
    private static final String CLIENT = "00f067aa0ba902b7";

    private final int port = FreePort.find();

    @Test
    void aTraceOfTheClientIsFollowedToTheSaleAndOneBeginsAtTheGatewayForWhoeverHasNone()
            throws IOException {
        try (Collector collector = new Collector()) {
            JsonNode problem;
            try (Quickstart _ = start(collector, true)) {
                new Browser(port).get("/api/v1/concerts/1", 200);
                Browser visitor = new Browser(port);
                visitor.keep("traceparent", "00-" + TRACE + "-" + CLIENT + "-01");
                visitor.get("/api/v1/concerts", 200);
                problem = visitor.get("/api/v1/concerts/987654321", 404);
            } // what was not sent yet is sent at the end

            assertThat(problem.get("traceId").asString()).isEqualTo(TRACE);
            isTheTraceOfTheClient(
                    of(collector, "queue-gateway", true), of(collector, "booking-service", true));
            isATraceOfItsOwn(
                    of(collector, "queue-gateway", false), of(collector, "booking-service", false));
            assertThat(collector.paths()).containsOnly("/v1/traces");
        }
    }

    @Test
    void tellsNobodyUnlessItIsSwitchedOn() throws IOException {
        try (Collector collector = new Collector()) {
            Set<Thread> before = Thread.getAllStackTraces().keySet();
            try (Quickstart _ = start(collector, false)) {
                Browser visitor = new Browser(port);
                visitor.keep("traceparent", "00-" + TRACE + "-" + CLIENT + "-01");
                JsonNode problem = visitor.get("/api/v1/concerts/987654321", 404);

                assertThat(problem.get("traceId").asString()).isEqualTo(TRACE);
                assertThat(Thread.getAllStackTraces().keySet())
                        .isNotEqualTo(before)
                        .filteredOn(thread -> !before.contains(thread))
                        .noneMatch(thread -> thread.getName().contains("BatchSpanProcessor"));
            }
            assertThat(collector.paths()).isEmpty();
        }
    }

    private static void isTheTraceOfTheClient(List<Seen> gateway, List<Seen> booking) {
        assertThat(gateway).hasSize(2).allMatch(span -> span.parent().equals(CLIENT));
        assertThat(booking)
                .extracting(Seen::parent)
                .containsExactlyInAnyOrderElementsOf(gateway.stream().map(Seen::span).toList());
    }

    private static void isATraceOfItsOwn(List<Seen> gateway, List<Seen> booking) {
        assertThat(gateway).hasSize(1).allMatch(span -> span.parent().isEmpty());
        assertThat(booking)
                .hasSize(1)
                .allMatch(span -> span.trace().equals(gateway.getFirst().trace()))
                .allMatch(span -> span.parent().equals(gateway.getFirst().span()));
    }

    private static List<Seen> of(Collector collector, String service, boolean clients) {
        return collector.spans().stream()
                .filter(span -> span.service().equals(service))
                .filter(span -> span.trace().equals(TRACE) == clients)
                .toList();
    }

    private Quickstart start(Collector collector, boolean enabled) {
        return Quickstart.start(
                "--stagedoor.gateway.port=" + port,
                "--stagedoor.booking.port=" + FreePort.find(),
                "--stagedoor.gateway.management-port=" + FreePort.find(),
                "--stagedoor.booking.management-port=" + FreePort.find(),
                "--stagedoor.tracing.enabled=" + enabled,
                "--stagedoor.tracing.sampling=1",
                "--stagedoor.tracing.endpoint=" + collector.endpoint());
    }
}
