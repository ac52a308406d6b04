package dev.stagedoor.gateway.waitingroom.redis;

import dev.stagedoor.common.UserId;
import dev.stagedoor.gateway.waitingroom.EndReason;
import dev.stagedoor.gateway.waitingroom.Life;
import dev.stagedoor.gateway.waitingroom.LineUnavailable;
import dev.stagedoor.gateway.waitingroom.Setting;
import dev.stagedoor.gateway.waitingroom.Ticket;
import dev.stagedoor.gateway.waitingroom.redis.RoomScripts.Keys;

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
import java.util.regex.Pattern;

/**
 * What operators look up in one room, and are told of it; and whom they put out of it or keep from
 * it.
 */
public record OperatorStore(LineStore line, Keys keys, ReactiveStringRedisTemplate redis) {

    /** What else stands in the history was written by hand. */
    private static final Pattern SAMPLE = Pattern.compile("\\d{1,15}(?: \\d{1,15}){3}");

    /**
     * Somebody who changes a room by hand.
     *
     * @param name what they have signed in as
     * @param address where they came from
     */
    public record Operator(String name, String address) {}

    /**
     * Something an operator has done, in the words that settings have for operators.
     *
     * @param by the operator
     * @param from the address they came from
     * @param what a setting, {@code room}, or {@code ticket <user> <sequence>}
     */
    public record Change(Instant at, String by, String from, String what, Object old, Object now) {}

    /** What a change has made of one setting, in the words that it has for operators. */
    public record Difference(String setting, Object old, Object now) {}

    /**
     * All that is known of one ticket. What is not known, or was never the case, is null.
     *
     * @param sequence of the ticket; 0 if the user never had one that is remembered
     * @param holds the sequence of the ticket that the user holds now, which may be another one; 0
     *     for none
     * @param ahead how many go in before, of one who waits
     * @param joined to a second
     * @param lastSeen the last poll of one who waits, the last use of one inside
     * @param until the end of the session
     */
    public record Explanation(
            UserId user,
            long sequence,
            State state,
            long holds,
            long ahead,
            @Nullable EndReason reason,
            @Nullable Instant joined,
            @Nullable Instant admitted,
            @Nullable Instant lastSeen,
            @Nullable Instant until,
            @Nullable Instant ended) {

        /** {@code ABSENT}: nothing is remembered of it. */
        public enum State {
            WAITING,
            ACTIVE,
            ENDED,
            ABSENT
        }
    }

    /** The head of the line, and those inside whose sessions end first, as operators are told. */
    public record People(List<InLine> waiting, List<Inside> active) {

        public record InLine(String user, long sequence) {}

        public record Inside(String user, Instant sessionEndsAt) {}
    }

    /**
     * How full a room was at one moment of the last fifteen minutes.
     *
     * @param admittedLastMinute how many had gone in during the 60 s before
     */
    public record Sample(Instant at, long waiting, long active, long admittedLastMinute) {}

    /** What came of a ban, or of lifting one. */
    public enum Banned {
        DONE,
        FULL,
        ABSENT
    }

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
                .map(
                        samples ->
                                samples.stream()
                                        .filter(SAMPLE.asMatchPredicate())
                                        .map(OperatorStore::sample)
                                        .toList());
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
                Instant.ofEpochMilli(Reply.number(entry.getOrDefault("at", "0"))),
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
