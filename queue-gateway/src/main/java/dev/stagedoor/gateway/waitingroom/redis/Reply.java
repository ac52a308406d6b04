package dev.stagedoor.gateway.waitingroom.redis;

import dev.stagedoor.common.RoomId;
import dev.stagedoor.common.UserId;
import dev.stagedoor.gateway.waitingroom.BadSetting;
import dev.stagedoor.gateway.waitingroom.Bans;
import dev.stagedoor.gateway.waitingroom.EndReason;
import dev.stagedoor.gateway.waitingroom.Joined;
import dev.stagedoor.gateway.waitingroom.Life;
import dev.stagedoor.gateway.waitingroom.LineUnavailable;
import dev.stagedoor.gateway.waitingroom.RoomSettings;
import dev.stagedoor.gateway.waitingroom.RoomView;
import dev.stagedoor.gateway.waitingroom.RoomView.Ladder;
import dev.stagedoor.gateway.waitingroom.Setting;
import dev.stagedoor.gateway.waitingroom.Standing;
import dev.stagedoor.gateway.waitingroom.Ticket;
import dev.stagedoor.gateway.waitingroom.redis.LineStore.Comer;
import dev.stagedoor.gateway.waitingroom.redis.LineStore.Stretch;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * What a script of a room has answered, and what that means; the first word of all but a view says
 * whether the room is there.
 */
public record Reply(List<?> values) {

    public boolean isMissing() {
        return says("missing");
    }

    /** Of a tick: it is not over. */
    boolean hasMore() {
        return says("more");
    }

    private boolean says(String word) {
        return values.size() == 1 && word.equals(values.getFirst());
    }

    /** A view with the rungs of its ladder, if it is one. */
    Reply behind(Reply rungs) {
        if (values.size() == 1 || rungs.isMissing()) {
            return this;
        }
        List<Object> all = new ArrayList<>(values);
        all.add(rungs.values().subList(1, rungs.values().size()));
        return new Reply(all);
    }

    String word(int index) {
        return String.valueOf(values.get(index));
    }

    long number(int index) {
        return number(word(index));
    }

    /** What Redis keeps may have been written by hand. */
    static long number(String word) {
        try {
            return Long.parseLong(word);
        } catch (NumberFormatException _) {
            throw LineUnavailable.unreadable(word);
        }
    }

    List<?> list(int index) {
        return (List<?>) values.get(index);
    }

    public RoomView view(@Nullable RoomView former, RoomSettings initial) {
        Map<String, String> fields = fields();
        long[] numbers = numbers(list(1), 0, 1);
        List<?> rungs = values.size() > 4 ? list(4) : List.of();
        long[] head = sequences(word(2), 0).toArray();
        Ladder ladder =
                rungs.isEmpty()
                        ? (former == null ? Ladder.EMPTY : former.line().ladder()).withHead(head)
                        : new Ladder(head, numbers(rungs, 0, 2), numbers(rungs, 1, 2));
        long now = numbers[0];
        RoomSettings before = former == null ? initial : former.settings();
        Map<String, String> said = Setting.among(fields);
        boolean isAsBefore = former != null && former.said().equals(said);
        RoomSettings settings = isAsBefore ? before : RoomSettings.inForce(said, before);
        Instant asOf = Instant.ofEpochMilli(now);
        return new RoomView(
                before.equals(settings) ? before : settings,
                said,
                isAsBefore ? former.slip() : slip(said),
                new Life(Long.parseLong(fields.get("epoch")), number(fields, "term")),
                RoomView.Moment.of(
                        asOf,
                        Instant.ofEpochMilli(number(fields, "next-tick")),
                        number(fields, "to-admit") > 0),
                new RoomView.Loss(
                        number(fields, "recovering-until") > now,
                        number(fields, "handing-over-until") > now,
                        lost(fields, now)),
                line(fields, numbers, ladder).after(lineBefore(fields, former), asOf),
                numbers[2],
                numbers[3],
                numbers[5] == 1,
                Bans.of(
                        list(3).stream().map(String::valueOf).toList(),
                        former == null ? Bans.NONE : former.bans()),
                totals(fields));
    }

    /** What somebody has written into the hash by hand may make no sense: it is not in force. */
    private static Optional<BadSetting> slip(Map<String, String> said) {
        try {
            RoomSettings.of(said);
            return Optional.empty();
        } catch (BadSetting bad) {
            return Optional.of(bad);
        }
    }

    private static RoomView.Line line(Map<String, String> fields, long[] numbers, Ladder ladder) {
        long firstWaitsSince = numbers[4];
        return new RoomView.Line(
                number(fields, "cursor"),
                Long.parseLong(fields.get("sequence")),
                numbers[1],
                firstWaitsSince == 0
                        ? Optional.empty()
                        : Optional.of(Instant.ofEpochMilli(firstWaitsSince)),
                ladder,
                RoomView.Before.UNKNOWN);
    }

    private static Optional<RoomView.Line> lineBefore(
            Map<String, String> fields, @Nullable RoomView former) {
        return Optional.ofNullable(former)
                .filter(view -> view.epoch() == Long.parseLong(fields.get("epoch")))
                .map(RoomView::line);
    }

    private static long number(Map<String, String> fields, String name) {
        return Long.parseLong(fields.getOrDefault(name, "0"));
    }

    private static RoomView.Lost lost(Map<String, String> fields, long now) {
        return number(fields, "lost-until") > now
                ? new RoomView.Lost(number(fields, "lost-after"), number(fields, "lost-before"))
                : RoomView.Lost.NOTHING;
    }

    /** The room's hash as it stands, whatever it says. */
    Map<String, String> fields() {
        Map<String, String> fields = new HashMap<>();
        List<?> state = list(0);
        for (int i = 0; i < state.size(); i += 2) {
            fields.put(String.valueOf(state.get(i)), String.valueOf(state.get(i + 1)));
        }
        return fields;
    }

    List<Joined> joined(RoomId room, List<Comer> comers, long epoch) {
        if (present().getFirst().equals("late")) {
            throw new LineUnavailable("nobody waits for this answer any more");
        }
        List<Joined> answers = new ArrayList<>(comers.size());
        for (int i = 0; i < comers.size(); i++) {
            answers.add(joined(word(1 + i).split(" "), room, comers.get(i).user(), epoch));
        }
        return answers;
    }

    private static Joined joined(String[] said, RoomId room, UserId user, long epoch) {
        Ticket ticket = new Ticket(room, user, number(said[1]), epoch);
        boolean fresh = said[3].equals("1");
        return switch (said[0]) {
            case "active" -> new Joined.Placed(ticket, active(Long.parseLong(said[2])), fresh);
            case "waiting" ->
                    new Joined.Placed(ticket, new Standing.Waiting(Long.parseLong(said[2])), fresh);
            case "full" -> new Joined.Full();
            case "over" -> new Joined.Over();
            default -> new Joined.Refused();
        };
    }

    Standing standing() {
        return standings().getFirst();
    }

    List<Standing> standings() {
        present();
        List<Standing> standings = new ArrayList<>(values.size() / 2);
        for (int i = 0; i < values.size(); i += 2) {
            standings.add(standing(i));
        }
        return standings;
    }

    private Standing standing(int at) {
        return switch (word(at)) {
            case "active" -> active(number(at + 1));
            case "waiting" -> new Standing.Waiting(number(at + 1));
            case "ended" -> new Standing.Ended(EndReason.of(word(at + 1)));
            default -> new Standing.Ended(EndReason.LAPSED); // so long ago that nobody knows
        };
    }

    /** What became of each sign of life. */
    List<Long> ends() {
        return LongStream.of(numbers(present(), 1, 1)).boxed().toList();
    }

    List<Optional<Standing>> restored() {
        present();
        List<Optional<Standing>> standings = new ArrayList<>();
        for (int i = 1; i < values.size(); i += 2) {
            standings.add(
                    switch (word(i)) {
                        case "active" -> Optional.of(active(number(i + 1)));
                        case "waiting" -> Optional.of(new Standing.Waiting(0));
                        case "later" -> Optional.empty();
                        default -> Optional.of(new Standing.Ended(EndReason.EXPIRED));
                    });
        }
        return standings;
    }

    Stretch stretch(long after) {
        present();
        List<Long> waiting = sequences(word(3), after).boxed().toList();
        return new Stretch(after, number(1), waiting, number(2) == 1);
    }

    /** Of those between whom these are the distances, as scripts tell them. */
    private static LongStream sequences(String distances, long after) {
        LongStream.Builder sequences = LongStream.builder();
        long last = after;
        for (String word : distances.isEmpty() ? new String[0] : distances.split(" ")) {
            int plus = word.indexOf('+');
            last += Long.parseLong(plus < 0 ? word : word.substring(0, plus));
            long rightBehind = plus < 0 ? 0 : Long.parseLong(word.substring(plus + 1));
            LongStream.rangeClosed(last, last + rightBehind).forEach(sequences);
            last += rightBehind;
        }
        return sequences.build();
    }

    private static Standing active(long untilMillis) {
        return new Standing.Active(Instant.ofEpochMilli(untilMillis));
    }

    public List<?> present() {
        if (isMissing()) {
            throw new LineUnavailable("the room is missing in Redis");
        }
        if (says("moved")) {
            throw new LineUnavailable("the room has begun a new life");
        }
        return values;
    }

    private static Map<String, Long> totals(Map<String, String> fields) {
        return Stream.of("joined", "admitted", "completed", "left", "revoked", "expired", "lapsed")
                .collect(Collectors.toMap(name -> name, name -> number(fields, name)));
    }

    private static long[] numbers(List<?> values, int from, int step) {
        long[] numbers = new long[(values.size() - from + step - 1) / step];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = Long.parseLong(String.valueOf(values.get(from + i * step)));
        }
        return numbers;
    }
}
