package dev.stagedoor.quickstart.papers;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.InputFormat;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.MissingNode;
import tools.jackson.databind.node.ObjectNode;

import java.net.http.HttpResponse;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** An OpenAPI document, and what answers have shown of it so far. */
final class Contract implements Consumer<HttpResponse<String>> {

    private static final SchemaRegistry SCHEMAS =
            SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);

    private final JsonNode document;
    private final Set<String> seen = new TreeSet<>();

    Contract(String document) {
        this.document = JsonMapper.shared().readTree(document);
    }

    JsonNode document() {
        return document;
    }

    /** The answer must be one that is described for this call: status, content type, body. */
    @Override
    public void accept(HttpResponse<String> answer) {
        String call = answer.request().method() + " " + answer.uri().getPath();
        JsonNode operation = operation(answer.request().method(), answer.uri().getPath());
        assertThat(operation.isMissingNode()).as("%s is not described", call).isFalse();
        String status = Integer.toString(answer.statusCode());
        JsonNode response = operation.at("/responses/" + status);
        assertThat(response.isMissingNode())
                .as("%s may not answer %s: %s", call, status, answer.body())
                .isFalse();
        checkBody(call, response.path("content"), answer);
        seen.add(operation.get("operationId").asString() + " " + status);
    }

    private void checkBody(String call, JsonNode content, HttpResponse<String> answer) {
        if (content.isMissingNode()) {
            assertThat(answer.body()).as(call).isEmpty();
            return;
        }
        String type = answer.headers().firstValue("Content-Type").orElse("none").split(";")[0];
        assertThat(content.propertyNames()).as("content type of %s", call).contains(type);
        if (type.endsWith("json")) {
            assertThat(violations(content.get(type).get("schema"), answer.body()))
                    .as("%s answered %s", call, answer.body())
                    .isEmpty();
        }
    }

    /** What a body breaks of a schema of this document. */
    List<String> violations(JsonNode schema, String body) {
        ObjectNode whole = ((ObjectNode) schema).deepCopy();
        whole.set("components", document.get("components"));
        return SCHEMAS
                .getSchema(whole)
                .validate(
                        body,
                        InputFormat.JSON,
                        execution ->
                                execution.executionConfig(
                                        config -> config.formatAssertionsEnabled(true)))
                .stream()
                .map(String::valueOf)
                .toList();
    }

    /** Literal paths before those with variables. */
    JsonNode operation(String method, String path) {
        return document.get("paths").properties().stream()
                .sorted(
                        Comparator.comparing(
                                it -> it.getKey().chars().filter(c -> c == '{').count()))
                .filter(it -> matches(it.getKey(), path))
                .map(Map.Entry::getValue)
                .findFirst()
                .map(it -> it.path(method.toLowerCase(Locale.ROOT)))
                .orElseGet(MissingNode::getInstance);
    }

    private static boolean matches(String template, String path) {
        return Pattern.matches(template.replaceAll("\\{[^}]+}", "[^/]+"), path);
    }

    /** {@code METHOD /path/{variable}} of everything that is described. */
    Set<String> routes() {
        return document.get("paths").properties().stream()
                .flatMap(
                        path ->
                                path.getValue().propertyNames().stream()
                                        .filter(method -> !method.equals("servers"))
                                        .map(
                                                method ->
                                                        method.toUpperCase(Locale.ROOT)
                                                                + " "
                                                                + path.getKey()))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    List<JsonNode> operations() {
        return document.get("paths").properties().stream()
                .flatMap(path -> path.getValue().properties().stream())
                .filter(it -> !it.getKey().equals("servers"))
                .map(Map.Entry::getValue)
                .toList();
    }

    Set<String> problemCodes() {
        return document.at("/components/schemas/Problem/properties/code/enum")
                .valueStream()
                .map(JsonNode::asString)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** Operations that have never been seen to succeed. */
    Set<String> neverSucceeded() {
        return operations().stream()
                .flatMap(
                        operation ->
                                operation.get("responses").propertyNames().stream()
                                        .filter(status -> status.startsWith("2"))
                                        .map(
                                                status ->
                                                        operation.get("operationId").asString()
                                                                + " "
                                                                + status))
                .filter(success -> !seen.contains(success))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    Set<String> seen() {
        return seen;
    }
}
