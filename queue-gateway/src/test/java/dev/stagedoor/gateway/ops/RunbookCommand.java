package dev.stagedoor.gateway.ops;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * One line of a block marked {@code bash}.
 *
 * @param stated what stands behind {@code # →}, where {@code …} is anything; everything if nothing
 *     is stated
 */
record RunbookCommand(String line, String stated) {

    private static final Pattern BLOCK =
            Pattern.compile("^ *```bash\\n(.*?)^ *```$", Pattern.DOTALL | Pattern.MULTILINE);
    private static final Pattern COMMAND = Pattern.compile("(.*?)\\s+# →(.*)");
    private static final Pattern CHANGING =
            Pattern.compile(" -X | -d |redis-cli (?:HSET|SET|ZREM|SREM|HDEL|HINCRBY|PUBLISH) ");
    private static final String ANYTHING_OR_NOTHING = "";

    static List<RunbookCommand> in(String markdown) {
        return BLOCK.matcher(markdown)
                .results()
                .flatMap(block -> block.group(1).lines())
                .map(String::strip)
                .filter(line -> !line.isEmpty())
                .map(RunbookCommand::of)
                .toList();
    }

    private static RunbookCommand of(String line) {
        Matcher command = COMMAND.matcher(line);
        return command.matches()
                ? new RunbookCommand(command.group(1), "→" + command.group(2).strip())
                : new RunbookCommand(line, ANYTHING_OR_NOTHING);
    }

    boolean isReading() {
        return !CHANGING.matcher(line).find();
    }

    Pattern outcome(Map<String, String> variables) {
        if (stated.equals(ANYTHING_OR_NOTHING)) {
            return Pattern.compile(".*", Pattern.DOTALL);
        }
        String text = stated.substring(1);
        for (Map.Entry<String, String> variable : variables.entrySet()) {
            text = text.replace("$" + variable.getKey(), variable.getValue());
        }
        return Pattern.compile(
                Arrays.stream(text.split("…", -1))
                        .map(Pattern::quote)
                        .collect(Collectors.joining(".+")),
                Pattern.DOTALL);
    }
}
