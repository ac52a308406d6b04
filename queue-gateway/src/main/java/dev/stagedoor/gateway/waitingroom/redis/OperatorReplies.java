package dev.stagedoor.gateway.waitingroom.redis;

import dev.stagedoor.common.UserId;
import dev.stagedoor.gateway.waitingroom.EndReason;
import dev.stagedoor.gateway.waitingroom.LineUnavailable;
import dev.stagedoor.gateway.waitingroom.operators.Change;
import dev.stagedoor.gateway.waitingroom.operators.Difference;
import dev.stagedoor.gateway.waitingroom.operators.Explanation;
import dev.stagedoor.gateway.waitingroom.operators.People;
import dev.stagedoor.gateway.waitingroom.operators.Sample;
import dev.stagedoor.gateway.waitingroom.redis.Replies.Reply;

import org.jspecify.annotations.Nullable;
import org.springframework.data.redis.core.ZSetOperations.TypedTuple;

import reactor.core.publisher.Mono;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** What Redis says to operators. */
final class OperatorReplies {

    private OperatorReplies() {}

    static Mono<List<Difference>> differences(Reply reply) {
        return switch (reply.word(0)) {
            case "changed" -> Mono.just(differencesIn(reply));
            case "stale" -> Mono.empty();
            default -> Mono.error(new LineUnavailable("the room is missing in Redis"));
        };
    }

    static Explanation explanation(UserId user, Reply reply) {
        Replies.present(reply);
        return new Explanation(
                user,
                reply.number(1),
                Explanation.State.valueOf(reply.word(0).toUpperCase(Locale.ROOT)),
                reply.number(2),
                reply.number(3),
                reply.word(4).isEmpty() ? null : EndReason.of(reply.word(4)),
                time(reply.number(5)),
                time(reply.number(6)),
                time(reply.number(7)),
                time(reply.number(8)),
                time(reply.number(9)));
    }

    static List<Sample> history(List<String> samples) {
        return samples.stream().map(OperatorReplies::sample).toList();
    }

    static List<Change> changes(List<Map<String, String>> entries) {
        return entries.stream().map(OperatorReplies::change).toList();
    }

    static People people(List<TypedTuple<String>> waiting, List<TypedTuple<String>> active) {
        return new People(
                waiting.stream()
                        .flatMap(
                                entry ->
                                        user(entry).stream()
                                                .map(u -> new People.InLine(u, score(entry))))
                        .toList(),
                active.stream()
                        .flatMap(
                                entry ->
                                        user(entry).stream()
                                                .map(
                                                        u ->
                                                                new People.Inside(
                                                                        u,
                                                                        Instant.ofEpochMilli(
                                                                                score(entry)))))
                        .toList());
    }

    private static Optional<UserId> user(TypedTuple<String> entry) {
        return UserId.parse(Objects.requireNonNullElse(entry.getValue(), ""));
    }

    private static long score(TypedTuple<String> entry) {
        return Objects.requireNonNullElse(entry.getScore(), 0.0).longValue();
    }

    private static List<Difference> differencesIn(Reply reply) {
        List<Difference> differences = new ArrayList<>();
        for (int i = 2; i < reply.values().size(); i += 3) {
            differences.add(new Difference(reply.word(i), reply.word(i + 1), reply.word(i + 2)));
        }
        return differences;
    }

    private static Sample sample(String line) {
        String[] numbers = line.split(" ");
        return new Sample(
                Instant.ofEpochMilli(Long.parseLong(numbers[0])),
                Long.parseLong(numbers[1]),
                Long.parseLong(numbers[2]),
                Long.parseLong(numbers[3]));
    }

    private static Change change(Map<String, String> entry) {
        return new Change(
                Instant.ofEpochMilli(Long.parseLong(entry.getOrDefault("at", "0"))),
                entry.getOrDefault("by", ""),
                entry.getOrDefault("from", ""),
                entry.getOrDefault("what", ""),
                entry.getOrDefault("old", ""),
                entry.getOrDefault("new", ""));
    }

    private static @Nullable Instant time(long millis) {
        return millis == 0 ? null : Instant.ofEpochMilli(millis);
    }
}
