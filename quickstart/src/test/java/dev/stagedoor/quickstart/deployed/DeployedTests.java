package dev.stagedoor.quickstart.deployed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.sun.net.httpserver.HttpServer;

import dev.stagedoor.common.SigningKey;
import dev.stagedoor.devservices.Database;
import dev.stagedoor.devservices.DevServices;
import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.devservices.FreePort;
import dev.stagedoor.quickstart.meters.Meters;
import dev.stagedoor.quickstart.meters.Prometheus;
import dev.stagedoor.quickstart.stage.Browser;
import dev.stagedoor.quickstart.stage.Stage;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.yaml.snakeyaml.Yaml;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.io.Writer;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * Both services as they are deployed: by the entry point of their image, with the settings of
 * {@code deploy/kubernetes}, asked for their health as {@code compose.yaml} and Kubernetes ask.
 */
class DeployedTests {

    /** What the papers say → what it is here. */
    private static final Map<String, Integer> PORTS =
            Map.of(
                    "8080", FreePort.find(),
                    "8081", FreePort.find(),
                    "9080", FreePort.find(),
                    "9081", FreePort.find());

    private static final Pattern USUAL =
            Pattern.compile("\\b(" + String.join("|", PORTS.keySet()) + ")\\b");

    private static final Map<String, Image> SERVICES = new TreeMap<>();

    @TempDir private static Path directory;

    private static EmbeddedRedis redis;

    @BeforeAll
    static void start() throws IOException {
        assumeTrue(
                Image.isBuilt("queue-gateway") && Image.isBuilt("booking-service")
                        || "required".equals(System.getProperty("servers")),
                "nobody has built the jars, as mvn verify does");
        redis = EmbeddedRedis.start();
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        Map<String, String> ours = ours();
        for (String service : List.of("booking-service", "queue-gateway")) {
            Path own = Files.createDirectory(directory.resolve(service));
            Map<String, String> settings = settings(service, ours);
            SERVICES.put(service, new Image(service, settings, own));
        }
        SERVICES.get("booking-service").isReady(PORTS.get("9081"));
        SERVICES.get("queue-gateway").isReady(PORTS.get("9080"));
    }

    @AfterAll
    static void stop() {
        if (redis != null) {
            List<Integer> ended = SERVICES.values().stream().map(Image::ends).toList();
            SERVICES.clear();
            redis.close();
            assertThat(ended).as("by SIGTERM").containsOnly(128 + 15);
        }
    }

    @Test
    void aVisitorOfTheOneIsKnownToTheOther() {
        Browser visitor = new Browser(PORTS.get("8080"));

        visitor.register("Nobody");

        visitor.get("/api/v1/users/me", 200);
    }

    /** They run where a number is not written as it is here. */
    @Test
    void numbersAreWrittenForProgramsWhateverTheLanguageOfTheMachine() throws Exception {
        Browser operator = new Browser(PORTS.get("9080"));
        operator.keep("Authorization", "Bearer " + Stage.ADMIN_PASSWORD);
        Browser visitor = new Browser(PORTS.get("8080"));
        visitor.register("Nobody");
        visitor.join();

        JsonNode room = visitor.get("/api/v1/queue/rooms/main", 200);
        JsonNode ban =
                operator.post(
                        "/ops/api/rooms/main/bans",
                        "{\"who\":\"203.0.113.7\",\"for\":\"2h\",\"why\":\"robots\"}",
                        200);
        long show = evening();
        // Like a good client, should a busy machine let Redis look slow.
        List<String> event =
                await().until(() -> firstEventOfSeats(visitor, show), it -> it.size() == 3);

        assertThat(room.get("active").isNumber()).isTrue();
        assertThat(ban.get("who").asString()).isEqualTo("203.0.113.0/24");
        assertThat(event).anyMatch(line -> line.matches("retry:[0-9]+"));
    }

    private static long evening() {
        Browser seller = new Browser(PORTS.get("9081"));
        seller.keep("Authorization", Stage.adminLogin());
        String concert = "{\"title\":\"Any\",\"artist\":\"Any\",\"venue\":\"Any\"}";
        long id = seller.post("/admin/concerts", concert, 201).get("concertId").asLong();
        String evening = "{\"startsAt\":\"2099-01-10T10:00:00Z\",\"price\":60000}";
        return seller.post("/admin/concerts/" + id + "/schedules", evening, 201)
                .get("scheduleId")
                .asLong();
    }

    private static List<String> firstEventOfSeats(Browser visitor, long show) throws Exception {
        String seats = "/api/v1/schedules/" + show + "/seats/events";
        HttpRequest.Builder request = HttpRequest.newBuilder(Instance.at(PORTS.get("8080"), seats));
        for (String header : List.of("Authorization", "Queue-Token")) {
            request.header(header, visitor.kept(header));
        }
        HttpClient client = HttpClient.newHttpClient();
        try (Stream<String> lines = client.send(request.build(), BodyHandlers.ofLines()).body()) {
            return lines.limit(3).toList();
        } finally {
            client.shutdownNow();
        }
    }

    /** What it says besides is no line of the log. */
    @ParameterizedTest
    @ValueSource(strings = {"booking-service", "queue-gateway"})
    void theJvmSaysThatTheCacheDoesNotFitAndNothingElse(String service) {
        Image image = SERVICES.get(service);

        assertThat(image.said("err").lines())
                .anyMatch(line -> line.contains("[aot]"))
                .allMatch(line -> line.contains("[aot]") || line.endsWith("directives added"));
        assertThat(image.said("out").lines())
                .isNotEmpty()
                .allMatch(line -> line.matches("\\d{4}-\\d\\d-\\d\\dT.* (INFO|WARN) .*"));
    }

    /** The server would quote them line by line, as often as anybody sends one. */
    @ParameterizedTest
    @ValueSource(strings = {"8080", "9080", "8081", "9081"})
    void whatCannotBeReadIsRefusedAndNotWrittenDown(String port) throws IOException {
        String odd = "GET /\u001b[2J HTTP/1.1\r\nHost: x\r\na b: c\r\n\r\n";
        try (Socket client = new Socket("localhost", PORTS.get(port))) {
            client.getOutputStream().write(odd.getBytes(ISO_8859_1));
            byte[] answer = client.getInputStream().readAllBytes();

            assertThat(new String(answer, ISO_8859_1)).startsWith("HTTP/1.1 400 ");
        }
        assertThat(SERVICES.values())
                .extracting(image -> image.said("out"))
                .noneMatch(log -> log.contains("\u001b") || log.contains("Decoding failed"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"booking-service", "queue-gateway"})
    void everyProbeOfKubernetesIsAnsweredWithYes(String service) {
        JsonNode container =
                object("base/" + service + ".yaml", "Deployment", service)
                        .at("/spec/template/spec/containers/0");

        for (String probe : List.of("startupProbe", "readinessProbe", "livenessProbe")) {
            JsonNode asked = container.at("/" + probe + "/httpGet");
            String path = asked.get("path").asString();
            assertThat(path.endsWith("/liveness")).isEqualTo(probe.equals("livenessProbe"));
            new Browser(port(container, asked.get("port").asString())).get(path, 200);
        }
    }

    private static int port(JsonNode container, String name) {
        return container
                .get("ports")
                .valueStream()
                .filter(port -> port.get("name").asString().equals(name))
                .map(port -> port.get("containerPort").asInt())
                .findFirst()
                .orElseThrow();
    }

    @ParameterizedTest
    @ValueSource(strings = {"booking-service", "queue-gateway"})
    void theHealthCheckOfComposeTellsReadyFromNotReadyAndFromNobody(String service)
            throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        int port = server.getAddress().getPort();
        int[] status = {503};
        server.createContext(
                "/actuator/health/readiness",
                exchange -> {
                    exchange.sendResponseHeaders(status[0], -1);
                    exchange.close();
                });
        server.start();
        UnaryOperator<String> there = check -> check.replaceAll("908[01]", "" + port);

        assertThat(isHealthy(service, DeployedTests::here)).as("the service itself").isTrue();
        assertThat(isHealthy(service, there)).as("not ready").isFalse();
        status[0] = 200;
        assertThat(isHealthy(service, there)).as("ready").isTrue();
        server.stop(0);
        assertThat(isHealthy(service, there)).as("nobody").isFalse();
    }

    private static boolean isHealthy(String service, UnaryOperator<String> where)
            throws IOException {
        JsonNode compose =
                JsonMapper.shared().valueToTree(new Yaml().load(Meters.text("compose.yaml")));
        List<String> check =
                compose.at("/services/" + service + "/healthcheck/test")
                        .valueStream()
                        .skip(1) // the word CMD
                        .map(word -> where.apply(word.asString()))
                        .toList();
        return new ProcessBuilder(check).start().onExit().join().exitValue() == 0;
    }

    @Test
    void prometheusFindsBothAndCanAnswerEveryRuleAndTheAdapter() throws IOException {
        String rate = Prometheus.askedByRule("job", "job=\"queue-gateway\"");
        new Browser(PORTS.get("8080")).get("/api/v1/concerts", 200);

        try (Prometheus prometheus = new Prometheus(directory, DeployedTests::here)) {
            await().atMost(Duration.ofMinutes(1))
                    .untilAsserted(
                            () -> {
                                assertThat(prometheus.of("up"))
                                        .containsOnly(
                                                Map.entry("queue-gateway", "1"),
                                                Map.entry("booking-service", "1"));
                                assertThat(prometheus.health()).isNotEmpty().containsOnly("ok");
                                assertThat(prometheus.of(rate)).containsOnlyKeys("queue-gateway");
                            });
        }
    }

    @Test
    void aPasswordIsHashedByTheLineOfTheSecurityPaper() throws Exception {
        ProcessBuilder bash =
                new ProcessBuilder(
                        "bash",
                        "-c",
                        Meters.text("docs/security.md")
                                .lines()
                                .filter(line -> line.contains(".HashPassword "))
                                .findFirst()
                                .orElseThrow());
        bash.environment().put("PATH", Image.PATH);
        Process hashing = bash.directory(Meters.ROOT.toFile()).redirectErrorStream(true).start();
        try (Writer stdin = hashing.outputWriter()) {
            stdin.write("correct horse battery\n");
        }

        assertThat(new String(hashing.getInputStream().readAllBytes()))
                .matches("\\{bcrypt}\\$2a\\$12\\$.{53}\n");
    }

    // ── reading ─────────────────────────────────────────────────────────────────────────────────

    /** What its ConfigMap and its Secret say, but for servers and secrets that are there. */
    private static Map<String, String> settings(String service, Map<String, String> ours) {
        Map<String, String> settings = new HashMap<>();
        Stream.of(
                        object("base/" + service + ".yaml", "ConfigMap", service).get("data"),
                        object("base/secrets.example.yaml", "Secret", service).get("stringData"))
                .flatMap(values -> values.properties().stream())
                .forEach(it -> settings.put(it.getKey(), it.getValue().asString()));
        settings.replaceAll(ours::getOrDefault);
        settings.put("STAGEDOOR_REHEARSAL", "false");
        return settings;
    }

    private static Map<String, String> ours() {
        Database database = DevServices.database();
        Map<String, String> ours = new HashMap<>();
        ours.put("STAGEDOOR_UPSTREAM_URL", here("http://127.0.0.1:8081"));
        ours.put("STAGEDOOR_GATEWAY_MANAGEMENTADDRESS", "127.0.0.1");
        ours.put("STAGEDOOR_BOOKING_MANAGEMENTADDRESS", "127.0.0.1");
        ours.put("SPRING_DATA_REDIS_HOST", "127.0.0.1");
        ours.put("SPRING_DATA_REDIS_PORT", "" + redis.port());
        ours.put("SPRING_R2DBC_URL", database.r2dbcUrl());
        ours.put("SPRING_FLYWAY_URL", database.jdbcUrl());
        ours.put("SPRING_R2DBC_USERNAME", database.user());
        ours.put("SPRING_R2DBC_PASSWORD", database.password());
        ours.put("SPRING_FLYWAY_USER", database.user());
        ours.put("SPRING_FLYWAY_PASSWORD", database.password());
        for (String key : List.of("QUEUE", "PASS", "ACCESS", "TICKET")) {
            ours.put("STAGEDOOR_KEYS_" + key, SigningKey.random("one").encoded());
        }
        ours.put("STAGEDOOR_OPS_PASSWORD", Stage.ADMIN_PASSWORD);
        ours.put("STAGEDOOR_ADMIN_PASSWORD", Stage.ADMIN_PASSWORD);
        return ours;
    }

    private static JsonNode object(String file, String kind, String name) {
        String text = here(Meters.text("deploy/kubernetes/" + file));
        return StreamSupport.stream(new Yaml().loadAll(text).spliterator(), false)
                .map(JsonMapper.shared()::<JsonNode>valueToTree)
                .filter(it -> it.get("kind").asString().equals(kind))
                .filter(it -> it.at("/metadata/name").asString().equals(name))
                .findFirst()
                .orElseThrow();
    }

    /** In one pass: what stands in its place may hold the digits of another one. */
    private static String here(String text) {
        return USUAL.matcher(text).replaceAll(port -> "" + PORTS.get(port.group()));
    }
}
