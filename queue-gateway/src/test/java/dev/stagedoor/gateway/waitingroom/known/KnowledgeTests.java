package dev.stagedoor.gateway.waitingroom.known;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.gateway.waitingroom.EndReason;
import dev.stagedoor.gateway.waitingroom.RoomView.Seen;
import dev.stagedoor.gateway.waitingroom.Standing;
import dev.stagedoor.gateway.waitingroom.known.LatestView.Knowledge;
import dev.stagedoor.gateway.waitingroom.known.LatestView.Knowledge.Finding;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** Every combination of what can be known: each line of the tables says which of them it is for. */
class KnowledgeTests {

    private static final List<Knowledge> ALL = all();

    @ParameterizedTest
    @CsvSource({
        // view,    end, lost, heard, fresh, inside, holds, number, finding
        "NONE,       -,   -,   -,     -,     -,      -,     64,     NO_VIEW",
        "IN_LINE,    yes, -,   -,     -,     -,      -,     32,     IS_OVER",
        "BEHIND_ALL, yes, -,   -,     -,     -,      -,     32,     IS_OVER",
        "UNCERTAIN,  yes, -,   -,     -,     -,      -,     32,     IS_OVER",
        "IN_LINE,    no,  yes, -,     -,     -,      -,     16,     RESTORE_FIRST",
        "BEHIND_ALL, no,  yes, -,     -,     -,      -,     16,     RESTORE_FIRST",
        "UNCERTAIN,  no,  yes, -,     -,     -,      -,     16,     RESTORE_FIRST",
        "IN_LINE,    no,  no,  no,    yes,   -,      -,     4,      WAITS",
        "IN_LINE,    no,  no,  no,    no,    -,      -,     4,      NO_VIEW",
        "IN_LINE,    no,  no,  yes,   -,     yes,    yes,   2,      IS_INSIDE",
        "IN_LINE,    no,  no,  yes,   -,     yes,    no,    2,      ASK_REDIS",
        "IN_LINE,    no,  no,  yes,   -,     no,     -,     4,      ASK_REDIS",
        "BEHIND_ALL, no,  no,  -,     -,     yes,    yes,   4,      IS_INSIDE",
        "BEHIND_ALL, no,  no,  -,     -,     yes,    no,    4,      ASK_REDIS",
        "BEHIND_ALL, no,  no,  -,     -,     no,     -,     8,      ASK_REDIS",
        "UNCERTAIN,  no,  no,  -,     -,     yes,    yes,   4,      IS_INSIDE",
        "UNCERTAIN,  no,  no,  -,     -,     yes,    no,    4,      ASK_REDIS",
        "UNCERTAIN,  no,  no,  -,     -,     no,     -,     8,      ASK_REDIS",
    })
    void whereATicketStandsOrWhoHasToBeAsked(
            String seen,
            String end,
            String lost,
            String heard,
            String fresh,
            String inside,
            String holds,
            int number,
            Finding finding) {
        List<Knowledge> these = those(seen, end, lost, heard, fresh, inside, holds);

        assertThat(these).hasSize(number).extracting(Knowledge::finding).containsOnly(finding);
    }

    @ParameterizedTest
    @CsvSource({
        // view,    end, lost, heard, fresh, inside, holds, number, finding
        "-,          -,   -,   -,     -,     yes,    -,     128,    IS_INSIDE",
        "BEHIND_ALL, -,   no,  no,    yes,   no,     -,     4,      WAITS",
        "BEHIND_ALL, -,   yes, no,    yes,   no,     -,     4,      ASK_REDIS",
        "BEHIND_ALL, -,   -,   yes,   yes,   no,     -,     8,      ASK_REDIS",
        "BEHIND_ALL, -,   -,   -,     no,    no,     -,     16,     ASK_REDIS",
        "IN_LINE,    -,   -,   -,     -,     no,     -,     32,     ASK_REDIS",
        "UNCERTAIN,  -,   -,   -,     -,     no,     -,     32,     ASK_REDIS",
        "NONE,       -,   -,   -,     -,     no,     -,     32,     ASK_REDIS",
    })
    void whereATicketStandsThoughRedisDoesNotAnswer(
            String seen,
            String end,
            String lost,
            String heard,
            String fresh,
            String inside,
            String holds,
            int number,
            Finding finding) {
        List<Knowledge> these = those(seen, end, lost, heard, fresh, inside, holds);

        assertThat(these).hasSize(number).extracting(Knowledge::withoutRedis).containsOnly(finding);
    }

    @Test
    void beforeThereIsAViewNothingIsKnown() {
        assertThat(Knowledge.NOTHING.finding()).isEqualTo(Finding.NO_VIEW);
        assertThat(Knowledge.NOTHING.withoutRedis()).isEqualTo(Finding.ASK_REDIS);
    }

    private static List<Knowledge> those(
            String seen,
            String end,
            String lost,
            String heard,
            String fresh,
            String inside,
            String holds) {
        return ALL.stream()
                .filter(it -> seen.equals("-") || seen.equals(name(it.seen())))
                .filter(is(end, it -> it.end() != null))
                .filter(is(lost, Knowledge::mayBeLost))
                .filter(is(heard, Knowledge::isHeardOf))
                .filter(is(fresh, Knowledge::viewIsFresh))
                .filter(is(inside, it -> it.inside() != null))
                .filter(is(holds, Knowledge::verdictsHold))
                .toList();
    }

    private static String name(@Nullable Seen seen) {
        return seen == null ? "NONE" : seen.name();
    }

    private static Predicate<Knowledge> is(String wanted, Predicate<Knowledge> fact) {
        return wanted.equals("-") ? _ -> true : it -> fact.test(it) == wanted.equals("yes");
    }

    private static List<Knowledge> all() {
        List<Knowledge> all = new ArrayList<>();
        for (int seen = -1; seen < Seen.values().length; seen++) {
            for (int bits = 0; bits < 64; bits++) {
                all.add(
                        new Knowledge(
                                seen < 0 ? null : Seen.values()[seen],
                                (bits & 1) > 0,
                                (bits & 2) > 0 ? EndReason.LEFT : null,
                                (bits & 4) > 0,
                                (bits & 8) > 0,
                                (bits & 16) > 0 ? new Standing.Active(Instant.EPOCH) : null,
                                (bits & 32) > 0));
            }
        }
        return all;
    }
}
