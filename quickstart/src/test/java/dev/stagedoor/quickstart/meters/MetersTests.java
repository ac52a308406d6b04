package dev.stagedoor.quickstart.meters;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.quickstart.meters.Meters.Meter;
import dev.stagedoor.quickstart.meters.Prometheus.Checked;

import org.junit.jupiter.api.Order;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What is documented is told, and what is told is documented. */
@Order(Integer.MAX_VALUE)
class MetersTests {

    /** With which its tool ends if a meter could be told better. */
    private static final int A_WORD_TO_SAY = 3;

    private enum Service {
        GATEWAY("Gateway", Watched.GATEWAY),
        BOOKING("Booking service", Watched.BOOKING);

        private final String heading;
        private final Scrape scrape;

        Service(String heading, Scrape scrape) {
            this.heading = heading;
            this.scrape = scrape;
        }

        List<Meter> documented() {
            return Stream.of(heading, "Both")
                    .map(Meters::documented)
                    .flatMap(List::stream)
                    .toList();
        }
    }

    @ParameterizedTest
    @EnumSource(Service.class)
    void tellsTheMetersOfTheTableAndNoOthers(Service service) {
        Set<String> documented =
                service.documented().stream().map(Meter::name).collect(Collectors.toSet());

        Set<String> told =
                service.scrape.types().keySet().stream()
                        .filter(family -> family.startsWith("stagedoor_"))
                        .filter(family -> !documented.contains(family.replaceFirst("_max$", "")))
                        .collect(Collectors.toSet());

        assertThat(documented).hasSizeGreaterThan(5);
        assertThat(told).as("told, but not in docs/meters.md").isEmpty();
        assertThat(service.scrape.types().keySet()).containsAll(documented);
    }

    @ParameterizedTest
    @EnumSource(Service.class)
    void tellsKindTagsAndValuesAsTheTableHasThem(Service service) {
        assertThat(service.documented())
                .allSatisfy(
                        meter -> {
                            Scrape scrape = service.scrape;
                            assertThat(scrape.types()).containsEntry(meter.name(), meter.type());
                            assertThat(scrape.tags(meter.name()))
                                    .containsOnlyKeys(meter.tags().keySet())
                                    .allSatisfy(
                                            (tag, values) ->
                                                    assertThat(isAllowed(meter, tag, values))
                                                            .as("%s of %s", values, meter.name())
                                                            .isTrue());
                        });
    }

    @ParameterizedTest
    @MethodSource("fromTheFramework")
    void theMetersOfTheFrameworkAreThere(String meter) {
        assertThat(Watched.BOOKING.types()).containsKey(meter);
    }

    @ParameterizedTest
    @EnumSource(Service.class)
    void noTagOfAnyMeterNamesATokenAnIdOrASeat(Service service) {
        Set<String> values =
                service.scrape.samples().values().stream()
                        .flatMap(tags -> tags.values().stream())
                        .flatMap(Set::stream)
                        .collect(Collectors.toSet());

        assertThat(values)
                .hasSizeGreaterThan(50)
                .noneMatch(value -> value.contains("eyJ"))
                .noneMatch(value -> value.matches(".*[0-9a-f]{8}-[0-9a-f]{4}-.*"))
                .noneMatch(value -> value.contains(Watched.USER))
                .noneMatch(value -> value.matches("/api/.*/\\d+.*"));
    }

    /** What they mean stands in docs/meters.md, and is not told again at every look. */
    @ParameterizedTest
    @EnumSource(Service.class)
    void prometheusMissesNothingOfOurMetersButAnExplanation(Service service) throws Exception {
        Checked told = Prometheus.check(service.scrape.text(), "check", "metrics");

        assertThat(told.status()).as(told.said()).isIn(0, A_WORD_TO_SAY);
        assertThat(told.said().lines().filter(line -> line.startsWith("stagedoor_")))
                .allMatch(line -> line.endsWith(" no help text"));
    }

    private static Stream<String> fromTheFramework() {
        return Meters.documented("From the framework").stream().map(Meter::name);
    }

    private static boolean isAllowed(Meter meter, String tag, Set<String> values) {
        Set<String> allowed = meter.tags().get(tag);
        return tag.equals("room") ? values.equals(Set.of("main")) : allowed.containsAll(values);
    }
}
