package dev.stagedoor.booking.stage;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** What the papers tell operators to type, for tests that do as they are told. */
public final class Runbook {

    private static final Path OPERATIONS = Path.of("..", "docs", "operations.md");
    private static final Path SECURITY = Path.of("..", "docs", "security.md");

    private Runbook() {}

    /** The block of that kind, counted from 0, below a heading. */
    public static String block(String heading, String kind, int number) {
        return Pattern.compile("```(\\w*)\n(.*?)```", Pattern.DOTALL)
                .matcher(section(heading))
                .results()
                .filter(found -> found.group(1).equals(kind))
                .skip(number)
                .map((MatchResult found) -> found.group(2))
                .findFirst()
                .orElseThrow();
    }

    private static String section(String heading) {
        try {
            String paper = Files.readString(OPERATIONS) + Files.readString(SECURITY);
            int begin = paper.indexOf("\n## " + heading + "\n");
            int end = paper.indexOf("\n## ", begin + 1);
            return paper.substring(begin, end);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
