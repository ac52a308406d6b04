package dev.stagedoor.gateway.waitingroom;

import dev.stagedoor.common.UserId;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Who may not join, as the last view told: users and networks, each until some time. */
public final class Bans {

    public static final Bans NONE = new Bans(List.of());

    private static final Pattern BAN = Pattern.compile("(\\d{1,15}) ?(\\S*) ?(.*)", Pattern.DOTALL);

    private final List<String> told;
    private final Map<String, Ban> bans = new HashMap<>();

    /**
     * @param who a user or a network
     */
    public record Ban(String who, Instant until, String by, String why) {

        /** What is typed by hand and says no time lasts until it is taken away by hand. */
        private static Ban read(String who, String text) {
            Matcher ban = BAN.matcher(text);
            return ban.matches()
                    ? new Ban(
                            who,
                            Instant.ofEpochMilli(Long.parseLong(ban.group(1))),
                            ban.group(2),
                            ban.group(3))
                    : new Ban(who, Instant.MAX, "", text);
        }
    }

    private Bans(List<String> told) {
        this.told = told;
        for (int i = 0; i + 1 < told.size(); i += 2) {
            bans.put(told.get(i), Ban.read(told.get(i), told.get(i + 1)));
        }
    }

    /** The very same as before while nothing has changed. */
    public static Bans of(List<String> told, Bans former) {
        return former.told.equals(told) ? former : new Bans(told);
    }

    public List<Ban> all() {
        return new ArrayList<>(bans.values());
    }

    public boolean areNone() {
        return bans.isEmpty();
    }

    public Optional<Ban> of(Optional<Network> network, Optional<UserId> user, Instant now) {
        return network.flatMap(it -> of(it.toString(), now))
                .or(() -> user.flatMap(it -> of(it.toString(), now)));
    }

    private Optional<Ban> of(String who, Instant now) {
        return Optional.ofNullable(bans.get(who)).filter(ban -> ban.until().isAfter(now));
    }
}
