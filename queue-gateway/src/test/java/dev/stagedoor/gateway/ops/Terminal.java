package dev.stagedoor.gateway.ops;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A shell in which the usual ports are those of this test, and every hour has come. */
final class Terminal {

    private static final Pattern ASSIGNMENT = Pattern.compile("([A-Z]+)=.*");

    private final Map<String, String> variables = new LinkedHashMap<>();
    private final String usualPorts;

    Terminal(int redis, int management, int gateway) {
        this.usualPorts =
                """
                redis-cli() { command redis-cli -p %d "$@"; }
                curl() {
                  local arguments=()
                  for argument in "$@"; do
                    argument=${argument//localhost:9080/127.0.0.1:%d}
                    arguments+=("${argument//localhost:8080/127.0.0.1:%d}")
                  done
                  command curl "${arguments[@]}"
                }
                at() { eval "$(cat)"; }
                """
                        .formatted(redis, management, gateway);
    }

    void set(String variable, String value) {
        variables.put(variable, value);
    }

    Map<String, String> variables() {
        return variables;
    }

    /** What a command prints; a variable that is set stays so. */
    String run(String line) {
        Matcher assignment = ASSIGNMENT.matcher(line);
        if (assignment.matches()) {
            String name = assignment.group(1);
            set(name, printed(line + "\nprintf %s \"$" + name + "\""));
            return "";
        }
        return printed(line);
    }

    private String printed(String script) {
        try {
            ProcessBuilder bash =
                    new ProcessBuilder("bash", "-c", usualPorts + script).redirectErrorStream(true);
            bash.environment().putAll(variables);
            Process running = bash.start();
            String output =
                    new String(running.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(running.waitFor(20, TimeUnit.SECONDS)).as(script).isTrue();
            assertThat(running.exitValue()).as("%s: %s", script, output).isZero();
            return output.strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
