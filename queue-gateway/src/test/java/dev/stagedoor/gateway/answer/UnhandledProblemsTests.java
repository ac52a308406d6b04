package dev.stagedoor.gateway.answer;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;

import dev.stagedoor.gateway.meters.GatewayMeters;
import dev.stagedoor.gateway.waitingroom.LineUnavailable;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.LoggerFactory;
import org.springframework.http.server.reactive.HttpHandler;
import org.springframework.http.server.reactive.ReactorHttpHandlerAdapter;
import org.springframework.web.server.adapter.WebHttpHandlerBuilder;

import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.netty.DisposableServer;
import reactor.netty.channel.AbortedException;
import reactor.netty.http.server.HttpServer;
import reactor.util.context.Context;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;

/** Whoever is told a trace can be found by it in the log, and is told nothing else. */
class UnhandledProblemsTests {

    private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";

    private final AtomicReference<Throwable> failure =
            new AtomicReference<>(new IllegalStateException("what nobody may see"));
    private final Logger logger = (Logger) LoggerFactory.getLogger(Answers.class.getPackageName());
    private final ListAppender<ILoggingEvent> told = new ListAppender<>();
    private final DisposableServer server =
            HttpServer.create()
                    .host("127.0.0.1")
                    .port(0)
                    .handle(new ReactorHttpHandlerAdapter(broken()))
                    .bindNow();

    @BeforeEach
    void listen() {
        told.start();
        logger.addAppender(told);
    }

    @AfterEach
    void stop() {
        logger.detachAppender(told);
        server.disposeNow();
    }

    @Test
    void logsTheTraceThatTheCallerBrings() throws Exception {
        assertThat(traceOf("traceparent", "00-" + TRACE + "-00f067aa0ba902b7-01")).isEqualTo(TRACE);
        assertThatItIsLogged(TRACE);
    }

    @Test
    void logsTheTraceThatTheCallerIsGivenWhoBringsNone() throws Exception {
        assertThatItIsLogged(traceOf());
        assertThatItIsLogged(traceOf("traceparent", "00-nonsense-01"));
    }

    static Stream<Throwable> hangUps() {
        return Stream.of(
                new IOException("recvAddress(..) failed: Connection reset by peer"),
                new ClosedChannelException(),
                new AbortedException("Connection has been closed"));
    }

    @ParameterizedTest
    @MethodSource("hangUps")
    void logsNothingOfThoseWhoHangUp(Throwable hungUp) throws Exception {
        failure.set(hungUp);

        ask();
        Operators.onErrorDropped(hungUp, Context.empty());

        assertThat(told.list).isEmpty();
    }

    /** Whoever sees an outage tells it, once. */
    @Test
    void logsOfWhatNobodyIsLeftToBeToldOnlyMistakes() {
        Operators.onErrorDropped(new LineUnavailable("Redis is away"), Context.empty());
        assertThat(told.list).isEmpty();

        Operators.onErrorDropped(failure.get(), Context.empty());
        assertThat(told.list).hasSize(1);
    }

    private String traceOf(String... headers) throws Exception {
        HttpResponse<String> answer = ask(headers);
        assertThat(answer.statusCode()).isEqualTo(500);
        assertThat(answer.body()).doesNotContain("what nobody may see");
        JsonNode problem = JsonMapper.shared().readTree(answer.body());
        return problem.get("traceId").asString();
    }

    private HttpResponse<String> ask(String... headers) throws Exception {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + "/x"));
        if (headers.length > 0) {
            request.headers(headers);
        }
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(request.build(), BodyHandlers.ofString());
        }
    }

    private void assertThatItIsLogged(String trace) {
        ILoggingEvent line = told.list.getLast();
        assertThat(line.getFormattedMessage())
                .startsWith("GET /x failed, trace " + trace + ": java.lang.IllegalState");
        assertThat(line.getKeyValuePairs())
                .anySatisfy(pair -> assertThat(pair.value).isEqualTo(trace));
    }

    private HttpHandler broken() {
        Answers answers = new Answers(new GatewayMeters(new SimpleMeterRegistry()));
        return WebHttpHandlerBuilder.webHandler(_ -> Mono.error(failure.get()))
                .exceptionHandler(new UnhandledProblems(answers))
                .build();
    }
}
