package dev.stagedoor.booking.web;

import dev.stagedoor.booking.store.Outage;
import dev.stagedoor.booking.store.Refusal;
import dev.stagedoor.booking.store.Trouble;
import dev.stagedoor.common.Problem;
import dev.stagedoor.common.ProblemCode;

import org.jspecify.annotations.Nullable;
import org.springframework.core.codec.DecodingException;
import org.springframework.core.io.buffer.DataBufferLimitException;
import org.springframework.http.InvalidMediaTypeException;
import org.springframework.util.InvalidMimeTypeException;
import org.springframework.web.server.MissingRequestValueException;
import org.springframework.web.server.ResponseStatusException;
import org.springframework.web.server.ServerWebInputException;

import tools.jackson.core.JacksonException;

import java.util.stream.Collectors;

/** Turns whatever went wrong into a problem that callers know. */
final class Problems {

    private Problems() {}

    static Problem of(Throwable error) {
        return switch (error) {
            case Refusal refusal -> refusal.problem();
            case DataBufferLimitException _ -> Problem.of(ProblemCode.BODY_TOO_LARGE);
            case InvalidMediaTypeException _ -> Problem.of(ProblemCode.UNSUPPORTED_MEDIA_TYPE);
            case InvalidMimeTypeException _ -> Problem.of(ProblemCode.NOT_ACCEPTABLE);
            case ServerWebInputException input -> ofInput(input);
            case ResponseStatusException it ->
                    Problem.of(ProblemCode.ofStatus(it.getStatusCode().value()));
            default ->
                    Trouble.outage(error)
                            .map(Outage::problem)
                            .orElseGet(() -> Problem.of(ProblemCode.INTERNAL_ERROR));
        };
    }

    private static Problem ofInput(ServerWebInputException error) {
        if (error instanceof MissingRequestValueException missing) {
            return Problem.invalid(missing.getName(), "be there");
        }
        JacksonException mismatch = cause(error, JacksonException.class);
        if (mismatch != null && !mismatch.getPath().isEmpty()) {
            return Problem.invalid(path(mismatch), "be of the right type");
        }
        if (cause(error, DecodingException.class) != null || error.getMethodParameter() == null) {
            return Problem.invalid("body", "be well-formed JSON");
        }
        String name = error.getMethodParameter().getParameterName();
        return Problem.invalid(name == null ? "body" : name, "be of the right form");
    }

    private static String path(JacksonException mismatch) {
        return mismatch.getPath().stream()
                .map(Problems::step)
                .collect(Collectors.joining())
                .replaceFirst("^\\.", "");
    }

    private static String step(JacksonException.Reference step) {
        return step.getPropertyName() == null
                ? "[" + step.getIndex() + "]"
                : "." + step.getPropertyName();
    }

    private static <T extends Throwable> @Nullable T cause(Throwable error, Class<T> type) {
        return Trouble.causes(error, type).findFirst().orElse(null);
    }
}
