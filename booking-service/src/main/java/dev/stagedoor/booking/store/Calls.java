package dev.stagedoor.booking.store;

import dev.stagedoor.common.Problem;
import dev.stagedoor.common.ProblemCode;

import io.r2dbc.spi.Connection;
import io.r2dbc.spi.Readable;
import io.r2dbc.spi.Statement;

import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

import reactor.core.Exceptions;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;

/**
 * One statement that is a transaction of its own, and goes to the database in one trip: it stands
 * there as it is sent, with {@code $1} for its first parameter, and nothing is made of it here.
 */
@Component
public final class Calls {

    private static final int RETRIES = 2;

    private final Lanes lanes;

    Calls(Lanes lanes) {
        this.lanes = lanes;
    }

    /**
     * What its one row says, once it is committed, if there is one and it says something; again if
     * it lost a race. Should the connection break while it is under way, nobody knows whether it
     * stands.
     */
    public <T> Mono<T> call(String sql, Function<Readable, @Nullable T> row, Object... parameters) {
        return again(
                Mono.defer(
                        () -> {
                            AtomicBoolean sent = new AtomicBoolean();
                            return attempt(sent, sql, row, parameters)
                                    .onErrorMap(
                                            error -> sent.get() && Trouble.isOpen(error),
                                            Calls::unknown);
                        }));
    }

    /** The same of what changes nothing, and so leaves nothing unknown. */
    public <T> Mono<T> look(String sql, Function<Readable, @Nullable T> row, Object... parameters) {
        return again(attempt(new AtomicBoolean(), sql, row, parameters));
    }

    /** The JSON that it says to whoever looks, in the bytes that are sent. */
    public Mono<byte[]> document(ProblemCode ifNone, String sql, Object... parameters) {
        return look(sql, row -> row.get(0, String.class), parameters)
                .map(text -> text.getBytes(StandardCharsets.UTF_8))
                .switchIfEmpty(Refusal.because(ifNone));
    }

    static <T> Mono<T> again(Mono<T> attempt) {
        return attempt.retryWhen(Retry.max(RETRIES).filter(Trouble::isLostRace))
                .onErrorMap(Exceptions::isRetryExhausted, Throwable::getCause);
    }

    private <T> Mono<T> attempt(
            AtomicBoolean sent,
            String sql,
            Function<Readable, @Nullable T> row,
            Object... parameters) {
        return Mono.usingWhen(
                lanes.connections().create(),
                connection -> {
                    sent.set(true);
                    return send(connection, sql, row, parameters);
                },
                Connection::close);
    }

    /** Not before the server is ready for the next one is this one committed. */
    private static <T> Mono<T> send(
            Connection connection,
            String sql,
            Function<Readable, @Nullable T> row,
            Object... parameters) {
        Statement statement = connection.createStatement(sql);
        for (int i = 0; i < parameters.length; i++) {
            statement.bind(i, parameters[i]);
        }
        return Flux.from(statement.execute())
                .concatMap(result -> result.map(it -> Optional.ofNullable(row.apply(it))))
                .singleOrEmpty()
                .flatMap(Mono::justOrEmpty);
    }

    static Refusal unknown(Throwable cause) {
        return new Refusal(Problem.of(ProblemCode.OUTCOME_UNKNOWN).retryAfter(Problem.SOON), cause);
    }
}
