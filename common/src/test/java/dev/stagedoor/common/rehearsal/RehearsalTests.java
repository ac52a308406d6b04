package dev.stagedoor.common.rehearsal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.common.rehearsal.Rehearsal.Played;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.resources.LoopResources;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Whatever a service answers or does not, its rehearsal ends, and says so. */
@Timeout(300)
class RehearsalTests {

    /** Until all are there, who have been there before; a busy machine takes longer. */
    private static final Duration SHORT = Duration.ofSeconds(2);

    /** Beside other tests the compilers are never quiet, and it would go on until then. */
    private static final Duration A_WHILE = Duration.ofSeconds(3);

    private static final Duration LONG = Duration.ofSeconds(20);

    private final LoopResources threads = LoopResources.create("rehearsal-tests", 1, true);

    private final DisposableServer service =
            HttpServer.create()
                    .host("127.0.0.1")
                    .port(0)
                    .runOn(threads)
                    .route(
                            routes ->
                                    routes.get("/good", (_, answer) -> answer.send())
                                            .get(
                                                    "/last",
                                                    (_, answer) ->
                                                            answer.keepAlive(false)
                                                                    .sendString(Mono.just("bye")))
                                            .post(
                                                    "/echo",
                                                    (asked, answer) ->
                                                            answer.send(asked.receive().retain()))
                                            .get("/never", (_, _) -> Mono.never()))
                    .bindNow();

    @AfterEach
    void stop() {
        service.disposeNow();
        threads.dispose();
    }

    @Test
    void playsOnWhateverConnectionsEndAndWaitsForNoAnswerThatNeverComes() {
        Played played =
                playUntil(
                        10 * Visitors.AT_ONCE,
                        A_WHILE,
                        Act.get("/good", Map.of("Queue-Token", "t"), 200),
                        Act.get("/last", Map.of(), 200),
                        Act.post("/echo", Map.of("Accept", "*/*"), "what is said", 200),
                        Act.get("/nowhere", Map.of(), 200));

        assertThat(played.unlike()).isBetween(played.acts() / 5, played.acts() / 3);

        Played unanswered = playUntil(Visitors.AT_ONCE, SHORT, Act.get("/never", Map.of(), 200));
        assertThat(unanswered.unlike()).isEqualTo(Visitors.AT_ONCE);
    }

    @Test
    void endsAtOnceIfNobodyListens() {
        service.disposeNow();

        Played played = play(LONG, Act.get("/good", Map.of(), 200));

        assertThat(played.unlike()).isEqualTo(Visitors.AT_ONCE);
        assertThat(played.took()).isLessThan(LONG);
    }

    /** For longer where there were fewer acts than that. */
    private Played playUntil(int acts, Duration longest, Act... often) {
        Played played = play(longest, often);
        return played.acts() >= acts ? played : playUntil(acts, longest.multipliedBy(2), often);
    }

    private Played play(Duration longest, Act... acts) {
        return Rehearsal.play(List.of(), List.of(acts), service.port(), threads, longest, SHORT)
                .blockOptional(Duration.ofMinutes(4))
                .orElseThrow();
    }
}
