package dev.stagedoor.gateway.share;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.gateway.connection.Connection;

import org.junit.jupiter.api.Test;
import org.springframework.context.ConfigurableApplicationContext;

import reactor.core.publisher.Mono;

import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;

/** What one client can take of the open paths, and that the others do not notice. */
class ClientOpenPathsTests extends LimitedGateways {

    @Test
    void oneClientThatWaitsOnAnOpenPathLeavesConnectionsToOthers() throws Exception {
        upstream.answers(
                (request, response) ->
                        request.uri().equals("/?slow")
                                ? Mono.never()
                                : response.sendString(Mono.just("hello")));
        ConfigurableApplicationContext gateway = gateway("stagedoor.upstream.open-connections=8");
        Client greedy = client(gateway);
        for (int round = 0; round < 3; round++) {
            long before = counted(gateway, "open_paths_under_way", "refused");
            List<Connection> waiting = connect(greedy, 8);
            for (Connection connection : waiting) {
                connection.send("GET /?slow HTTP/1.1\r\nHost: x\r\n\r\n");
            }
            await().until(() -> counted(gateway, "open_paths_under_way", "refused") == before + 6);

            Client other = client(gateway);
            assertThat(other.send(other.asking("/?other")).statusCode()).isEqualTo(200);
            assertThat(greedy.send(greedy.asking("/?again")).statusCode()).isEqualTo(429);
            for (Connection connection : waiting) {
                connection.close();
            }
            await().until(() -> greedy.send(greedy.asking("/?after")).statusCode() == 200);
        }
    }

    @Test
    void oneClientAtFullSpeedOnAnOpenPathCostsOthersNothing() throws Exception {
        ConfigurableApplicationContext gateway =
                gateway(
                        "stagedoor.gateway.open-paths-per-second=200",
                        "stagedoor.gateway.limits.open-paths-per-second=100");
        Client attacker = client(gateway);
        Client honest = client(gateway);
        String inside = inside(gateway, honest);
        Thread attack =
                Thread.ofPlatform()
                        .start(
                                () -> {
                                    while (!Thread.currentThread().isInterrupted()) {
                                        attacker.send(200, () -> attacker.asking("/"));
                                    }
                                });
        await().until(() -> counted(gateway, "open_paths", "refused") > 500);

        for (int i = 0; i < 50; i++) {
            assertThat(honest.send(honest.asking("/")).statusCode()).isEqualTo(200);
            assertThat(attacker.send(attacker.asking("/", inside)).statusCode()).isEqualTo(200);
        }
        attack.interrupt();
        attack.join();
        assertThat(counted(gateway, "open_paths", "exhausted")).isZero();
    }

    @Test
    void whoIsInsideHasNothingToDoWithTheCrowdOutside() {
        ConfigurableApplicationContext gateway =
                gateway("stagedoor.gateway.open-paths-per-second=1");
        Client somebody = client(gateway);
        String inside = inside(gateway, somebody);
        somebody.send(10, () -> somebody.asking("/"));

        assertThat(Client.count(somebody.send(10, () -> somebody.asking("/", inside)), 200))
                .isEqualTo(10);
    }

    @Test
    void accountsAreMadeSoManyAMinuteFromOneAddress() {
        ConfigurableApplicationContext gateway =
                gateway("stagedoor.gateway.limits.open-writes-per-minute=5");
        Client factory = client(gateway);

        long begun = System.nanoTime();
        List<HttpResponse<String>> answers =
                factory.send(
                        20,
                        () -> factory.asking("/api/v1/users").POST(BodyPublishers.ofString("{}")));
        Duration taken = Duration.ofNanos(System.nanoTime() - begun);

        long made = Client.count(answers, 200);
        assertThat(made).isBetween(5L, 5 + taken.dividedBy(Duration.ofSeconds(12)));
        assertThat(Client.count(answers, 429)).isEqualTo(20 - made);
        assertThat(factory.send(factory.asking("/")).statusCode()).isEqualTo(200);
        Client other = client(gateway);
        assertThat(other.send(other.asking("/api/v1/users").POST(BodyPublishers.ofString("{}"))))
                .returns(200, HttpResponse::statusCode);
        assertThat(counted(gateway, "open_writes", "refused")).isEqualTo(20 - made);

        String inside = inside(gateway, factory);
        assertThat(
                        factory.send(
                                20,
                                () ->
                                        factory.asking("/api/v1/users", inside)
                                                .POST(BodyPublishers.ofString("{}"))))
                .as("from inside too")
                .anyMatch(answer -> answer.statusCode() == 429);
    }
}
