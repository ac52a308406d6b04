package dev.stagedoor.devservices;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.introspect.Annotated;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.google.gson.Gson;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRoute;
import io.kubernetes.client.openapi.models.V1ConfigMap;
import io.kubernetes.client.openapi.models.V1Deployment;
import io.kubernetes.client.openapi.models.V1NetworkPolicy;
import io.kubernetes.client.openapi.models.V1PodDisruptionBudget;
import io.kubernetes.client.openapi.models.V1Secret;
import io.kubernetes.client.openapi.models.V1Service;
import io.kubernetes.client.openapi.models.V2HorizontalPodAutoscaler;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
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
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** What {@code deploy/kubernetes} says, held against Kubernetes' schemas and both services. */
@Execution(ExecutionMode.CONCURRENT)
class KubernetesTests {

    private static final Path FILES = Path.of("../deploy/kubernetes").toAbsolutePath().normalize();

    /** Of others than Kubernetes itself, whose schemas are not at hand. */
    private static final Set<String> FOREIGN =
            Set.of("Kustomization", "Component", "ServiceMonitor");

    private static final Gson GSON = new Gson();

    /** Without what no type has a place for, which those of the Gateway API keep aside. */
    private static final JsonMapper TYPED =
            JsonMapper.builder()
                    .annotationIntrospector(
                            new JacksonAnnotationIntrospector() {
                                @Override
                                public Boolean hasAnyGetter(Annotated annotated) {
                                    return false;
                                }
                            })
                    .build();

    private interface Schema {
        void check(JsonElement element) throws IOException;
    }

    private static final Map<String, Schema> SCHEMAS =
            Map.of(
                    "ConfigMap", V1ConfigMap::validateJsonElement,
                    "Secret", V1Secret::validateJsonElement,
                    "Service", V1Service::validateJsonElement,
                    "Deployment", V1Deployment::validateJsonElement,
                    "NetworkPolicy", V1NetworkPolicy::validateJsonElement,
                    "PodDisruptionBudget", V1PodDisruptionBudget::validateJsonElement,
                    "HorizontalPodAutoscaler", V2HorizontalPodAutoscaler::validateJsonElement,
                    "HTTPRoute", KubernetesTests::checkRoute);

    @ParameterizedTest
    @MethodSource("files")
    void everyObjectIsOneThatKubernetesTakes(Path file) throws IOException {
        for (JsonObject object : objects(Files.readString(file))) {
            check(object);
        }
    }

    @Test
    void theSchemasAreStrict() {
        JsonObject service = named("Service", "queue-gateway").deepCopy();
        service.getAsJsonObject("spec").addProperty("selektor", "x");

        assertThatThrownBy(() -> check(service)).hasMessageContaining("selektor");
        String route = text(FILES.resolve("options/verdict-route/route.yaml"));
        for (String word : List.of("externalAuth:", "allowedHeaders:", "backendRefs:", "value:")) {
            JsonObject misspelled = objects(route.replace(word, "a" + word)).getFirst();
            assertThatThrownBy(() -> check(misspelled))
                    .hasMessageContaining("a" + word.replace(":", ""));
        }
        JsonObject mistyped = objects(route.replace("port: 9090", "port: verdict")).getFirst();
        assertThatThrownBy(() -> check(mistyped)).hasMessageContaining("verdict");
    }

    @ParameterizedTest
    @ValueSource(strings = {"base", "redis-cluster", "managed"})
    void kustomizeMakesOfItWhatKubernetesTakes(String overlay) throws Exception {
        List<JsonObject> objects = kustomized(FILES.resolve(overlay));

        assertThat(objects).hasSizeGreaterThan(10);
        areTakenIntoOneNamespace(objects);
        assertThat(nobody(objects).entrySet()).isNotEmpty();
        for (JsonObject pods : of("Deployment", objects)) {
            JsonObject labels =
                    at(pods, "spec", "template", "metadata", "labels").getAsJsonObject();
            assertThat(labels.entrySet())
                    .as("nobody is let in to them, and to no other pod of the namespace")
                    .containsAll(nobody(objects).entrySet());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "autoscaler, HorizontalPodAutoscaler, queue-gateway",
        "service-monitor, ServiceMonitor, stagedoor",
        "verdict-route, HTTPRoute, shop",
        "verdict-route, Service, queue-gateway-verdict",
        "verdict-route, NetworkPolicy, queue-gateway-verdict"
    })
    void anOptionGoesWithEachOfThem(String option, String kind, String name, @TempDir Path own)
            throws Exception {
        Path files = own.toRealPath().relativize(FILES.toRealPath());
        for (String overlay : List.of("base", "redis-cluster", "managed")) {
            Files.writeString(
                    own.resolve("kustomization.yaml"),
                    "resources: [%1$s/%2$s]\ncomponents: [%1$s/options/%3$s]\n"
                            .formatted(files, overlay, option));

            List<JsonObject> objects = kustomized(own);

            areTakenIntoOneNamespace(objects);
            assertThat(of(kind, objects)).filteredOn(it -> name(it).equals(name)).hasSize(1);
        }
    }

    /** Also while a new pod stands beside the old ones. */
    @Test
    void asManyBookingServicesAsThereAreConnectionsFor() {
        JsonObject spec = at(named("Deployment", "booking-service"), "spec").getAsJsonObject();
        int surge = at(spec, "strategy", "rollingUpdate", "maxSurge").getAsInt();
        int most = (100 - 10) / 22 - surge;

        assertThat(spec.get("replicas").getAsInt()).isLessThanOrEqualTo(most);
        assertThat(text(FILES.resolve("../../docs/operations.md")).lines())
                .filteredOn(it -> it.contains("≤ `max_connections`"))
                .singleElement()
                .asString()
                .contains(
                        "22 × (instances + %d) + 10".formatted(surge),
                        "with PostgreSQL's 100, %s instances"
                                .formatted(List.of("no", "one", "two", "three").get(most)));
    }

    @Test
    void noDeploymentSaysHowManyWhereAnAutoscalerDoes() {
        base().filter(it -> it.get("kind").getAsString().equals("HorizontalPodAutoscaler"))
                .map(it -> at(it, "spec", "scaleTargetRef", "name").getAsString())
                .forEach(
                        scaled ->
                                assertThat(
                                                named("Deployment", scaled)
                                                        .getAsJsonObject("spec")
                                                        .keySet())
                                        .doesNotContain("replicas"));
    }

    private static void areTakenIntoOneNamespace(List<JsonObject> objects) throws IOException {
        for (JsonObject object : objects) {
            check(object);
            assertThat(at(object, "metadata", "namespace").getAsString()).isEqualTo("stagedoor");
        }
    }

    private static JsonObject nobody(List<JsonObject> objects) {
        JsonObject policy =
                of("NetworkPolicy", objects).stream()
                        .filter(it -> name(it).equals("nobody"))
                        .findFirst()
                        .orElseThrow();
        return at(policy, "spec", "podSelector", "matchLabels").getAsJsonObject();
    }

    private static List<JsonObject> of(String kind, List<JsonObject> objects) {
        return objects.stream().filter(it -> it.get("kind").getAsString().equals(kind)).toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {"booking-service", "queue-gateway"})
    void everySettingIsOneThatTheServiceKnows(String service) {
        Set<String> known = KnownSettings.of(service);

        assertThat(said(service))
                .allMatch(it -> known.contains(KnownSettings.spelledAlike(it)))
                .as("of an overlay")
                .contains("SPRING_DATA_REDIS_CLUSTER_NODES");
        assertThat(data("Secret", service, "stringData").asMap().values())
                .as("no secret is written down")
                .allMatch(value -> value.getAsString().isEmpty());
    }

    /** By base, by overlays and by options; by some of them to any service. */
    private static Stream<String> said(String service) {
        return files().flatMap(file -> objects(text(file)).stream())
                .filter(it -> Set.of(service, "any").contains(name(it)))
                .flatMap(it -> Stream.of(it.get("data"), it.get("stringData")))
                .filter(Objects::nonNull)
                .flatMap(values -> values.getAsJsonObject().keySet().stream());
    }

    @ParameterizedTest
    @ValueSource(strings = {"booking-service", "queue-gateway"})
    void portsAreThoseThatTheServiceIsSetTo(String service) {
        JsonObject settings = data("ConfigMap", service, "data");
        String module = service.equals("queue-gateway") ? "GATEWAY" : "BOOKING";
        String port = settings.get("STAGEDOOR_" + module + "_PORT").getAsString();
        String management = settings.get("STAGEDOOR_" + module + "_MANAGEMENTPORT").getAsString();

        assertThat(container(service).getAsJsonArray("ports").toString())
                .contains("\"containerPort\":" + port, "\"containerPort\":" + management);
        assertThat(at(named("Service", service), "spec", "ports").toString())
                .contains("\"port\":" + port);
        assertThat(at(named("NetworkPolicy", service), "spec", "ingress").toString())
                .contains("\"port\":" + port, "\"port\":" + management);
    }

    /** preStop, and three phases of the shutdown, end before the pod is killed. */
    @ParameterizedTest
    @ValueSource(strings = {"booking-service", "queue-gateway"})
    void isLeftTheTimeToStop(String service) throws IOException {
        JsonObject pod = pod(service);
        long sleep = at(container(service), "lifecycle", "preStop", "sleep", "seconds").getAsLong();

        assertThat(
                        Files.readString(
                                Path.of("../" + service, "src/main/resources", service + ".yaml")))
                .contains("timeout-per-shutdown-phase: 10s");
        assertThat(pod.get("terminationGracePeriodSeconds").getAsLong())
                .isGreaterThanOrEqualTo(sleep + 3 * 10);
    }

    @ParameterizedTest
    @ValueSource(strings = {"booking-service", "queue-gateway"})
    void runsWithoutRightsAndKeepsItselfApart(String service) {
        assertThat(pod(service).toString())
                .contains("\"runAsNonRoot\":true", "\"readOnlyRootFilesystem\":true")
                .contains("\"drop\":[\"ALL\"]", "\"allowPrivilegeEscalation\":false")
                .contains("topology.kubernetes.io/zone");
        String labels =
                at(named("Deployment", service), "spec", "template", "metadata", "labels")
                        .toString();
        for (JsonObject object :
                base().filter(it -> it.has("spec") && name(it).startsWith(service)).toList()) {
            JsonObject spec = object.getAsJsonObject("spec");
            Stream.of("selector", "podSelector")
                    .filter(it -> spec.has(it))
                    .map(spec::getAsJsonObject)
                    .map(it -> it.has("matchLabels") ? it.get("matchLabels") : it)
                    .forEach(selector -> assertThat(selector).hasToString(labels));
        }
    }

    @Test
    void everyRouteLeadsToAServiceThatIsThere() {
        JsonObject rule = first(at(named("HTTPRoute", "tickets"), "spec", "rules"));
        JsonObject backend = first(rule.get("backendRefs"));

        assertThat(
                        at(named("Service", backend.get("name").getAsString()), "spec", "ports")
                                .toString())
                .contains("\"port\":" + backend.get("port"));
    }

    /** By the label after which it calls the job, as the alerts do. */
    @Test
    void theServiceMonitorFindsThePortOfTheMetersOfBothServices() {
        JsonObject monitor =
                objects(text(FILES.resolve("options/service-monitor/service-monitor.yaml")))
                        .getFirst()
                        .getAsJsonObject("spec");
        JsonObject wanted = first(at(monitor, "selector", "matchExpressions"));
        String port = first(monitor.get("endpoints")).get("port").getAsString();

        assertThat(wanted.get("key")).isEqualTo(monitor.get("jobLabel"));
        assertThat(of("Service", base().toList()))
                .filteredOn(
                        it -> first(at(it, "spec", "ports")).get("name").getAsString().equals(port))
                .map(it -> at(it, "metadata", "labels").getAsJsonObject())
                .map(labels -> labels.get(wanted.get("key").getAsString()))
                .containsExactlyInAnyOrderElementsOf(wanted.getAsJsonArray("values"))
                .map(JsonElement::getAsString)
                .containsExactlyInAnyOrder("queue-gateway", "booking-service");
    }

    // ── reading ─────────────────────────────────────────────────────────────────────────────────

    private static void check(JsonObject object) throws IOException {
        String kind = object.get("kind").getAsString();
        if (!FOREIGN.contains(kind)) {
            assertThat(SCHEMAS).containsKey(kind);
            SCHEMAS.get(kind).check(object);
        }
    }

    /** What a type does not know is lost on the way through it. */
    private static void checkRoute(JsonElement route) throws IOException {
        HTTPRoute read = TYPED.readValue(route.toString(), HTTPRoute.class);

        assertThat(JsonParser.parseString(TYPED.writeValueAsString(read))).isEqualTo(route);
    }

    private static JsonObject pod(String service) {
        return at(named("Deployment", service), "spec", "template", "spec").getAsJsonObject();
    }

    private static JsonObject container(String service) {
        return first(pod(service).get("containers"));
    }

    private static JsonObject data(String kind, String name, String member) {
        return named(kind, name).getAsJsonObject(member);
    }

    private static JsonObject named(String kind, String name) {
        return base().filter(
                        it -> it.get("kind").getAsString().equals(kind) && name(it).equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static String name(JsonObject object) {
        return object.has("metadata") ? at(object, "metadata", "name").getAsString() : "";
    }

    private static JsonElement at(JsonObject object, String... path) {
        JsonElement found = object;
        for (String name : path) {
            found = found.getAsJsonObject().get(name);
            assertThat(found).as(name).isNotNull();
        }
        return found;
    }

    private static JsonObject first(JsonElement list) {
        return list.getAsJsonArray().get(0).getAsJsonObject();
    }

    private static Stream<JsonObject> base() {
        return files().filter(file -> file.getParent().endsWith("base"))
                .flatMap(file -> objects(text(file)).stream());
    }

    private static Stream<Path> files() {
        try (Stream<Path> files = Files.walk(FILES)) {
            return files.filter(it -> it.toString().endsWith(".yaml")).sorted().toList().stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A name that stands twice is a mistake. */
    private static List<JsonObject> objects(String text) {
        LoaderOptions strict = new LoaderOptions();
        strict.setAllowDuplicateKeys(false);
        return StreamSupport.stream(new Yaml(strict).loadAll(text).spliterator(), false)
                .map(GSON::toJsonTree)
                .map(JsonElement::getAsJsonObject)
                .toList();
    }

    private static List<JsonObject> kustomized(Path folder) throws Exception {
        assumeTrue(
                isInstalled("kubectl") || "required".equals(System.getProperty("servers")),
                "kubectl is not installed");
        Process kustomize =
                new ProcessBuilder("kubectl", "kustomize", folder.toString())
                        .redirectErrorStream(true)
                        .start();
        String made = new String(kustomize.getInputStream().readAllBytes());
        assertThat(kustomize.waitFor()).as(made).isZero();
        return objects(made);
    }

    private static boolean isInstalled(String program) {
        return Stream.of(System.getenv("PATH").split(":"))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
