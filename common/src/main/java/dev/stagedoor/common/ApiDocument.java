package dev.stagedoor.common;

import org.yaml.snakeyaml.Yaml;

import tools.jackson.databind.json.JsonMapper;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The OpenAPI 3.1 document of a service. It is made from an outline, which is OpenAPI in YAML but
 * for one thing: of problems it names only the codes, {@code x-problems: [seat-taken]}. Status,
 * words and form of each come from where they are written down once, {@link ProblemCode} and {@link
 * ProblemDocuments}.
 *
 * <p>A code may have another status than usual, {@code queue-token-left@401}; a name below {@code
 * x-problem-groups} stands for several.
 */
public final class ApiDocument {

    public static final String MEDIA_TYPE = "application/json";

    private static final String PROBLEMS = "x-problems";
    private static final String GROUPS = "x-problem-groups";

    private final Map<String, Object> document;
    private final Map<String, List<String>> groups;
    private final Set<String> named = new TreeSet<>();

    private ApiDocument(Map<String, Object> outline) {
        this.document = outline;
        this.groups = lists(document.remove(GROUPS));
    }

    /** Takes the outline beside a class; the document in bytes. */
    public static byte[] beside(Class<?> neighbour, String outline) {
        return new ApiDocument(new Yaml().load(neighbour.getResourceAsStream(outline))).write();
    }

    private byte[] write() {
        members(document, "paths").values().forEach(path -> operations(path));
        members(members(document, "components"), "schemas").put("Problem", problemSchema());
        return JsonMapper.shared().writeValueAsBytes(document);
    }

    private void operations(Object path) {
        for (Object operation : asMembers(path).values()) {
            if (operation instanceof Map) { // all else of a path is text or a list
                describeProblems(asMembers(operation));
            }
        }
    }

    private void describeProblems(Map<String, Object> operation) {
        Map<Integer, Set<ProblemCode>> byStatus = new TreeMap<>();
        for (String entry : expanded(operation.remove(PROBLEMS))) {
            String[] parts = entry.split("@", 2);
            ProblemCode code = ProblemCode.of(parts[0]);
            int status = parts.length == 1 ? code.status() : Integer.parseInt(parts[1]);
            byStatus.computeIfAbsent(status, _ -> new TreeSet<>()).add(code);
            named.add(code.code());
        }
        Map<String, Object> responses = members(operation, "responses");
        byStatus.forEach((status, codes) -> responses.put(status.toString(), response(codes)));
    }

    private List<String> expanded(Object names) {
        return strings(names).stream()
                .flatMap(name -> groups.getOrDefault(name, List.of(name)).stream())
                .toList();
    }

    private static Map<String, Object> response(Set<ProblemCode> codes) {
        String words =
                codes.stream()
                        .map(
                                code ->
                                        "`%s`: %s"
                                                .formatted(
                                                        code.code(), ProblemDocuments.title(code)))
                        .collect(Collectors.joining(". "));
        List<String> names = codes.stream().map(ProblemCode::code).toList();
        Object schema =
                Map.of(
                        "allOf",
                        List.of(
                                Map.of("$ref", "#/components/schemas/Problem"),
                                Map.of("properties", Map.of("code", Map.of("enum", names)))));
        Map<String, Object> response = new LinkedHashMap<>();
        response.put("description", words);
        response.put("content", Map.of(ProblemDocuments.MEDIA_TYPE, Map.of("schema", schema)));
        return response;
    }

    /** Members beside these are facts of the one problem, such as a position. */
    private Map<String, Object> problemSchema() {
        Map<String, Object> text = Map.of("type", "string");
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("type", Map.of("type", "string", "pattern", "^urn:stagedoor:problem:[a-z-]+$"));
        members.put("title", text);
        members.put("status", Map.of("type", "integer"));
        members.put("detail", text);
        members.put("instance", text);
        members.put("code", Map.of("type", "string", "enum", List.copyOf(named)));
        members.put("traceId", Map.of("type", "string", "pattern", "^[0-9a-f]{32}$"));
        Map<String, Object> schema = new LinkedHashMap<>();
        schema.put("type", "object");
        schema.put("description", "Why not (RFC 9457). The code is stable, the words are not.");
        schema.put("required", List.copyOf(members.keySet()));
        schema.put("properties", members);
        return schema;
    }

    private static Map<String, List<String>> lists(Object groups) {
        return asMembers(groups).entrySet().stream()
                .collect(Collectors.toMap(Map.Entry::getKey, it -> strings(it.getValue())));
    }

    private static List<String> strings(Object list) {
        return list instanceof List<?> values
                ? values.stream().map(String::valueOf).toList()
                : List.of();
    }

    private static Map<String, Object> members(Map<String, Object> parent, String name) {
        return asMembers(parent.get(name));
    }

    @SuppressWarnings("unchecked") // a mapping of YAML
    private static Map<String, Object> asMembers(Object mapping) {
        return (Map<String, Object>) mapping;
    }
}
