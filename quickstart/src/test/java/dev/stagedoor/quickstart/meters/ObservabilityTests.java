package dev.stagedoor.quickstart.meters;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.quickstart.meters.Meters.Meter;
import dev.stagedoor.quickstart.meters.Prometheus.Checked;
import dev.stagedoor.quickstart.meters.Query.Condition;
import dev.stagedoor.quickstart.meters.Query.Selector;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.yaml.snakeyaml.Yaml;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Dashboard and alerts ask for nothing that nobody tells. */
@Order(Integer.MAX_VALUE)
class ObservabilityTests {

    private static final JsonNode DASHBOARD =
            JsonMapper.shared().readTree(Meters.text("ops/grafana/dashboards/stagedoor.json"));
    private static final Map<String, Object> RULES =
            new Yaml().load(Meters.text("ops/prometheus/alerts.yml"));

    private static final Map<String, Object> CASES =
            new Yaml().load(Meters.text("ops/prometheus/alerts.test.yml"));

    /** What Prometheus adds to every meter it reads, and its operator. */
    private static final Set<String> ADDED = Set.of("job", "instance", "namespace", "pod");

    @Test
    void readsQueriesAsTheyAreMeant() {
        Query query =
                Query.parse(
                        "sum by (act, le)"
                                + " (rate(a_bucket{code=~\"x|y\",act!=\"z\"}[$__rate_interval])) /"
                                + " max(b) > 0.01 and up == 0");

        assertThat(query.grouping()).containsOnly("act", "le");
        assertThat(query.selectors())
                .containsExactly(
                        new Selector(
                                "a_bucket",
                                List.of(
                                        new Condition("code", Set.of("x", "y")),
                                        new Condition("act", Set.of("z")))),
                        new Selector("b", List.of()),
                        new Selector("up", List.of()));
    }

    @ParameterizedTest
    @MethodSource({"queriesOfTheDashboard", "queriesOfTheAlerts", "queriesOfTheAdapter"})
    void everyQueryCanBeAnswered(String text) {
        Query query = Query.parse(text);
        Set<String> tags = new HashSet<>(ADDED);

        assertThat(query.selectors()).isNotEmpty();
        for (Selector selector : query.selectors()) {
            if (!selector.meter().equals("up")) {
                Set<String> own = tagsOf(selector.meter());
                assertThat(own).as("%s is told", selector.meter()).isNotNull();
                assertThat(own).containsAll(tagsIn(selector));
                assertThat(selector.conditions()).allSatisfy(it -> canBeTrue(selector, it));
                tags.addAll(own);
            }
        }
        assertThat(tags).containsAll(query.grouping());
    }

    @Test
    void theAdapterTellsWhatTheAutoscalerGoesBy() {
        String name = Prometheus.rule().at("/name/as").asString();

        assertThat(Meters.text("deploy/kubernetes/options/autoscaler/autoscaler.yaml"))
                .contains("metric: { name: " + name + " }");
    }

    @Test
    void everyPanelSaysWhatItIsAndWhereItIs() {
        assertThat(panels()).hasSizeGreaterThan(15);
        assertThat(panels().stream().map(panel -> panel.get("id").asInt())).doesNotHaveDuplicates();
        assertThat(panels())
                .allSatisfy(
                        panel -> {
                            assertThat(panel.get("title").asString()).isNotBlank();
                            assertThat(panel.at("/datasource/uid").asString())
                                    .isEqualTo("prometheus");
                        });
        assertThat(Meters.text("ops/grafana/provisioning/datasources/prometheus.yml"))
                .contains("uid: prometheus");
    }

    @Test
    void everyAlertSaysWhatIsWrong() {
        assertThat(rules())
                .hasSizeGreaterThan(5)
                .allSatisfy(
                        rule -> {
                            assertThat(rule).containsKeys("alert", "expr", "labels");
                            assertThat(String.valueOf(rule.get("annotations")))
                                    .contains("summary=");
                        });
    }

    @Test
    void theRunbookKnowsEveryAlert() {
        assertThat(rules())
                .extracting(rule -> "`" + rule.get("alert") + "`")
                .allSatisfy(alert -> assertThat(Meters.text("docs/operations.md")).contains(alert));
    }

    @Test
    void alertsAreHeardInTheirFaultAndNotInASaleThatGoesWell() throws Exception {
        Checked tried = Prometheus.check("", "test", "rules", "alerts.test.yml");

        assertThat(tried.status()).as(tried.said()).isZero();
    }

    @Test
    void prometheusTakesItsSettings() throws Exception {
        Checked settings = Prometheus.check("", "check", "config", "prometheus.yml");

        assertThat(settings.status()).as(settings.said()).isZero();
    }

    @Test
    void everyAlertIsTriedInItsFaultAndInASaleThatGoesWell() {
        Map<String, List<Boolean>> tried =
                listOf(CASES.get("tests")).stream()
                        .flatMap(test -> listOf(test.get("alert_rule_test")).stream())
                        .collect(
                                Collectors.groupingBy(
                                        one -> String.valueOf(one.get("alertname")),
                                        Collectors.mapping(
                                                one -> !listOf(one.get("exp_alerts")).isEmpty(),
                                                Collectors.toList())));

        assertThat(rules())
                .extracting(rule -> String.valueOf(rule.get("alert")))
                .allSatisfy(alert -> assertThat(tried.get(alert)).as(alert).contains(true, false));
    }

    private static Stream<String> queriesOfTheDashboard() {
        Stream<String> targets =
                panels().stream()
                        .flatMap(panel -> panel.get("targets").valueStream())
                        .map(target -> target.get("expr").asString());
        String rooms = DASHBOARD.at("/templating/list/0/definition").asString();
        return Stream.concat(
                targets,
                Stream.of(
                        rooms.replaceFirst(
                                "^label_values\\((\\w+), (\\w+)\\)$", "sum by ($2) ($1)")));
    }

    private static Stream<String> queriesOfTheAlerts() {
        return rules().stream().map(rule -> String.valueOf(rule.get("expr")));
    }

    private static Stream<String> queriesOfTheAdapter() {
        String pods = Prometheus.rule().get("seriesQuery").asString();
        return Stream.of(
                pods, Prometheus.askedByRule("pod", pods.replaceFirst("\\w+\\{(.*)}", "$1")));
    }

    private static List<JsonNode> panels() {
        return DASHBOARD
                .get("panels")
                .valueStream()
                .filter(panel -> !panel.get("type").asString().equals("row"))
                .toList();
    }

    private static List<Map<String, Object>> rules() {
        return listOf(RULES.get("groups")).stream()
                .flatMap(group -> listOf(group.get("rules")).stream())
                .toList();
    }

    @SuppressWarnings("unchecked") // a list in these files is one of mappings
    private static List<Map<String, Object>> listOf(@Nullable Object list) {
        return (List<Map<String, Object>>) Objects.requireNonNull(list);
    }

    private static @Nullable Set<String> tagsOf(String sample) {
        return Stream.of(Watched.GATEWAY, Watched.BOOKING)
                .map(scrape -> scrape.samples().get(sample))
                .filter(found -> found != null)
                .map(Map::keySet)
                .findFirst()
                .orElse(null);
    }

    private static Set<String> tagsIn(Selector selector) {
        Set<String> tags = new HashSet<>();
        selector.conditions().forEach(it -> tags.add(it.tag()));
        tags.removeAll(ADDED);
        return tags;
    }

    /** A value that is not in the table would never be seen. */
    private static void canBeTrue(Selector selector, Condition condition) {
        Stream.of("Gateway", "Booking service", "Both")
                .map(Meters::documented)
                .flatMap(List::stream)
                .filter(meter -> selector.meter().startsWith(meter.name()))
                .map(Meter::tags)
                .map(tags -> tags.get(condition.tag()))
                .filter(values -> values != null && !values.isEmpty())
                .forEach(values -> assertThat(values).containsAll(condition.values()));
    }
}
