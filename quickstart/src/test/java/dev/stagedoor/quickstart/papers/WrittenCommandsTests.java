package dev.stagedoor.quickstart.papers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.quickstart.stage.Browser;
import dev.stagedoor.quickstart.stage.Shared;
import dev.stagedoor.quickstart.stage.Stage;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.ResourceLock;

import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What README.md, docs/api.md and docs/meters.md tell to type into another terminal, typed. */
@ExtendWith(Shared.class)
@ResourceLock(Stage.TAKES_TURNS)
class WrittenCommandsTests {

    private static final Path ROOT = Path.of("..");
    private static final Pattern BLOCK = Pattern.compile("(?s)```\\w*\\n(.*?)```");

    /** What the paper takes for granted. */
    private static final String BUYER =
            """
            G=http://localhost:8080 M=http://localhost:9081/admin PASSWORD=%s
            asks() { curl -fsS -H 'Content-Type: application/json' -H "Authorization: Bearer $ACCESS" "$@"; }
            member() { sed 's/.*"'"$1"'":"\\([^"]*\\)".*/\\1/'; }
            joins() { QUEUE=$(asks -X POST $G/api/v1/queue/tokens | member token); }
            leaves() { asks -X DELETE -H "Queue-Token: $QUEUE" $G/api/v1/queue/tokens/current; }
            holds() {
              local held
              held=$(asks -H "Queue-Token: $QUEUE" -d '{"scheduleId":%d,"quantity":1}' $G/api/v1/reservations)
              RESERVATION=$(member reservationId <<< "$held") PAYMENT=$(member paymentId <<< "$held")
            }
            pays() { asks -X POST -H "Queue-Token: $QUEUE" $G/api/v1/reservations/$RESERVATION/payment; }
            ACCESS=none
            ACCESS=$(curl -fsS -H 'Content-Type: application/json' -d '{"name":"Ada"}' $G/api/v1/users | member accessToken)
            asks -d '{"amount":1000000}' $G/api/v1/balance/charges
            """;

    private static Stage stage;

    @BeforeAll
    static void open(Stage shared) {
        stage = shared;
        stage.prepare("capacity", "1");
    }

    @Test
    void theLinesOfTheReadmeLeadIntoTheLineAndToTheConcerts() throws Exception {
        String said = typed(theOneBlock("README.md") + "\necho; echo \"$ACCESS $QUEUE\"");

        List<String> lines = said.lines().toList();
        assertThat(JsonMapper.shared().readTree(lines.getFirst()).get("concerts").isArray())
                .isTrue();
        String[] tokens = lines.getLast().split(" ");
        Browser visitor = new Browser(stage.gateway);
        visitor.keep("Authorization", "Bearer " + tokens[0]);
        visitor.keep("Queue-Token", tokens[1]);
        visitor.get("/api/v1/users/me", 200);
        visitor.delete("/api/v1/queue/tokens/current", 204);
    }

    /** By one who has a turn each time and, once the paper has set it, a password. */
    @Test
    void everyCallOfThePaperIsAnswered() throws Exception {
        Stage.Evening bought = stage.evening();
        Stage.Evening run = stage.evening();
        List<String> calls =
                blocks("docs/api.md").stream()
                        .flatMap(block -> Stream.of(block.split("(?<!\\\\)\n")))
                        .filter(line -> line.startsWith("curl ") && !line.contains("…"))
                        .toList();

        String said =
                typed(
                        BUYER.formatted(Stage.ADMIN_PASSWORD, bought.date())
                                + calls.stream()
                                        .map(WrittenCommandsTests::inTurn)
                                        .collect(Collectors.joining("\n"))
                                        .replace(
                                                "$M/concerts/1/",
                                                "$M/concerts/%d/".formatted(run.concert()))
                                        .replace(
                                                "$M/schedules/1",
                                                "$M/schedules/%d".formatted(run.date()))
                                        .replaceAll(
                                                "(schedules/|\"scheduleId\":)1\\b",
                                                "$1" + bought.date())
                                + "\nleaves");

        assertThat(calls).hasSizeGreaterThan(25);
        assertThat(said).contains("\"well\":true");
    }

    private static String inTurn(String call) {
        return "joins; "
                + (call.contains("$RESERVATION") ? "holds; " : "")
                + (call.contains("$PAYMENT") ? "holds; pays; " : "")
                + call.replace("curl -s", "curl -fsS");
    }

    @Test
    void theMetersAreToldWhereItIsWritten() throws Exception {
        for (String line : theOneBlock("docs/meters.md").lines().toList()) {
            assertThat(typed(line)).contains("stagedoor_");
        }
    }

    @Test
    void everyFileThatACommandNamesIsThere() throws IOException {
        List<String> commands = blocks("README.md").stream().flatMap(String::lines).toList();

        assertThat(commands).anyMatch(line -> line.startsWith("cp .env.example .env"));
        assertThat(ROOT.resolve(".env.example")).exists();
        assertThat(commands).anyMatch(line -> line.startsWith("docker compose up"));
        assertThat(ROOT.resolve("compose.yaml")).exists();
    }

    /** As somebody would who has it at the usual ports. */
    private static String typed(String commands) throws Exception {
        String here =
                commands.replace("localhost:8080", "localhost:" + stage.gateway)
                        .replace("localhost:9080", "localhost:" + stage.gatewayManagement)
                        .replace("localhost:9081", "localhost:" + stage.bookingManagement);
        Process bash =
                new ProcessBuilder("bash", "-euo", "pipefail", "-c", here)
                        .redirectErrorStream(true)
                        .start();
        String said = new String(bash.getInputStream().readAllBytes());
        assertThat(bash.waitFor()).as("%s said %s", here, said).isZero();
        return said;
    }

    private static String theOneBlock(String paper) throws IOException {
        List<String> withCurl =
                blocks(paper).stream().filter(block -> block.contains("curl ")).toList();
        assertThat(withCurl).hasSize(1);
        return withCurl.getFirst();
    }

    private static List<String> blocks(String paper) throws IOException {
        return BLOCK.matcher(Files.readString(ROOT.resolve(paper)))
                .results()
                .map(found -> found.group(1))
                .toList();
    }
}
