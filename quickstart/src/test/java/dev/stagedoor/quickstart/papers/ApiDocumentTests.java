package dev.stagedoor.quickstart.papers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.common.ProblemCode;
import dev.stagedoor.quickstart.stage.Browser;
import dev.stagedoor.quickstart.stage.Shared;
import dev.stagedoor.quickstart.stage.Stage;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.context.annotation.ClassPathScanningCandidateComponentProvider;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.core.type.filter.AnnotationTypeFilter;
import org.springframework.util.ClassUtils;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The OpenAPI documents of both services, held against what the services answer. */
@ExtendWith(Shared.class)
@ResourceLock(Stage.TAKES_TURNS)
class ApiDocumentTests {

    /** The ops API is described in docs/operations.md, for those who have its password. */
    private static final Set<ProblemCode> OF_THE_OPS_API =
            Set.of(ProblemCode.OPS_REQUIRED, ProblemCode.TICKET_NOT_FOUND, ProblemCode.ROOM_EXISTS);

    /** No call has it: it is told where a gateway stands beside a proxy, docs/integrate.md. */
    private static final ProblemCode BESIDE_A_PROXY = ProblemCode.REDIRECT_LOOP;

    private static Stage stage;
    private static Contract line;
    private static Contract sale;

    @BeforeAll
    static void open(Stage shared) {
        stage = shared;
        line = new Contract(new Browser(stage.gateway).text("/api/v1/queue/openapi.json"));
        sale = new Contract(new Browser(stage.gateway).text("/api/v1/openapi.json"));
    }

    @BeforeEach
    void thereIsRoomForOne() {
        stage.prepare("capacity", "1");
    }

    @Test
    void everyAnswerIsAsItIsDescribed() {
        new Visits(stage, witness()).takePlace();

        assertThat(line.neverSucceeded()).isEmpty();
        assertThat(sale.neverSucceeded())
                .as("all but a stream of a minute, which LookingOnTests of the sale listens to")
                .containsExactly("seatEvents 200");
        assertThat(line.seen())
                .contains("join 400", "join 401", "join 404", "join 415", "poll 401", "poll 410")
                .contains("lookIntoRoom 404", "waitingPageAsset 404");
        assertThat(sale.seen())
                .contains("hold 400", "hold 401", "hold 404", "hold 409", "hold 422", "hold 429")
                .contains("pay 404", "pay 422", "refund 404", "charge 422", "register 400")
                .contains("concert 404", "seats 404", "stageConcert 401", "blockSeats 404");
    }

    @Test
    void aLineThatStandsStillIsAsItIsDescribed() {
        stage.prepare("mode", "HOLD");
        Browser visitor = new Browser(stage.gateway, witness());

        visitor.join();
        JsonNode status = visitor.get("/api/v1/queue/tokens/current", 200);

        assertThat(status.get("notice").asString()).isEqualTo("HOLD");
        JsonNode waiting = line.document().at("/components/schemas/Waiting");
        for (String notice : List.of("CLOSED", "RECOVERING")) {
            String other = status.toString().replace("HOLD", notice);
            assertThat(line.violations(waiting, other)).as(other).isEmpty();
        }
    }

    @Test
    void aWrongAnswerWouldBeNoticed() {
        JsonNode status = line.operation("GET", "/api/v1/queue/tokens/current");
        JsonNode schema = status.at("/responses/200/content/application~1json/schema");

        assertThat(line.violations(schema, "{\"room\":\"main\",\"state\":\"WAITING\"}"))
                .isNotEmpty();
        assertThat(line.violations(schema, "[]")).isNotEmpty();
        assertThat(line.operation("GET", "/api/v1/queue/nothing").isMissingNode()).isTrue();
    }

    @Test
    void everyRouteOfTheSaleIsDescribedAndNoOther() {
        assertThat(sale.routes()).isEqualTo(routesOfTheSale()).hasSizeGreaterThan(20);
    }

    /** With examples in place of its variables, if need be. */
    @Test
    void everyRouteStandsInThePaperForPeople() throws IOException {
        String paper = Files.readString(Path.of("..", "docs", "api.md"));

        assertThat(Stream.concat(line.routes().stream(), sale.routes().stream()))
                .allSatisfy(
                        route -> {
                            String path =
                                    route.replaceFirst("^\\w+ (/admin)?", "")
                                            .replace("/queue-assets/{name}", "/queue-assets/")
                                            .replaceAll("\\{\\w+}", "[^/\\\\s]+");
                            assertThat(paper).containsPattern(path + "(?![\\w/{])");
                        });
    }

    @Test
    void everyProblemIsListedSomewhere() {
        Set<String> listed = new TreeSet<>(line.problemCodes());
        listed.addAll(sale.problemCodes());

        assertThat(listed)
                .containsExactlyInAnyOrderElementsOf(
                        Stream.of(ProblemCode.values())
                                .filter(code -> !OF_THE_OPS_API.contains(code))
                                .filter(code -> code != BESIDE_A_PROXY)
                                .map(ProblemCode::code)
                                .toList());
    }

    @Test
    void theDocumentsAreWellFormed() {
        for (Contract contract : new Contract[] {line, sale}) {
            JsonNode document = contract.document();
            assertThat(document.get("openapi").asString()).isEqualTo("3.1.0");
            assertThat(contract.operations().stream().map(it -> it.get("operationId").asString()))
                    .doesNotHaveDuplicates();
            assertThat(contract.operations())
                    .allSatisfy(
                            it ->
                                    assertThat(it.propertyNames())
                                            .contains("summary", "tags", "responses"));
            assertThat(references(document))
                    .isNotEmpty()
                    .allSatisfy(it -> assertThat(document.at(it).isMissingNode()).as(it).isFalse());
            assertThat(document.toString()).doesNotContain("x-problem");
        }
    }

    private static Stream<String> references(JsonNode document) {
        return Pattern.compile("\"\\$ref\":\"#([^\"]+)\"")
                .matcher(document.toString())
                .results()
                .map(it -> it.group(1));
    }

    /** Each answer is held against the document that its path belongs to. */
    private static Consumer<HttpResponse<String>> witness() {
        return answer -> {
            String path = answer.uri().getPath();
            boolean ofTheLine =
                    path.startsWith("/api/v1/queue/") || path.startsWith("/queue-assets/");
            (ofTheLine ? line : sale).accept(answer);
        };
    }

    /** Without the pages of the shop, which are for people. */
    private static Set<String> routesOfTheSale() {
        var scanner = new ClassPathScanningCandidateComponentProvider(false);
        scanner.addIncludeFilter(new AnnotationTypeFilter(RestController.class));
        return scanner.findCandidateComponents("dev.stagedoor.booking").stream()
                .map(BeanDefinition::getBeanClassName)
                .map(name -> ClassUtils.resolveClassName(name, null))
                .flatMap(ApiDocumentTests::routes)
                .filter(route -> route.contains(" /api/") || route.contains(" /admin/"))
                .filter(route -> !route.matches("GET /admin/(assets/.*)?"))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static Stream<String> routes(Class<?> controller) {
        RequestMapping all =
                AnnotatedElementUtils.findMergedAnnotation(controller, RequestMapping.class);
        String prefix = all == null ? "" : all.path()[0];
        return Arrays.stream(controller.getDeclaredMethods())
                .map(it -> AnnotatedElementUtils.findMergedAnnotation(it, RequestMapping.class))
                .filter(mapping -> mapping != null)
                .map(
                        mapping ->
                                mapping.method()[0]
                                        + " "
                                        + prefix
                                        + (mapping.path().length == 0 ? "" : mapping.path()[0]));
    }
}
