package dev.stagedoor.gateway.door;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.gateway.Gateways;
import dev.stagedoor.gateway.Upstream;
import dev.stagedoor.gateway.Visitor;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.context.ConfigurableApplicationContext;

import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;

/** Open paths of all rooms share one allowance, so that they are no way round the line. */
class OpenPathsTests {

    private static final List<String> OPEN =
            List.of("/east/open", "/east/list", "/west/open", "/west/list");

    private static EmbeddedRedis redis;
    private static Upstream upstream;
    private static ConfigurableApplicationContext gateway;

    private static final Visitor INSIDE = new Visitor("east");

    @BeforeAll
    static void start() {
        redis = EmbeddedRedis.start();
        upstream = new Upstream();
        gateway =
                Gateways.startOn(
                        redis.url(),
                        upstream.url(),
                        "stagedoor.gateway.open-paths-per-second=1",
                        "stagedoor.rooms.east.paths=/east/**",
                        "stagedoor.rooms.east.open-paths=GET /east/open,GET /east/list",
                        "stagedoor.rooms.west.paths=/west/**",
                        "stagedoor.rooms.west.open-paths=GET /west/open,GET /west/list");
        INSIDE.joins(gateway);
    }

    @AfterAll
    static void stop() {
        gateway.close();
        upstream.close();
        redis.close();
    }

    @Test
    void oneAllowanceIsSharedByAllOpenPathsOfAllRooms() {
        long begun = System.nanoTime();

        List<HttpResponse<String>> answers =
                IntStream.range(0, 20).mapToObj(i -> asks(OPEN.get(i % OPEN.size()))).toList();

        long seconds = Duration.ofNanos(System.nanoTime() - begun).toSeconds();
        List<HttpResponse<String>> refused =
                answers.stream().filter(answer -> answer.statusCode() != 200).toList();
        assertThat(answers.size() - refused.size()).isBetween(1, 1 + (int) seconds);
        assertThat(refused).isNotEmpty().allSatisfy(OpenPathsTests::assertThrottled);
    }

    @Test
    void whoeverIsInsideIsNotHeldUpByThoseWhoAreNot() {
        for (int i = 0; i < 20; i++) {
            asks(OPEN.get(i % OPEN.size()));
            assertThat(INSIDE.gets(gateway, "/east/seats").statusCode()).isEqualTo(200);
        }
    }

    private static HttpResponse<String> asks(String path) {
        return Visitor.send(Visitor.request(gateway, path));
    }

    private static void assertThrottled(HttpResponse<String> answer) {
        assertThat(answer.statusCode()).isEqualTo(429);
        assertThat(answer.headers().firstValue("Retry-After")).contains("1");
        assertThat(Visitor.json(answer).get("code").asString()).isEqualTo("too-many-requests");
    }
}
