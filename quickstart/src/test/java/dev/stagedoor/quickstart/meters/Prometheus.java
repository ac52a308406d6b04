package dev.stagedoor.quickstart.meters;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.stagedoor.devservices.FreePort;
import dev.stagedoor.quickstart.stage.Browser;

import org.yaml.snakeyaml.Yaml;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.io.File;
import java.io.IOException;
import java.io.Writer;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Prometheus itself, set as {@code ops/prometheus} has it, but for where the services are. */
public final class Prometheus implements AutoCloseable {

    private static final Path SETTINGS = Meters.ROOT.resolve("ops/prometheus/prometheus.yml");

    /** Its own resolver asks a name server; there is none here that knows the services. */
    private static final String BY_NAME =
            "dns_sd_configs:[^-]+- names: .+\\s+type: A\\s+port: (\\d+)\\s+refresh_interval: .+";

    private final Browser browser;
    private final Process process;

    public Prometheus(Path directory, UnaryOperator<String> here) throws IOException {
        int port = FreePort.find();
        Path settings = directory.resolve("prometheus.yml");
        Files.writeString(
                settings,
                here.apply(Files.readString(SETTINGS))
                        .replaceAll(BY_NAME, "static_configs: [{ targets: [\"127.0.0.1:$1\"] }]")
                        .replace("- alerts.yml", "- " + SETTINGS.resolveSibling("alerts.yml"))
                        .replaceAll("_interval: \\d+s", "_interval: 1s"));
        this.browser = new Browser(port);
        this.process =
                new ProcessBuilder(
                                program("prometheus"),
                                "--config.file=" + settings,
                                "--storage.tsdb.path=" + directory.resolve("prometheus"),
                                "--web.listen-address=127.0.0.1:" + port)
                        .redirectErrorStream(true)
                        .redirectOutput(directory.resolve("prometheus.log").toFile())
                        .start();
    }

    /** What the answer to a query says of each job. */
    public Map<String, String> of(String query) {
        String encoded = URLEncoder.encode(query, StandardCharsets.UTF_8);
        return data("query?query=" + encoded)
                .get("result")
                .valueStream()
                .collect(
                        Collectors.toMap(
                                it -> it.at("/metric/job").asString(),
                                it -> it.at("/value/1").asString()));
    }

    /** How each rule fares. */
    public List<String> health() {
        return data("rules").findValuesAsString("health");
    }

    private JsonNode data(String call) {
        return browser.get("/api/v1/" + call, 200).get("data");
    }

    /** By which an adapter is told in deploy/kubernetes what to ask. */
    static JsonNode rule() {
        String rules =
                Meters.text("deploy/kubernetes/README.md")
                        .replaceFirst("(?s).*```yaml\n(rules:.*?)```.*", "$1");
        return JsonMapper.shared().<JsonNode>valueToTree(new Yaml().load(rules)).at("/rules/0");
    }

    /** What it asks for those who match, told apart by a label. */
    public static String askedByRule(String label, String matchers) {
        return rule().get("metricsQuery")
                .asString()
                .replace("<<.GroupBy>>", label)
                .replace("<<.LabelMatchers>>", matchers);
    }

    record Checked(int status, String said) {}

    /** By its own tool: a file of {@code ops/prometheus}, or what it is given to read. */
    static Checked check(String input, String... arguments) throws Exception {
        Process promtool =
                new ProcessBuilder(
                                Stream.concat(Stream.of(program("promtool")), Stream.of(arguments))
                                        .toList())
                        .directory(SETTINGS.getParent().toFile())
                        .redirectErrorStream(true)
                        .start();
        try (Writer stdin = promtool.outputWriter()) {
            stdin.write(input);
        }
        String said = new String(promtool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Checked(promtool.waitFor(), said);
    }

    /** With {@code -Dservers=required} nothing is skipped. */
    private static String program(String name) {
        boolean isThere =
                Stream.of(System.getenv("PATH").split(File.pathSeparator))
                        .anyMatch(folder -> Files.isExecutable(Path.of(folder, name)));
        assumeTrue(
                isThere || "required".equals(System.getProperty("servers")),
                name + " is not installed");
        return name;
    }

    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
    }
}
