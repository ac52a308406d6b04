package dev.stagedoor.gateway.waitingroom.redis;

import dev.stagedoor.common.UserId;
import dev.stagedoor.gateway.waitingroom.EndReason;
import dev.stagedoor.gateway.waitingroom.Life;
import dev.stagedoor.gateway.waitingroom.LineUnavailable;
import dev.stagedoor.gateway.waitingroom.Setting;
import dev.stagedoor.gateway.waitingroom.Ticket;
import dev.stagedoor.gateway.waitingroom.operators.Banned;
import dev.stagedoor.gateway.waitingroom.operators.Change;
import dev.stagedoor.gateway.waitingroom.operators.Difference;
import dev.stagedoor.gateway.waitingroom.operators.Explanation;
import dev.stagedoor.gateway.waitingroom.operators.Operator;
import dev.stagedoor.gateway.waitingroom.operators.People;
import dev.stagedoor.gateway.waitingroom.operators.Sample;
import dev.stagedoor.gateway.waitingroom.redis.RoomScripts.Keys;
import dev.stagedoor.gateway.waitingroom.redis.RoomScripts.Reply;

import org.jspecify.annotations.Nullable;
import org.springframework.data.domain.Range;
import org.springframework.data.redis.connection.Limit;
import org.springframework.data.redis.connection.stream.MapRecord;
import org.springframework.data.redis.core.ReactiveStringRedisTemplate;
import org.springframework.data.redis.core.ZSetOperations.TypedTuple;

import reactor.core.publisher.Mono;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** What operators look up in one room, and whom they put out of it or keep from it. */
public record OperatorStore(LineStore line, Keys keys, ReactiveStringRedisTemplate redis) {

    public Mono<Boolean> revoke(Ticket ticket, Operator by) {
        List<String> arguments =
                LineStore.arguments(ticket, EndReason.REVOKED.word(), by.name(), by.address());
        return line.run(RoomScripts.END, Life.ANY, arguments)
                .map(reply -> reply.present().contains("ended"));
    }

    /**
     * @param sequence empty for the ticket that the user holds, or held last
     */
    public Mono<Explanation> explain(UserId user, String sequence) {
        return line.run(RoomScripts.EXPLAIN, Life.ANY, List.of(user.toString(), sequence))
                .map(reply -> explanation(user, reply));
    }

    /**
     * Keeps somebody from joining, or lets them again.
     *
     * @param until when; empty to lift the ban
     * @return full if there are too many, absent if there was nothing to lift
     */
    public Mono<Banned> ban(String who, Optional<Instant> until, String why, Operator by) {
        String millis = until.map(time -> Long.toString(time.toEpochMilli())).orElse("0");
        return line.run(
                        RoomScripts.BAN,
                        Life.ANY,
                        List.of(who, millis, why, by.name(), by.address()))
                .doOnNext(Reply::present)
                .map(reply -> Banned.valueOf(reply.word(0).toUpperCase(Locale.ROOT)));
    }

    /** Ends the tickets of all users that are like one of the patterns; how many. */
    public Mono<Long> clear(String whom, List<String> patterns, Operator by) {
        return clear(new Clearing("waiting", "0", 0), whom, patterns, by)
                .expand(
                        done ->
                                done.isOver()
                                        ? Mono.empty()
                                        : clear(done.next(), whom, patterns, by))
                .last()
                .map(Clearing::ended);
    }

    private record Clearing(String list, String at, long ended) {

        boolean isOver() {
            return list.equals("active") && at.equals("0");
        }

        /** First all who wait, then all inside. */
        Clearing next() {
            return at.equals("0") ? new Clearing("active", "0", ended) : this;
        }
    }

    private Mono<Clearing> clear(Clearing from, String whom, List<String> patterns, Operator by) {
        List<String> arguments =
                new ArrayList<>(
                        List.of(
                                from.list(),
                                from.at(),
                                Long.toString(from.ended()),
                                whom,
                                by.name(),
                                by.address()));
        arguments.addAll(patterns);
        return line.run(RoomScripts.CLEAR, Life.ANY, arguments)
                .doOnNext(Reply::present)
                .map(reply -> new Clearing(from.list(), reply.word(1), reply.number(2)));
    }

    public Mono<List<Sample>> history() {
        return line.ask(redis.opsForList().range(keys.history(), 0, -1).collectList())
                .map(samples -> samples.stream().map(OperatorStore::sample).toList());
    }

    public Mono<List<Change>> changes(int most) {
        return line.ask(
                        redis.<String, String>opsForStream()
                                .reverseRange(
                                        keys.changes(),
                                        Range.unbounded(),
                                        Limit.limit().count(most))
                                .map(MapRecord::getValue)
                                .collectList())
                .map(entries -> entries.stream().map(OperatorStore::change).toList());
    }

    public Mono<People> people(int most) {
        return head(keys.waiting(), most)
                .zipWhen(_ -> head(keys.active(), most), OperatorStore::people);
    }

    private Mono<List<TypedTuple<String>>> head(String key, int most) {
        Range<Long> first = Range.closed(0L, most - 1L);
        return line.ask(redis.opsForZSet().rangeWithScores(key, first).collectList());
    }

    // ── what Redis says ─────────────────────────────────────────────────────────────────────────

    static Mono<List<Difference>> differences(Reply reply) {
        return switch (reply.word(0)) {
            case "changed" -> Mono.just(differencesIn(reply));
            case "stale" -> Mono.empty();
            default -> Mono.error(new LineUnavailable("the room is missing in Redis"));
        };
    }

    private static Explanation explanation(UserId user, Reply reply) {
        reply.present();
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

    private static People people(
            List<TypedTuple<String>> waiting, List<TypedTuple<String>> active) {
        return new People(
                waiting.stream().map(it -> new People.InLine(it.getValue(), score(it))).toList(),
                active.stream()
                        .map(
                                it ->
                                        new People.Inside(
                                                it.getValue(), Instant.ofEpochMilli(score(it))))
                        .toList());
    }

    private static long score(TypedTuple<String> entry) {
        return Objects.requireNonNullElse(entry.getScore(), 0.0).longValue();
    }

    private static List<Difference> differencesIn(Reply reply) {
        List<Difference> differences = new ArrayList<>();
        for (int i = 2; i < reply.values().size(); i += 3) {
            String field = reply.word(i);
            differences.add(
                    new Difference(
                            Setting.labelOf(field),
                            Setting.told(field, reply.word(i + 1)),
                            Setting.told(field, reply.word(i + 2))));
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
        String what = entry.getOrDefault("what", "");
        return new Change(
                Instant.ofEpochMilli(Long.parseLong(entry.getOrDefault("at", "0"))),
                entry.getOrDefault("by", ""),
                entry.getOrDefault("from", ""),
                Setting.labelOf(what),
                Setting.told(what, entry.getOrDefault("old", "")),
                Setting.told(what, entry.getOrDefault("new", "")));
    }

    private static @Nullable Instant time(long millis) {
        return millis == 0 ? null : Instant.ofEpochMilli(millis);
    }
}
