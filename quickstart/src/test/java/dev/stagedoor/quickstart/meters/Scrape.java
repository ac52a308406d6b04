package dev.stagedoor.quickstart.meters;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What one service tells Prometheus.
 *
 * @param text as it comes
 * @param types family → counter, gauge, summary or histogram
 * @param samples name of a sample → tag → its values
 */
record Scrape(
        String text, Map<String, String> types, Map<String, Map<String, Set<String>>> samples) {

    private static final Pattern TYPE = Pattern.compile("# TYPE (\\S+) (\\S+)");
    private static final Pattern SAMPLE =
            Pattern.compile("(?m)^([a-zA-Z_:][\\w:]*)(?:\\{(.*)})? \\S+$");
    private static final Pattern TAG = Pattern.compile("(\\w+)=\"((?:[^\"\\\\]|\\\\.)*)\"");

    static Scrape parse(String text) {
        Map<String, String> types = new HashMap<>();
        TYPE.matcher(text).results().forEach(it -> types.put(it.group(1), it.group(2)));
        Map<String, Map<String, Set<String>>> samples = new HashMap<>();
        SAMPLE.matcher(text)
                .results()
                .forEach(
                        sample -> {
                            var tags =
                                    samples.computeIfAbsent(sample.group(1), _ -> new HashMap<>());
                            String written = sample.group(2) == null ? "" : sample.group(2);
                            TAG.matcher(written)
                                    .results()
                                    .forEach(
                                            tag ->
                                                    tags.computeIfAbsent(
                                                                    tag.group(1),
                                                                    _ -> new HashSet<>())
                                                            .add(tag.group(2)));
                        });
        return new Scrape(text, types, samples);
    }

    /** Every tag of a family with its values, but for the bounds of buckets. */
    Map<String, Set<String>> tags(String family) {
        Map<String, Set<String>> tags = new HashMap<>();
        samples.forEach(
                (name, found) -> {
                    if (name.equals(family) || name.equals(family + "_count")) {
                        tags.putAll(found);
                    }
                });
        return tags;
    }
}
