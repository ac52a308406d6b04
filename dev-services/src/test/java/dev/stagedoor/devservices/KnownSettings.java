package dev.stagedoor.devservices;

import org.yaml.snakeyaml.Yaml;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a service can be set to, as its sources say: records of settings, settings files, and what
 * it and its tests name in full.
 */
final class KnownSettings {

    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

    /** Of Boot's own, those that nothing else here names. */
    private static final List<String> OF_BOOT =
            List.of("spring.data.redis.password", "spring.data.redis.ssl.enabled");

    private KnownSettings() {}

    static Set<String> of(String service) {
        Stream<String> ofJava =
                sources(service, ".java")
                        .flatMap(it -> Stream.concat(ofRecord(it), namedInFull(it)));
        Stream<String> ofYaml =
                sources(service, ".yaml").flatMap(yaml -> flat("", new Yaml().load(yaml)));
        return Stream.of(OF_BOOT.stream(), ofJava, ofYaml)
                .flatMap(names -> names)
                .map(KnownSettings::spelledAlike)
                .collect(Collectors.toSet());
    }

    private static Stream<String> ofRecord(String source) {
        var header =
                Pattern.compile(
                                "@ConfigurationProperties\\(\"([a-z.-]+)\"\\)\\s*(?:public )?record"
                                        + " \\w+\\((.*?)\\)\\s*\\{",
                                Pattern.DOTALL)
                        .matcher(source);
        return header.results()
                .flatMap(
                        found ->
                                Pattern.compile("(\\w+)\\s*(?:,|$)")
                                        .matcher(found.group(2))
                                        .results()
                                        .map(name -> found.group(1) + "." + name.group(1)));
    }

    private static Stream<String> namedInFull(String source) {
        return Pattern.compile("[\"{-]((?:stagedoor|spring)\\.[a-z0-9.-]+)")
                .matcher(source)
                .results()
                .map(found -> found.group(1));
    }

    private static Stream<String> flat(String prefix, Object yaml) {
        return yaml instanceof Map<?, ?> map
                ? map.entrySet().stream()
                        .flatMap(it -> flat(prefix + it.getKey() + ".", it.getValue()))
                : Stream.of(prefix);
    }

    /** Boot reads {@code A_B_CD} as {@code a.b.c-d}: only letters and digits count. */
    static String spelledAlike(String name) {
        return name.replaceAll("[^A-Za-z0-9]", "").toLowerCase(Locale.ROOT);
    }

    private static Stream<String> sources(String service, String ending) {
        return Stream.of(service, "common")
                .flatMap(module -> Sources.in(ROOT.resolve(module).resolve("src"), ending))
                .map(Sources::text);
    }
}
