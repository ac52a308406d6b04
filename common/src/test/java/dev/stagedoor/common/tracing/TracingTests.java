package dev.stagedoor.common.tracing;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.net.URI;

/** What a service sends on; that spans arrive is shown where both services run. */
class TracingTests {

    private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
    private static final String SPAN = "00f067aa0ba902b7";
    private static final String WANTED = "00-" + TRACE + "-" + SPAN + "-01";
    private static final String UNWANTED = "00-" + TRACE + "-" + SPAN + "-00";

    /** Nobody listens there; nothing is sent before the hop ends. */
    private static final URI NOWHERE = URI.create("http://127.0.0.1:1");

    @Test
    void passesOnWhatCameWhileItIsOff() {
        assertThat(arrive(Tracing.OFF, WANTED)).isEqualTo(WANTED);
        assertThat(arrive(Tracing.OFF, null)).matches("00-[0-9a-f]{32}-[0-9a-f]{16}-00");
    }

    @Test
    void goesOnWithTheTraceBelowASpanOfItsOwn() {
        try (Tracing tracing = new OtlpTracing("test", NOWHERE, 0, false)) {
            assertThat(arrive(tracing, WANTED))
                    .matches("00-" + TRACE + "-[0-9a-f]{16}-01")
                    .doesNotContain(SPAN);
            assertThat(arrive(tracing, UNWANTED)).matches("00-" + TRACE + "-[0-9a-f]{16}-00");
        }
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(
            strings = {
                "",
                "nonsense",
                "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
                "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
                "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01"
            })
    // The second bit of the flags says that the id was drawn at random.
    void beginsATraceIfNoneCame(@Nullable String traceparent) {
        try (Tracing always = new OtlpTracing("test", NOWHERE, 1, false);
                Tracing never = new OtlpTracing("test", NOWHERE, 0, false)) {
            assertThat(arrive(always, traceparent))
                    .matches("00-(?!0{32})[0-9a-f]{32}-[0-9a-f]{16}-0[13]")
                    .doesNotContain(TRACE);
            assertThat(arrive(never, traceparent)).matches(".*-0[02]");
        }
    }

    private static String arrive(Tracing tracing, @Nullable String traceparent) {
        return tracing.arrive("test", "GET", "/", traceparent).traceparent();
    }

    @Test
    void nobodyOutsideDecidesThatATraceIsTold() {
        String sampled = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        try (Tracing edge = new OtlpTracing("test", NOWHERE, 0, true);
                Tracing behind = new OtlpTracing("test", NOWHERE, 0, false)) {
            assertThat(edge.arrive("it", "GET", "/", sampled).traceparent())
                    .startsWith(sampled.substring(0, 36))
                    .endsWith("-00");
            assertThat(behind.arrive("it", "GET", "/", sampled).traceparent()).endsWith("-01");
        }
    }
}
