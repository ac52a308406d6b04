package dev.stagedoor.gateway.gate;

import dev.stagedoor.gateway.waitingroom.RoomSettings;
import dev.stagedoor.gateway.waitingroom.room.Room;
import dev.stagedoor.gateway.waitingroom.room.Rooms;

import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpMethod;
import org.springframework.http.server.PathContainer;
import org.springframework.util.StringUtils;
import org.springframework.web.util.pattern.PathPattern;
import org.springframework.web.util.pattern.PathPatternParser;

import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Which room guards a path, and which paths it leaves open. */
public final class RoomPaths {

    private final Rooms rooms;
    private final Map<Room, Patterns> patterns = new ConcurrentHashMap<>();

    public RoomPaths(Rooms rooms) {
        this.rooms = rooms;
    }

    /** Without the query. */
    public static String pathOf(String uri) {
        int query = uri.indexOf('?');
        return query < 0 ? uri : uri.substring(0, query);
    }

    /**
     * What is not for the public, whatever the rooms say.
     *
     * @param rawPath with its letters encoded or not: the upstream takes them for the same
     */
    public static boolean isNeverForwarded(String rawPath) {
        String path =
                rawPath.indexOf('%') < 0
                        ? rawPath
                        : StringUtils.uriDecode(rawPath, StandardCharsets.UTF_8);
        return isAtOrBelow(path, "/actuator")
                || isAtOrBelow(path, "/ops")
                || isAtOrBelow(path, "/admin");
    }

    private static boolean isAtOrBelow(String path, String folder) {
        return path.regionMatches(true, 0, folder, 0, folder.length())
                && (path.length() == folder.length() || path.charAt(folder.length()) == '/');
    }

    /**
     * The room with the most specific pattern that matches; of the same ones that of the first by
     * name.
     */
    public Optional<Room> guarding(PathContainer path) {
        Room best = null;
        PathPattern bestPattern = null;
        for (Room room : rooms.all()) {
            if (!room.isKnown()) {
                continue;
            }
            for (PathPattern pattern : patternsOf(room).guarded()) {
                if (pattern.matches(path) && isBetter(room, pattern, best, bestPattern)) {
                    best = room;
                    bestPattern = pattern;
                }
            }
        }
        return Optional.ofNullable(best);
    }

    private static boolean isBetter(
            Room room,
            PathPattern pattern,
            @Nullable Room best,
            @Nullable PathPattern bestPattern) {
        if (best == null || bestPattern == null) {
            return true;
        }
        int bySpecificity = pattern.compareTo(bestPattern);
        return bySpecificity < 0
                || bySpecificity == 0 && room.id().name().compareTo(best.id().name()) < 0;
    }

    public boolean isOpen(Room room, HttpMethod method, PathContainer path) {
        for (OpenPath open : patternsOf(room).open()) {
            if (open.allows(method) && open.pattern().matches(path)) {
                return true;
            }
        }
        return false;
    }

    private Patterns patternsOf(Room room) {
        RoomSettings settings = room.settings();
        Patterns known = patterns.get(room);
        if (known == null || known.source() != settings) {
            known = Patterns.of(settings);
            patterns.put(room, known);
        }
        return known;
    }

    private record OpenPath(HttpMethod method, PathPattern pattern) {

        static OpenPath parse(String text) {
            String[] words = text.strip().split("\\s+", 2);
            return new OpenPath(HttpMethod.valueOf(words[0]), parser().parse(words[1]));
        }

        boolean allows(HttpMethod asked) {
            return asked == method || asked == HttpMethod.HEAD && method == HttpMethod.GET;
        }
    }

    private record Patterns(RoomSettings source, List<PathPattern> guarded, List<OpenPath> open) {

        static Patterns of(RoomSettings settings) {
            return new Patterns(
                    settings,
                    settings.paths().stream()
                            .map(parser()::parse)
                            .sorted(Comparator.naturalOrder())
                            .toList(),
                    settings.openPaths().stream().map(OpenPath::parse).toList());
        }
    }

    private static PathPatternParser parser() {
        return PathPatternParser.defaultInstance;
    }
}
