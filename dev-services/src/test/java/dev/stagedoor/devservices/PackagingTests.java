package dev.stagedoor.devservices;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What a parser can say of {@code compose.yaml}; nobody starts it here. */
class PackagingTests {

    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final Map<String, Map<String, Object>> SERVICES = services();

    /** A variable that must be set, {@code ${NAME:?what to do}}. */
    private static final Pattern DEMANDED = Pattern.compile("\\$\\{([A-Z_]+):\\?[^}]+}");

    private static final Set<String> TOP = Set.of("services", "networks", "volumes");

    private static final Set<String> OF_A_SERVICE =
            Set.of(
                    "image build command environment ports volumes tmpfs networks depends_on"
                            .concat(" profiles user read_only cap_drop cap_add security_opt")
                            .concat(" mem_limit restart stop_grace_period healthcheck")
                            .split(" "));

    private static final Pattern VARIABLE = Pattern.compile("\\$\\{([A-Z_]+)[^}]*}");
    private static final Pattern SECRET =
            Pattern.compile("PASSWORD|KEY|AUTH$|SECRET|--requirepass");
    private static final Pattern LOGIN = Pattern.compile("://[^/@]*@");

    @Test
    void startsBothServicesAndWhatTheyNeed() {
        assertThat(namesIn(List.of()))
                .containsOnly("redis", "postgres", "booking-service", "queue-gateway");
    }

    @Test
    void watchesThemOnRequest() {
        assertThat(namesIn(List.of("observability"))).containsOnly("prometheus", "grafana");
        assertThat(SERVICES.values().stream().map(it -> it.get("image")).filter(Objects::nonNull))
                .hasSize(4)
                .allSatisfy(
                        image ->
                                assertThat(String.valueOf(image))
                                        .as("a full version")
                                        .matches(".+:v?\\d+\\.\\d+(\\.\\d+)?"));
    }

    /** What Maven does not reach has the version of the root's pom, but for the word SNAPSHOT. */
    @Test
    void everythingHasOneVersion() {
        String version = "(<artifactId>stagedoor</artifactId>\\s*<version>)([^<]+)";
        String whole =
                Pattern.compile(version)
                        .matcher(text("pom.xml"))
                        .results()
                        .findFirst()
                        .orElseThrow()
                        .group(2);
        String released = whole.replace("-SNAPSHOT", "");

        Stream.of(
                        "common",
                        "dev-services",
                        "queue-gateway",
                        "booking-service",
                        "quickstart",
                        "clients/spring-boot-starter")
                .forEach(
                        module ->
                                assertThat(text(module + "/pom.xml"))
                                        .contains("<version>" + whole + "</version>"));
        Stream.of("docs/integrate.md", "docs/security.md")
                .forEach(
                        paper ->
                                assertThat(text(paper))
                                        .contains("queue-gateway-" + whole + "-exec.jar"));
        assertThat(text("clients/spring-boot-starter/README.md"))
                .contains("<version>" + whole + "</version>");
        assertThat(text("clients/javascript/package.json"))
                .contains("\"version\": \"" + released + "\"");
        assertThat(
                        text("deploy/kubernetes/base/kustomization.yaml")
                                .lines()
                                .filter(it -> it.contains("newTag:")))
                .hasSize(2)
                .allMatch(line -> line.endsWith(" " + released));
    }

    /** A tool refuses a file with a word that it does not know. */
    @ParameterizedTest
    @MethodSource("names")
    void everyWordIsOneThatComposeKnows(String service) {
        assertThat(compose().keySet()).allMatch(key -> key.startsWith("x-") || TOP.contains(key));
        assertThat(SERVICES.get(service).keySet()).isSubsetOf(OF_A_SERVICE);
        assertThat(members(SERVICES.get(service), "healthcheck").keySet())
                .isSubsetOf("test", "interval", "timeout", "retries", "start_period");
    }

    @ParameterizedTest
    @MethodSource("names")
    void noServiceWritesToItsImageOrKeepsWhatItDoesNotNeed(String service) {
        Map<String, Object> definition = SERVICES.get(service);

        assertThat(definition)
                .containsEntry("read_only", true)
                .containsEntry("cap_drop", List.of("ALL"));
        assertThat(strings(definition.get("security_opt"))).contains("no-new-privileges:true");
        assertThat(definition.containsKey("cap_add")).isEqualTo(service.equals("postgres"));
    }

    @Test
    void whoeverTakesOverTheGatewayDoesNotSeeTheDatabase() {
        assertThat(strings(SERVICES.get("postgres").get("networks"))).containsExactly("sale");
        assertThat(networks("sale")).containsOnly("postgres", "booking-service");
        assertThat(networks("line"))
                .contains("redis", "booking-service", "queue-gateway")
                .doesNotContain("postgres");
        assertThat(members(compose(), "networks").keySet()).containsOnly("line", "sale");
    }

    private static List<String> networks(String network) {
        return SERVICES.entrySet().stream()
                .filter(it -> strings(it.getValue().get("networks")).contains(network))
                .map(Map.Entry::getKey)
                .toList();
    }

    /** The longest way down: three phases of the shutdown, and what is told to Redis at the end. */
    @ParameterizedTest
    @ValueSource(strings = {"booking-service", "queue-gateway"})
    void waitsForWhatItNeedsAndIsLeftTheTimeToStop(String service) {
        Map<String, Object> definition = SERVICES.get(service);

        assertThat(members(definition, "depends_on").values())
                .isNotEmpty()
                .allMatch(it -> it.equals(Map.of("condition", "service_healthy")));
        assertThat(definition).containsEntry("stop_grace_period", "40s");
        assertThat(text(service + "/src/main/resources/" + service + ".yaml"))
                .contains("timeout-per-shutdown-phase: 10s");
    }

    @Test
    void grafanaKnowsNoPasswordAndLetsPeopleOnlyLook() {
        assertThat(environment("grafana"))
                .containsEntry("GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION", "true")
                .containsEntry("GF_AUTH_BASIC_ENABLED", "false")
                .containsEntry("GF_AUTH_DISABLE_LOGIN_FORM", "true")
                .containsEntry("GF_AUTH_ANONYMOUS_ORG_ROLE", "Viewer");
    }

    @Test
    void readsTheMetersWhereTheServicesTellThem() {
        Map<String, Object> prometheus = strictly().load(text("ops/prometheus/prometheus.yml"));
        Map<String, String> asked =
                maps(prometheus.get("scrape_configs")).stream()
                        .collect(
                                Collectors.toMap(
                                        job -> String.valueOf(job.get("job_name")),
                                        PackagingTests::target));

        assertThat(asked)
                .containsOnly(
                        Map.entry("queue-gateway", "[queue-gateway]:9080/actuator/prometheus"),
                        Map.entry("booking-service", "[booking-service]:9081/actuator/prometheus"));
        assertThat(environment("queue-gateway"))
                .containsEntry("STAGEDOOR_GATEWAY_MANAGEMENTADDRESS", "0.0.0.0");
        assertThat(environment("booking-service"))
                .containsEntry("STAGEDOOR_BOOKING_MANAGEMENTADDRESS", "0.0.0.0");
    }

    private static String target(Map<String, Object> job) {
        Map<String, Object> found = maps(job.get("dns_sd_configs")).getFirst();
        return "%s:%s%s".formatted(found.get("names"), found.get("port"), job.get("metrics_path"));
    }

    @ParameterizedTest
    @MethodSource("names")
    void everyServiceHasAHealthCheckAndAMemoryLimit(String service) {
        Map<String, Object> definition = SERVICES.get(service);

        assertThat(definition).containsKeys("healthcheck", "mem_limit", "restart");
        assertThat(members(definition, "healthcheck")).containsKeys("test", "interval", "retries");
    }

    @Test
    void onlyTheGatewayCanBeReachedFromOutside() {
        Map<String, List<String>> published =
                SERVICES.entrySet().stream()
                        .filter(service -> service.getValue().containsKey("ports"))
                        .collect(
                                Collectors.toMap(
                                        Map.Entry::getKey,
                                        it -> strings(it.getValue().get("ports"))));

        assertThat(published)
                .containsOnly(
                        Map.entry("queue-gateway", List.of("8080:8080", "127.0.0.1:9080:9080")),
                        Map.entry("booking-service", List.of("127.0.0.1:9081:9081")),
                        Map.entry("prometheus", List.of("127.0.0.1:9090:9090")),
                        Map.entry("grafana", List.of("127.0.0.1:3000:3000")));
    }

    @Test
    void somebodyCanPutAConcertOn() {
        assertThat(environment("booking-service").get("STAGEDOOR_ADMIN_PASSWORD"))
                .matches(DEMANDED);
    }

    @ParameterizedTest
    @MethodSource("names")
    void noPasswordAndNoKeyIsWrittenDownOrHasADefault(String service) {
        assertThat(environment(service))
                .allSatisfy(
                        (name, value) -> {
                            if (SECRET.matcher(name).find()) {
                                assertThat(value).matches(DEMANDED);
                            } else if (LOGIN.matcher(value).find()) {
                                assertThat(value).containsPattern("://:" + DEMANDED + "@");
                            }
                        });
        List<String> command = command(service);
        for (int i = 1; i < command.size(); i++) {
            if (SECRET.matcher(command.get(i - 1)).find()) {
                assertThat(command.get(i)).matches(DEMANDED);
            }
        }
    }

    @Test
    void theExampleNamesEveryVariableAndGivesNoSecretAway() {
        Map<String, String> example =
                text(".env.example")
                        .lines()
                        .filter(line -> !line.isBlank() && !line.startsWith("#"))
                        .map(line -> line.split("=", 2))
                        .collect(Collectors.toMap(pair -> pair[0], pair -> pair[1]));

        assertThat(example.keySet()).isEqualTo(found(VARIABLE, text("compose.yaml")));
        assertThat(example)
                .allSatisfy(
                        (name, value) ->
                                assertThat(SECRET.matcher(name).find() && !value.isEmpty())
                                        .as("%s has a value", name)
                                        .isFalse());
    }

    @ParameterizedTest
    @ValueSource(strings = {"booking-service", "queue-gateway"})
    void everySettingIsOneThatTheServiceKnows(String service) {
        Set<String> known = KnownSettings.of(service);

        assertThat(environment(service).keySet())
                .isNotEmpty()
                .allSatisfy(name -> assertThat(known).contains(KnownSettings.spelledAlike(name)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"booking-service", "queue-gateway"})
    void asksForHealthWhereTheServiceTellsIt(String service) {
        String check = String.valueOf(members(SERVICES.get(service), "healthcheck").get("test"));
        String settings = text(service + "/src/main/resources/" + service + ".yaml");
        String port = service.equals("queue-gateway") ? "9080" : "9081";

        assertThat(check).contains("/dev/tcp/127.0.0.1/" + port, "/actuator/health/readiness");
        assertThat(settings).contains(port, "address:", "127.0.0.1", "readiness:");
    }

    @Test
    void redisForgetsNothing() {
        assertThat(String.join(" ", command("redis")))
                .contains("--appendonly yes", "--maxmemory-policy noeviction", "--maxmemory ");
    }

    @Test
    void volumesAreDeclared() {
        Set<String> declared = members(compose(), "volumes").keySet();

        assertThat(SERVICES.values().stream().flatMap(it -> strings(it.get("volumes")).stream()))
                .isNotEmpty()
                .map(volume -> volume.split(":")[0])
                .allSatisfy(
                        volume ->
                                assertThat(
                                                volume.startsWith("./")
                                                        ? Files.isDirectory(ROOT.resolve(volume))
                                                        : declared.contains(volume))
                                        .as(volume)
                                        .isTrue());
    }

    // ── reading ─────────────────────────────────────────────────────────────────────────────────

    private static Stream<String> names() {
        return SERVICES.keySet().stream();
    }

    private static Map<String, Object> compose() {
        return strictly().load(text("compose.yaml"));
    }

    /** Like those who will read it: a name that stands twice is a mistake. */
    private static Yaml strictly() {
        LoaderOptions options = new LoaderOptions();
        options.setAllowDuplicateKeys(false);
        return new Yaml(options);
    }

    private static Map<String, Map<String, Object>> services() {
        Map<String, Object> all = members(compose(), "services");
        return all.keySet().stream()
                .collect(Collectors.toMap(name -> name, name -> members(all, name)));
    }

    /** The services that start with exactly these profiles. */
    private static List<String> namesIn(List<String> profiles) {
        return SERVICES.entrySet().stream()
                .filter(
                        it ->
                                strings(it.getValue().getOrDefault("profiles", List.of()))
                                        .equals(profiles))
                .map(Map.Entry::getKey)
                .toList();
    }

    private static Map<String, String> environment(String service) {
        if (!SERVICES.get(service).containsKey("environment")) {
            return Map.of();
        }
        return members(SERVICES.get(service), "environment").entrySet().stream()
                .collect(Collectors.toMap(Map.Entry::getKey, it -> String.valueOf(it.getValue())));
    }

    private static List<String> command(String service) {
        return strings(SERVICES.get(service).getOrDefault("command", List.of()));
    }

    @SuppressWarnings("unchecked") // the members of a YAML mapping
    private static Map<String, Object> members(Map<String, Object> parent, String name) {
        assertThat(parent.get(name)).as(name).isInstanceOf(Map.class);
        return (Map<String, Object>) parent.get(name);
    }

    @SuppressWarnings("unchecked") // the elements of a YAML sequence
    private static List<Map<String, Object>> maps(Object list) {
        assertThat(list).isInstanceOf(List.class);
        return (List<Map<String, Object>>) list;
    }

    private static List<String> strings(Object list) {
        return list instanceof List<?> values
                ? values.stream().map(String::valueOf).toList()
                : List.of();
    }

    private static Set<String> found(Pattern pattern, String text) {
        return pattern.matcher(text)
                .results()
                .map((MatchResult found) -> found.group(1))
                .collect(Collectors.toSet());
    }

    private static String text(String file) {
        return text(ROOT.resolve(file));
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
