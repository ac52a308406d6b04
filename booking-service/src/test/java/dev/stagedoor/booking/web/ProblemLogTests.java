package dev.stagedoor.booking.web;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;

import dev.stagedoor.booking.store.Outages;
import dev.stagedoor.common.ProblemDocuments;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import org.springframework.boot.logging.logback.StructuredLogEncoder;
import org.springframework.core.env.Environment;
import org.springframework.mock.env.MockEnvironment;
import org.springframework.mock.http.server.reactive.MockServerHttpRequest;
import org.springframework.mock.web.server.MockServerWebExchange;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Whoever is given a trace id can be found by it in the log, in lines and in JSON. */
class ProblemLogTests {

    private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";

    private final ListAppender<ILoggingEvent> told = new ListAppender<>();

    @Test
    void logsTheTraceIdThatTheCallerIsGiven() {
        MockServerWebExchange exchange =
                MockServerWebExchange.from(
                        MockServerHttpRequest.get("/api/v1/balance")
                                .header("traceparent", "00-" + TRACE + "-00f067aa0ba902b7-01"));

        fail(exchange);

        String answer = exchange.getResponse().getBodyAsString().block();
        assertThat(json(answer).get("traceId").asString()).isEqualTo(TRACE);
        assertThat(told.list).hasSize(1);
        ILoggingEvent line = told.list.getFirst();
        assertThat(line.getFormattedMessage())
                .startsWith("GET /api/v1/balance failed, trace " + TRACE + ": java.lang.Illegal");
        assertThat(json(structured(line)).at("/traceId").asString()).isEqualTo(TRACE);
    }

    private void fail(MockServerWebExchange exchange) {
        Logger logger = (Logger) LoggerFactory.getLogger(ProblemHandler.class);
        told.start();
        logger.addAppender(told);
        SimpleMeterRegistry meters = new SimpleMeterRegistry();
        try {
            new ProblemHandler(new ProblemDocuments(), new WebMeters(meters), new Outages(meters))
                    .handle(exchange, new IllegalStateException("what nobody may see"))
                    .block();
        } finally {
            logger.detachAppender(told);
        }
    }

    /** As it is written with {@code logging.structured.format.console=ecs}. */
    private static String structured(ILoggingEvent line) {
        LoggerContext context = new LoggerContext();
        context.putObject(Environment.class.getName(), new MockEnvironment());
        StructuredLogEncoder encoder = new StructuredLogEncoder();
        encoder.setContext(context);
        encoder.setFormat("ecs");
        encoder.start();
        return new String(encoder.encode(line), java.nio.charset.StandardCharsets.UTF_8);
    }

    private static JsonNode json(String text) {
        return JsonMapper.shared().readTree(text);
    }
}
