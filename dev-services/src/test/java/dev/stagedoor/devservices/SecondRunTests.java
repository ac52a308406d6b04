package dev.stagedoor.devservices;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What fails on a build machine is run once more in the same JVM, where constants are what they
 * were: a server that a class has stopped it must be able to start again.
 */
class SecondRunTests {

    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

    /** To the end of the method, as the formatter indents it. */
    private static final Pattern AFTER_ALL = Pattern.compile("(?s)\n    @AfterAll\n.*?\n    }\n");

    private static final Pattern CONSTANT_THAT_ENDS =
            Pattern.compile("\\b[A-Z][A-Z0-9_]*\\.(close|stop|kill|dispose|shutdown)\\w*\\(");

    @Test
    void noClassEndsForGoodWhatItDidNotStartBeforeItsTests() {
        List<String> ended =
                Stream.of("", "clients")
                        .flatMap(SecondRunTests::sources)
                        .filter(source -> endsAConstant(Sources.text(source)))
                        .map(source -> source.getFileName().toString())
                        .toList();

        assertThat(ended).isEmpty();
    }

    @Test
    void isSeen() {
        String stops = "\n    @AfterAll\n    static void stop() {\n        %s.close();\n    }\n";

        assertThat(endsAConstant(stops.formatted("REDIS"))).isTrue();
        assertThat(endsAConstant(stops.formatted("redis"))).isFalse();
    }

    private static boolean endsAConstant(String source) {
        return AFTER_ALL
                .matcher(source)
                .results()
                .map(MatchResult::group)
                .anyMatch(CONSTANT_THAT_ENDS.asPredicate());
    }

    private static Stream<Path> sources(String folder) {
        try (Stream<Path> modules = Files.list(ROOT.resolve(folder))) {
            return modules
                    .map(module -> module.resolve("src/test/java"))
                    .filter(Files::isDirectory)
                    .flatMap(tests -> Sources.in(tests, ".java"))
                    .toList()
                    .stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
