package dev.stagedoor.quickstart.deployed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.devservices.FreePort;
import dev.stagedoor.quickstart.Quickstart;
import dev.stagedoor.quickstart.meters.Meters;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;

import java.io.BufferedReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * Somebody puts a line in front of a site of their own by one line of README.md: out of the one
 * file, which is made after all other tests, or where nobody says that it is there out of its
 * classes.
 */
@Order(Integer.MAX_VALUE)
class OwnSiteStory {

    private static final HttpClient CLIENT = HttpClient.newHttpClient();
    private static final int PORT = FreePort.find();
    private static final int MANAGEMENT = FreePort.find();

    private static final MatchResult WRITTEN =
            Pattern.compile("(?m)^java -jar (\\S+) (--origin=\\S+)")
                    .matcher(Meters.text("README.md"))
                    .results()
                    .findFirst()
                    .orElseThrow();

    private static DisposableServer site;
    private static Process started;
    private static String welcome = "";

    @BeforeAll
    static void start() throws Exception {
        site =
                HttpServer.create()
                        .host("127.0.0.1")
                        .port(0)
                        .handle((_, response) -> response.sendString(Mono.just("my own shop")))
                        .bindNow();
        started =
                starts(
                        Map.of(
                                "STAGEDOOR_GATEWAY_PORT",
                                Integer.toString(PORT),
                                "STAGEDOOR_ROOMS_MAIN_CAPACITY",
                                "1"),
                        WRITTEN.group(2).replace("localhost:3000", "127.0.0.1:" + site.port()),
                        "--stagedoor.gateway.management-port=" + MANAGEMENT);
        welcome = says("Ctrl-C ends everything.");
    }

    private static Process starts(Map<String, String> environment, String... arguments)
            throws Exception {
        Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        ProcessBuilder builder =
                new ProcessBuilder(java.toString(), "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC");
        builder.command().addAll(program());
        builder.command().addAll(List.of(arguments));
        builder.environment().putAll(environment);
        return builder.redirectErrorStream(true).start();
    }

    private static List<String> program() {
        return Boolean.getBoolean("one-file")
                ? List.of("-jar", Meters.ROOT.resolve(WRITTEN.group(1)).toString())
                : List.of("-cp", System.getProperty("java.class.path"), Quickstart.class.getName());
    }

    private static String says(String last) throws Exception {
        StringBuilder said = new StringBuilder();
        BufferedReader lines = started.inputReader();
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            said.append(line).append('\n');
            if (line.contains(last)) {
                return said.toString();
            }
        }
        throw new AssertionError("it has ended, and said: " + said);
    }

    @AfterAll
    static void stop() throws Exception {
        site.disposeNow();
        started.destroy();
        if (!started.waitFor(20, TimeUnit.SECONDS)) {
            started.destroyForcibly();
        }
    }

    @Test
    void theFirstOneIsInsideAndTheSecondOneWaits() throws Exception {
        String first = joins();
        String second = joins();

        HttpResponse<String> inside = asks("/", "Queue-Token", first);
        HttpResponse<String> waiting = asks("/", "Queue-Token", second);

        assertThat(inside.statusCode()).isEqualTo(200);
        assertThat(inside.body()).isEqualTo("my own shop");
        assertThat(waiting.statusCode()).isEqualTo(429);
        assertThat(asks("/", "Accept", "text/html").statusCode()).as("a page").isEqualTo(202);
    }

    @Test
    void itSaysWhereTheConsoleIsAndHowToGetIn() throws Exception {
        assertThat(welcome)
                .contains(
                        "in front of http://127.0.0.1:"
                                + site.port()
                                + ": http://localhost:"
                                + PORT)
                .contains("http://localhost:" + MANAGEMENT + "/ops/, user ops, password ")
                .containsPattern("redis-cli -u redis://\\S+:\\d+\n")
                .doesNotContain("psql");

        HttpResponse<String> console =
                CLIENT.send(
                        HttpRequest.newBuilder(
                                        URI.create("http://127.0.0.1:" + MANAGEMENT + "/ops/"))
                                .build(),
                        BodyHandlers.ofString());

        assertThat(console.statusCode()).isEqualTo(200);
    }

    @Test
    void thereIsARedisAndNoDatabase() {
        List<String> servers =
                started.descendants().map(child -> child.info().command().orElse("")).toList();

        assertThat(servers).anyMatch(command -> command.contains("redis"));
        assertThat(servers).noneMatch(command -> command.contains("postgres"));
    }

    @Test
    void whatIsNoSiteIsRefusedByName() throws Exception {
        Process wrong = starts(Map.of(), "--origin=localhost:3000");

        String said = new String(wrong.getInputStream().readAllBytes());

        assertThat(wrong.waitFor()).isEqualTo(1);
        assertThat(said).contains("origin must be http(s)://host:port", "localhost:3000");
    }

    /** As a good client does: again, if a busy machine lets Redis look slow. */
    private static String joins() {
        return await().until(OwnSiteStory::asksToJoin, joined -> joined.statusCode() != 503)
                .body()
                .replaceAll(".*\"token\":\"([^\"]*)\".*", "$1");
    }

    private static HttpResponse<String> asksToJoin() throws Exception {
        HttpRequest request =
                HttpRequest.newBuilder(
                                URI.create("http://127.0.0.1:" + PORT + "/api/v1/queue/tokens"))
                        .POST(HttpRequest.BodyPublishers.noBody())
                        .build();
        return CLIENT.send(request, BodyHandlers.ofString());
    }

    private static HttpResponse<String> asks(String path, String... headers) throws Exception {
        return CLIENT.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + PORT + path))
                        .headers(headers)
                        .build(),
                BodyHandlers.ofString());
    }
}
