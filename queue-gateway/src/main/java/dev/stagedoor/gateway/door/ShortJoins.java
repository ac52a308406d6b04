package dev.stagedoor.gateway.door;

import dev.stagedoor.common.Problem;
import dev.stagedoor.common.ProblemCode;
import dev.stagedoor.gateway.answer.Answers;
import dev.stagedoor.gateway.answer.Refusals;
import dev.stagedoor.gateway.line.Joining;
import dev.stagedoor.gateway.line.Joining.Outcome;
import dev.stagedoor.gateway.request.Caller;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

import reactor.core.publisher.Mono;

import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Joins that say no more than which room, in a few bytes. */
@Component
record ShortJoins(Joining joining, Answers answers) {

    private static final Logger LOG = LoggerFactory.getLogger(ShortJoins.class);

    private static final int LONGEST_BODY = 256;

    /** As our pages, and programs that write JSON without much ado, name a room. */
    private static final Pattern BODY =
            Pattern.compile("(?:\\{ *(?:\"room\" *: *\"([\\w-]*)\" *)?})?");

    /** Of a join, whether it may turn out to be one. */
    static boolean mayBe(Caller join) {
        String length = join.header(HttpHeaderNames.CONTENT_LENGTH);
        return length == null
                || length.equals("0")
                || isShort(length)
                        && HttpHeaderValues.APPLICATION_JSON.contentEqualsIgnoreCase(
                                join.header(HttpHeaderNames.CONTENT_TYPE));
    }

    private static boolean isShort(String length) {
        return length.length() <= 3 && Integer.parseInt(length) <= LONGEST_BODY;
    }

    /** Null if it says more. */
    @Nullable Mono<FullHttpResponse> join(Caller join, ByteBuf body) {
        Matcher said = BODY.matcher(body.toString(StandardCharsets.ISO_8859_1));
        return said.matches()
                ? joining.join(join, said.group(1))
                        .map(outcome -> answer(join, outcome))
                        .onErrorResume(error -> Mono.just(failed(join, error)))
                : null;
    }

    private FullHttpResponse answer(Caller join, Outcome outcome) {
        return switch (outcome) {
            case Outcome.Placed place ->
                    place.document()
                            .map(
                                    it ->
                                            answers.status(
                                                    place.fresh() ? 201 : 200, it, place.cookie()))
                            .orElseGet(() -> tell(join, Refusals.unavailable()));
            case Outcome.Refused(Problem problem) -> tell(join, problem);
        };
    }

    private FullHttpResponse failed(Caller join, Throwable error) {
        LOG.error("{} {} failed", join.method(), join.address(), error);
        return tell(join, Problem.of(ProblemCode.INTERNAL_ERROR));
    }

    private FullHttpResponse tell(Caller join, Problem problem) {
        return answers.problem(join.headers(), join.address(), problem);
    }
}
