package dev.stagedoor.gateway.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.gateway.Gateways;
import dev.stagedoor.gateway.Upstream;
import dev.stagedoor.gateway.Visitor;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.context.ConfigurableApplicationContext;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The gateway's user of Redis, with exactly the rules that docs/security.md gives it. */
@Timeout(120)
class RedisAclTests {

    private static final Path DOCUMENT = Path.of("../docs/security.md");

    @Test
    void aGatewayDoesEverythingAsItsOwnUserAndNothingElse() throws IOException {
        try (EmbeddedRedis redis = EmbeddedRedis.start();
                Upstream upstream = new Upstream()) {
            redis.ask(rules("gateway"));
            String url = redis.url().replace("//", "//gateway:PASSWORD@");
            try (ConfigurableApplicationContext gateway =
                    Gateways.startOn(
                            url,
                            upstream.url(),
                            "stagedoor.ops.password=" + OperatorClient.PASSWORD,
                            "stagedoor.rooms.main.interval=100ms",
                            "stagedoor.rooms.main.capacity=1")) {
                everythingHappens(redis, gateway);
            }

            assertThat(redis.ask("ACL LOG")).isEmpty();
            for (String forbidden :
                    List.of(
                            "FLUSHALL",
                            "CONFIG GET *",
                            "KEYS *",
                            "SCAN 0",
                            "SCRIPT FLUSH",
                            "SHUTDOWN",
                            "GET booking:seat:1:1",
                            "SET other 1",
                            "PUBLISH redisson_lock__channel:{a} 0")) {
                assertThat(redis.ask("ACL DRYRUN gateway " + forbidden))
                        .as(forbidden)
                        .contains("no permissions");
            }
        }
    }

    /** By the lines of the runbook. */
    @Test
    void aPasswordIsReplacedUnderAGatewayThatGoesOn() throws IOException {
        List<String> lines =
                Files.readAllLines(Path.of("../docs/operations.md")).stream()
                        .filter(line -> line.startsWith("ACL SETUSER gateway "))
                        .map(line -> line.replaceFirst(" +#.*", ""))
                        .toList();
        assertThat(lines).hasSize(2);
        try (EmbeddedRedis redis = EmbeddedRedis.start();
                Upstream upstream = new Upstream()) {
            redis.ask(rules("gateway").replace("PASSWORD", "OLD"));
            String url = redis.url().replace("//", "//gateway:OLD@");
            try (ConfigurableApplicationContext before = Gateways.startOn(url, upstream.url())) {
                redis.ask(lines.getFirst());
                try (ConfigurableApplicationContext after =
                        Gateways.startOn(url.replace("OLD", "NEW"), upstream.url())) {
                    redis.ask(lines.getLast());

                    new Visitor("main").joins(after);
                    new Visitor("main").joins(before);
                }
            }
            assertThatThrownBy(() -> redis.ask("AUTH gateway OLD"))
                    .hasMessageContaining("WRONGPASS");
        }
    }

    private static void everythingHappens(
            EmbeddedRedis redis, ConfigurableApplicationContext gateway) {
        OperatorClient operator = new OperatorClient(gateway);
        Visitor inside = new Visitor("main");
        Visitor waiting = new Visitor("main");
        inside.joins(gateway);
        await().until(() -> inside.isActive(gateway));
        waiting.joins(gateway);
        assertThat(waiting.status(gateway).get("position").asInt()).isEqualTo(1);
        assertThat(inside.gets(gateway, "/api/v1/seats").statusCode()).isEqualTo(200);

        operator.patch("/ops/api/rooms/main/settings", "{\"per-minute\":100}");
        String gala = "{\"room\":\"gala\",\"settings\":{\"paths\":[\"/gala/**\"]}}";
        assertThat(operator.send("POST", "/ops/api/rooms", gala).statusCode()).isEqualTo(201);
        for (String what : List.of("", "/history", "/changes", "/people")) {
            operator.get("/ops/api/rooms/main" + what);
        }
        String asked = "{\"token\":\"%s\"}".formatted(inside.token());
        operator.post("/ops/api/explain", asked);
        operator.post("/ops/api/revoke", asked);
        await().until(() -> waiting.isActive(gateway));

        redis.ask("FLUSHALL");
        await().until(() -> waiting.isActive(gateway));
        waiting.leaves(gateway);
        assertThat(Visitor.send(Visitor.request(gateway, "/api/v1/queue/rooms/main")).statusCode())
                .isLessThan(500);
    }

    private static String rules(String user) throws IOException {
        return Files.readAllLines(DOCUMENT).stream()
                .map(String::strip)
                .filter(line -> line.startsWith("ACL SETUSER " + user + " "))
                .findFirst()
                .orElseThrow();
    }
}
