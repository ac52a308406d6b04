package dev.stagedoor.booking;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** What docs/operations.md tells operators to type, for tests that do as they are told. */
final class Runbook {

    private static final Path PAPER = Path.of("..", "docs", "operations.md");

    private Runbook() {}

    /** The block of that kind, counted from 0, below a heading. */
    static String block(String heading, String kind, int number) {
        return Pattern.compile("```" + kind + "\n(.*?)```", Pattern.DOTALL)
                .matcher(section(heading))
                .results()
                .skip(number)
                .map((MatchResult found) -> found.group(1))
                .findFirst()
                .orElseThrow();
    }

    private static String section(String heading) {
        try {
            String paper = Files.readString(PAPER);
            int begin = paper.indexOf("\n## " + heading + "\n");
            int end = paper.indexOf("\n## ", begin + 1);
            return paper.substring(begin, end);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
