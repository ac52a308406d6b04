package dev.stagedoor.quickstart.meters;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * What a query of Prometheus asks for, as far as it must be known to see whether it can be
 * answered.
 *
 * @param grouping the tags that it sums up by
 */
record Query(List<Selector> selectors, Set<String> grouping) {

    /**
     * @param condition such as {@code outcome!="done"}, split at commas
     */
    record Selector(String meter, List<Condition> conditions) {}

    record Condition(String tag, Set<String> values) {}

    private static final Set<String> WORDS = Set.of("and", "or", "unless", "bool");
    private static final Pattern GROUPING =
            Pattern.compile("\\b(?:by|without|on|ignoring)\\s*\\(([^)]*)\\)");
    private static final Pattern SELECTOR =
            Pattern.compile("([a-zA-Z_:][\\w:]*+)(?!\\s*\\()(?:\\{([^}]*)})?");
    private static final Pattern CONDITION =
            Pattern.compile("(\\w+)\\s*[=!]~?=?~?\\s*\"([^\"]*)\"");

    static Query parse(String text) {
        Set<String> grouping = new HashSet<>();
        GROUPING.matcher(text)
                .results()
                .forEach(it -> grouping.addAll(Arrays.asList(it.group(1).split("\\s*,\\s*"))));
        String bare = GROUPING.matcher(text).replaceAll("").replaceAll("\\[[^]]*]", "");
        List<Selector> selectors =
                SELECTOR.matcher(bare)
                        .results()
                        .filter(it -> !WORDS.contains(it.group(1)))
                        .map(Query::selector)
                        .toList();
        return new Query(selectors, grouping);
    }

    private static Selector selector(MatchResult found) {
        String conditions = found.group(2) == null ? "" : found.group(2);
        return new Selector(
                found.group(1),
                CONDITION
                        .matcher(conditions)
                        .results()
                        .map(it -> new Condition(it.group(1), Set.of(it.group(2).split("\\|"))))
                        .toList());
    }
}
