package dev.stagedoor.booking.web;

import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.deser.std.FromStringDeserializer;
import tools.jackson.databind.module.SimpleModule;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.util.function.Function;

/**
 * Times and dates as ISO 8601 has them. The framework reads numbers as well, lists of numbers, and
 * numbers as text; and a moment as a date, though which one depends on the venue.
 */
final class TimesAsText extends SimpleModule {

    private static final long serialVersionUID = 1L;

    TimesAsText() {
        addDeserializer(Instant.class, new AsText<>(Instant.class, Instant::parse));
        addDeserializer(LocalDate.class, new AsText<>(LocalDate.class, LocalDate::parse));
    }

    private static final class AsText<T> extends FromStringDeserializer<T> {

        private final Function<String, T> parse;

        AsText(Class<T> type, Function<String, T> parse) {
            super(type);
            this.parse = parse;
        }

        @Override
        protected T _deserialize(String text, DeserializationContext context) {
            try {
                return parse.apply(text);
            } catch (DateTimeException _) {
                throw context.weirdStringException(text, handledType(), "not ISO 8601");
            }
        }
    }
}
