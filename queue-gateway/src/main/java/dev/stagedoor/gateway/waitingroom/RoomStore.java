package dev.stagedoor.gateway.waitingroom;

import dev.stagedoor.common.RoomId;
import dev.stagedoor.common.UserId;

import org.jspecify.annotations.Nullable;
import org.springframework.data.redis.core.ReactiveStringRedisTemplate;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** One room in Redis: a method per script, and from a reply to what it means. */
final class RoomStore {

    private final RoomId room;
    private final RoomKeys keys;
    private final ReactiveStringRedisTemplate redis;
    private final Outage outage;
    private final Supplier<String> now;

    /**
     * @param now epoch ms for tests that move time; empty for the clock of Redis
     */
    RoomStore(RoomId room, ReactiveStringRedisTemplate redis, Outage outage, Supplier<String> now) {
        this.room = room;
        this.keys = new RoomKeys(room);
        this.redis = redis;
        this.outage = outage;
        this.now = now;
    }

    /** A reply; the first word of all but a view says whether the room is there. */
    record Reply(List<?> values) {

        boolean isMissing() {
            return values.size() == 1 && "missing".equals(values.getFirst());
        }

        String word(int index) {
            return String.valueOf(values.get(index));
        }

        long number(int index) {
            return Long.parseLong(word(index));
        }

        List<?> list(int index) {
            return (List<?>) values.get(index);
        }
    }

    /** A user whose sign of life is to be taken down. */
    record Sign(Ticket ticket, boolean active) {}

    /** Somebody to be put back: until when they are active, empty for those who waited. */
    record Vouched(Ticket ticket, Optional<Instant> until) {}

    Mono<List<Joined>> join(List<UserId> users, long epoch) {
        return run(RoomScripts.JOIN, users.stream().map(UserId::toString).toList())
                .map(reply -> joined(reply, users, epoch));
    }

    Mono<Reply> admit(boolean withFarLadder) {
        return run(RoomScripts.ADMIT, List.of(withFarLadder ? "1" : "0"));
    }

    Mono<Reply> view(boolean withFarLadder) {
        return run(RoomScripts.VIEW, List.of(withFarLadder ? "1" : "0"));
    }

    /** For each sign the end of the session, 0 for one who waits, -1 for one who is gone. */
    Mono<List<Long>> touch(List<Sign> signs) {
        List<String> arguments = new ArrayList<>(3 * signs.size());
        for (Sign sign : signs) {
            arguments.add(sign.ticket().user().toString());
            arguments.add(Long.toString(sign.ticket().sequence()));
            arguments.add(sign.active() ? "active" : "waiting");
        }
        return run(RoomScripts.TOUCH, arguments)
                .map(reply -> present(reply).subList(1, reply.values().size()))
                .map(
                        values ->
                                values.stream()
                                        .map(v -> Long.parseLong(String.valueOf(v)))
                                        .toList());
    }

    Mono<Standing> check(Ticket ticket) {
        return run(RoomScripts.CHECK, ticketArguments(ticket)).map(this::standing);
    }

    /** Whether there was something to end. */
    Mono<Boolean> end(Ticket ticket, EndReason reason) {
        List<String> arguments = new ArrayList<>(ticketArguments(ticket));
        arguments.add(reason.word());
        return run(RoomScripts.END, arguments).map(reply -> present(reply).contains("ended"));
    }

    Mono<Standing> extend(Ticket ticket, Duration by) {
        List<String> arguments = new ArrayList<>(ticketArguments(ticket));
        arguments.add(Long.toString(by.toMillis()));
        return run(RoomScripts.EXTEND, arguments).map(this::standing);
    }

    /** Makes the room if it is missing; the epoch it has then. */
    Mono<Long> seed(RoomSettings settings, Duration recovery) {
        return settings("seed", recovery, settings.toFields()).map(reply -> reply.number(1));
    }

    /** Whether the room was there to be changed. */
    Mono<Boolean> change(Map<String, String> fields) {
        return settings("change", Duration.ZERO, fields)
                .map(reply -> !reply.word(0).equals("missing"));
    }

    Mono<List<Standing>> restore(List<Vouched> vouched) {
        List<String> arguments = new ArrayList<>(3 * vouched.size());
        for (Vouched one : vouched) {
            arguments.addAll(ticketArguments(one.ticket()));
            arguments.add(
                    one.until().map(until -> Long.toString(until.toEpochMilli())).orElse("0"));
        }
        return run(RoomScripts.RESTORE, arguments).map(this::restored);
    }

    /** What is said on the room's channel, from now on. */
    Flux<String> events() {
        return redis.listenToChannel(keys.events()).map(message -> message.getMessage());
    }

    static RoomView view(Reply reply, @Nullable RoomView former) {
        Map<String, String> fields = new HashMap<>();
        List<?> state = reply.list(0);
        for (int i = 0; i < state.size(); i += 2) {
            fields.put(String.valueOf(state.get(i)), String.valueOf(state.get(i + 1)));
        }
        long[] numbers = numbers(reply.list(1), 0, 1);
        long[] far = numbers(reply.list(3), 0, 1);
        long[] head = numbers(reply.list(2), 0, 1);
        Ladder ladder =
                far.length > 0
                        ? new Ladder(
                                head, numbers(reply.list(3), 0, 2), numbers(reply.list(3), 1, 2))
                        : (former == null ? Ladder.EMPTY : former.ladder()).withHead(head);
        Instant asOf = Instant.ofEpochMilli(numbers[0]);
        RoomSettings settings = RoomSettings.of(fields);
        return new RoomView(
                former != null && former.settings().equals(settings) ? former.settings() : settings,
                Long.parseLong(fields.get("epoch")),
                asOf,
                asOf.toString(),
                System.nanoTime(),
                Long.parseLong(fields.get("recovering-until")) > numbers[0],
                Long.parseLong(fields.get("cursor")),
                Long.parseLong(fields.get("sequence")),
                numbers[1],
                numbers[2],
                numbers[3],
                numbers[4] == 0 ? Optional.empty() : Optional.of(Instant.ofEpochMilli(numbers[4])),
                totals(fields),
                ladder);
    }

    private Mono<Reply> settings(String act, Duration recovery, Map<String, String> fields) {
        List<String> arguments = new ArrayList<>();
        arguments.add(act);
        arguments.add(Long.toString(recovery.toMillis()));
        fields.forEach((name, value) -> arguments.addAll(List.of(name, value)));
        return run(RoomScripts.SETTINGS, arguments);
    }

    private List<Joined> joined(Reply reply, List<UserId> users, long epoch) {
        present(reply);
        List<Joined> answers = new ArrayList<>(users.size());
        for (int i = 0; i < users.size(); i++) {
            int at = 1 + 4 * i;
            Ticket ticket = new Ticket(room, users.get(i), reply.number(at + 1), epoch);
            boolean fresh = reply.number(at + 3) == 1;
            answers.add(
                    switch (reply.word(at)) {
                        case "active" ->
                                new Joined.Placed(ticket, active(reply.number(at + 2)), fresh);
                        case "waiting" -> new Joined.Placed(ticket, new Standing.Waiting(0), fresh);
                        case "full" -> new Joined.Full();
                        default -> new Joined.Refused();
                    });
        }
        return answers;
    }

    private Standing standing(Reply reply) {
        present(reply);
        return switch (reply.word(0)) {
            case "active" -> active(reply.number(1));
            case "waiting" -> new Standing.Waiting(reply.number(1));
            case "ended" -> new Standing.Ended(EndReason.of(reply.word(1)));
            default -> new Standing.Ended(EndReason.EXPIRED);
        };
    }

    private List<Standing> restored(Reply reply) {
        present(reply);
        List<Standing> standings = new ArrayList<>();
        for (int i = 1; i < reply.values().size(); i += 2) {
            standings.add(
                    switch (reply.word(i)) {
                        case "active" -> active(reply.number(i + 1));
                        case "waiting" -> new Standing.Waiting(0);
                        default -> new Standing.Ended(EndReason.EXPIRED);
                    });
        }
        return standings;
    }

    private static Standing active(long untilMillis) {
        return new Standing.Active(Instant.ofEpochMilli(untilMillis));
    }

    private static List<?> present(Reply reply) {
        if (reply.isMissing()) {
            throw new LineUnavailable("the room is missing in Redis");
        }
        return reply.values();
    }

    private static List<String> ticketArguments(Ticket ticket) {
        return List.of(ticket.user().toString(), Long.toString(ticket.sequence()));
    }

    private static Map<String, Long> totals(Map<String, String> fields) {
        Map<String, Long> totals = new HashMap<>();
        for (String name :
                List.of(
                        "joined",
                        "admitted",
                        "completed",
                        "left",
                        "revoked",
                        "expired",
                        "lapsed")) {
            totals.put(name, Long.parseLong(fields.getOrDefault(name, "0")));
        }
        return totals;
    }

    private static long[] numbers(List<?> values, int from, int step) {
        long[] numbers = new long[(values.size() - from + step - 1) / step];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = Long.parseLong(String.valueOf(values.get(from + i * step)));
        }
        return numbers;
    }

    /**
     * Every call to Redis. The reply comes in on the one thread that reads the connection: from
     * here on the work goes on elsewhere, or everything behind would share that thread.
     */
    private Mono<Reply> run(RoomScripts script, Collection<String> arguments) {
        List<String> all = new ArrayList<>(arguments.size() + 1);
        all.add(now.get());
        all.addAll(arguments);
        return outage.guard(
                redis.execute(script.script(), keys.forScripts(), all)
                        .next()
                        .publishOn(Schedulers.parallel())
                        .map(Reply::new));
    }
}
