package dev.stagedoor.common;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What {@code docs/pass.md} says of the pass is what is true of it, in every language. */
class PassDocumentTests {

    private static final Path PAGE = Path.of("..", "docs", "pass.md");

    @TempDir Path folder;

    @Test
    void ourOwnReaderSaysOfEveryPassWhatThePageSays() throws IOException {
        JsonNode vectors = vectors();
        List<SigningKey> keys = new ArrayList<>();
        vectors.get("keys")
                .properties()
                .forEach(key -> keys.add(key(key.getKey(), key.getValue().asString())));
        Passes passes = new Passes(keys, () -> Instant.ofEpochSecond(vectors.get("now").asLong()));

        List<Boolean> said =
                vectors.get("passes")
                        .valueStream()
                        .map(one -> passes.verify(one.get("pass").asString()).isPresent())
                        .toList();

        assertThat(said).isEqualTo(expected(vectors));
        assertThat(passes.verify(vectors.at("/passes/0/pass").asString()))
                .contains(
                        new Pass(
                                UserId.parse("hRf9hvj0ScGVTAPE_0VQYg").orElseThrow(),
                                new RoomId("main"),
                                1795271628141002L));
    }

    @Test
    void theTenLinesForNodeSayTheSame() throws Exception {
        assumeTrue(isThere("node"), "no Node on the PATH: its lines of docs/pass.md are skipped");
        String program =
                block("js")
                        + """
                        const { now, keys, passes } = JSON.parse(process.argv[2]);
                        const check = (pass) => { try { return checkPass(pass, keys, now); } catch { return null; } };
                        console.log(JSON.stringify(passes.map(({ pass }) => check(pass) !== null)));
                        """;

        assertThat(run("node", "pass.mjs", program)).isEqualTo(expected(vectors()));
    }

    @Test
    void theTenLinesForPythonSayTheSame() throws Exception {
        assumeTrue(
                isThere("python3"), "no Python on the PATH: its lines of docs/pass.md are skipped");
        String program =
                block("python")
                        + """

                        import sys
                        given = json.loads(sys.argv[1])
                        def check(text):
                            try: return check_pass(text, given["keys"], given["now"])
                            except ValueError: return None
                        print(json.dumps([check(one["pass"]) is not None for one in given["passes"]]))
                        """;

        assertThat(run("python3", "pass.py", program)).isEqualTo(expected(vectors()));
    }

    @Test
    void theLinesForGoSayTheSame() throws Exception {
        assumeTrue(isThere("go"), "no Go on the PATH: its lines of docs/pass.md are skipped");
        String program =
                """
                package main

                import (
                    "crypto/hmac"
                    "crypto/sha256"
                    "encoding/base64"
                    "encoding/json"
                    "fmt"
                    "os"
                    "strings"
                )

                """
                        + block("go")
                        + """

                        func main() {
                            var given struct {
                                Now int64
                                Keys map[string]string
                                Passes []struct{ Pass string }
                            }
                            if err := json.Unmarshal([]byte(os.Args[1]), &given); err != nil { panic(err) }
                            keys := map[string][]byte{}
                            for id, text := range given.Keys { keys[id], _ = base64.RawURLEncoding.DecodeString(text) }
                            said := []bool{}
                            for _, one := range given.Passes {
                                _, _, ok := CheckPass(one.Pass, keys, given.Now)
                                said = append(said, ok)
                            }
                            text, _ := json.Marshal(said)
                            fmt.Println(string(text))
                        }
                        """;

        assertThat(run("go run", "pass.go", program)).isEqualTo(expected(vectors()));
    }

    private static List<Boolean> expected(JsonNode vectors) {
        return vectors.get("passes").valueStream().map(one -> one.get("good").asBoolean()).toList();
    }

    private static SigningKey key(String id, String secret) {
        return new SigningKey(id, Base64.getUrlDecoder().decode(secret));
    }

    private static JsonNode vectors() throws IOException {
        return JsonMapper.shared().readTree(block("json"));
    }

    private static String block(String language) throws IOException {
        Matcher block =
                Pattern.compile("(?s)```" + language + "\n(.*?)```")
                        .matcher(Files.readString(PAGE));
        assertThat(block.find()).as("%s in %s", language, PAGE).isTrue();
        return block.group(1);
    }

    private List<Boolean> run(String interpreter, String name, String program) throws Exception {
        Path file = Files.writeString(folder.resolve(name), program);
        List<String> command = new ArrayList<>(List.of(interpreter.split(" ")));
        command.addAll(List.of(file.toString(), vectors().toString()));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = process.inputReader().readAllAsString();
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(said).isZero();
        return JsonMapper.shared().readTree(said).valueStream().map(JsonNode::asBoolean).toList();
    }

    private static boolean isThere(String program) throws InterruptedException {
        try {
            String version = program.equals("go") ? "version" : "--version";
            return new ProcessBuilder(program, version).start().waitFor() == 0;
        } catch (IOException _) {
            return false;
        }
    }
}
