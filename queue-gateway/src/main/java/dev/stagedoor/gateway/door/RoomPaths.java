package dev.stagedoor.gateway.door;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;

import dev.stagedoor.gateway.GatewayProperties;
import dev.stagedoor.gateway.request.Caller;
import dev.stagedoor.gateway.waitingroom.RoomSettings;
import dev.stagedoor.gateway.waitingroom.room.Room;
import dev.stagedoor.gateway.waitingroom.room.Rooms;

import io.netty.handler.codec.http.HttpMethod;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.server.PathContainer;
import org.springframework.stereotype.Component;
import org.springframework.util.StringUtils;
import org.springframework.web.util.pattern.PathPattern;
import org.springframework.web.util.pattern.PathPatternParser;

import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Which room guards a host and a path, and what of it is open. */
@Component
final class RoomPaths {

    /**
     * A path that a room guards.
     *
     * @param openFor the methods that need no turn there
     * @param signedInFor the methods that need none of whoever has signed in
     */
    record Guarded(Room room, Set<HttpMethod> openFor, Set<HttpMethod> signedInFor) {

        boolean isOpenFor(HttpMethod method) {
            return includes(openFor, method);
        }

        boolean isSignedInFor(HttpMethod method) {
            return includes(signedInFor, method);
        }

        private static boolean includes(Set<HttpMethod> methods, HttpMethod method) {
            return methods.contains(method)
                    || method.equals(HttpMethod.HEAD) && methods.contains(HttpMethod.GET);
        }
    }

    private static final Logger LOG = LoggerFactory.getLogger(RoomPaths.class);

    private final Rooms rooms;
    private final List<String> closed;
    private volatile Table table = new Table(List.of());

    RoomPaths(Rooms rooms, GatewayProperties properties) {
        this.rooms = rooms;
        this.closed = properties.closedPaths();
    }

    /**
     * The room with the most specific host that matches, and of these the one with the most
     * specific pattern; of the same ones that of the first by name. Empty for what is not for the
     * public, whatever the rooms say.
     */
    Optional<Guarded> guarding(Caller caller) {
        Table current = current();
        return current.found.get(current.address(caller), current::find);
    }

    /** Whether rooms name their hosts, and none of them this one. */
    boolean isUnknownHost(Caller caller) {
        return current().isUnknown(caller);
    }

    private Table current() {
        Collection<Room> all = rooms.all();
        Table current = table;
        if (!current.isOf(all)) {
            current = new Table(all);
            table = current;
        }
        return current;
    }

    /** The upstream takes a path for the same, however it is spelled. */
    private boolean isForNobody(String path) {
        String plain =
                path.indexOf('%') < 0 ? path : StringUtils.uriDecode(path, StandardCharsets.UTF_8);
        return closed.stream().anyMatch(folder -> isAtOrBelow(plain, folder));
    }

    private static boolean isAtOrBelow(String path, String folder) {
        return path.regionMatches(true, 0, folder, 0, folder.length())
                && (path.length() == folder.length() || path.charAt(folder.length()) == '/');
    }

    /**
     * The hosts and patterns of all rooms, and what was found by them, until the settings of one
     * change.
     */
    private final class Table {

        private static final int MOST_FOUND = 1_000;

        private final List<Entry> entries;
        private final List<Pattern> patterns;
        private final Set<String> hosts;
        private final Cache<String, Optional<Guarded>> found =
                Caffeine.newBuilder().maximumSize(MOST_FOUND).executor(Runnable::run).build();

        Table(Collection<Room> rooms) {
            this.entries = rooms.stream().map(Entry::of).toList();
            this.patterns =
                    entries.stream().flatMap(Entry::patterns).sorted(Pattern.BEST_FIRST).toList();
            tellWhoIsNeverAsked(patterns);
            this.hosts =
                    patterns.stream()
                            .map(Pattern::host)
                            .filter(host -> !host.isEmpty())
                            .collect(Collectors.toUnmodifiableSet());
        }

        private static void tellWhoIsNeverAsked(List<Pattern> patterns) {
            Map<String, Room> guards = new HashMap<>();
            for (Pattern pattern : patterns) {
                String where = pattern.host() + pattern.path();
                Room room = pattern.entry().room();
                Room first = guards.putIfAbsent(where, room);
                if (first != null && first != room) {
                    LOG.warn(
                            "{}: nobody comes to {}, as {} guards the same",
                            room.id(),
                            where,
                            first.id());
                }
            }
        }

        /** While nothing changes, settings are the very same object. */
        boolean isOf(Collection<Room> rooms) {
            if (rooms.size() != entries.size()) {
                return false;
            }
            int i = 0;
            for (Room room : rooms) {
                if (!entries.get(i++).isOf(room)) {
                    return false;
                }
            }
            return true;
        }

        /** Where no room has hosts, they cost nothing. */
        String address(Caller caller) {
            return hosts.isEmpty() ? caller.path() : caller.host() + caller.path();
        }

        boolean isUnknown(Caller caller) {
            return !hosts.isEmpty() && hosts.stream().noneMatch(host -> isAt(caller.host(), host));
        }

        /**
         * @param address a host, or nothing, and a path with its letters encoded or not
         */
        Optional<Guarded> find(String address) {
            int slash = address.indexOf('/');
            String host = address.substring(0, slash);
            String path = address.substring(slash);
            PathContainer parsed = PathContainer.parsePath(path);
            return isForNobody(path)
                    ? Optional.empty()
                    : patterns.stream()
                            .filter(pattern -> isAt(host, pattern.host()))
                            .filter(pattern -> pattern.path().matches(parsed))
                            .findFirst()
                            .map(pattern -> pattern.entry().guarded(parsed));
        }
    }

    /**
     * @param host a name, {@code *.} and one, or nothing, which is any
     */
    private static boolean isAt(String asked, String host) {
        return host.startsWith("*")
                ? asked.endsWith(host.substring(1))
                : host.isEmpty() || host.equals(asked);
    }

    private record Pattern(String host, PathPattern path, Entry entry) {

        static final Comparator<Pattern> BEST_FIRST =
                Comparator.comparingInt(Pattern::vagueness)
                        .thenComparing(Pattern::path)
                        .thenComparing(pattern -> pattern.entry().room().id().name());

        /** A name, then what is below a name, the longest first, then any. */
        private int vagueness() {
            return host.startsWith("*")
                    ? Short.MAX_VALUE - host.length()
                    : host.isEmpty() ? Short.MAX_VALUE : 0;
        }
    }

    private record Entry(
            Room room,
            boolean isKnown,
            RoomSettings settings,
            List<Turnless> open,
            List<Turnless> signedIn) {

        static Entry of(Room room) {
            RoomSettings settings = room.settings();
            return new Entry(
                    room,
                    room.isKnown(),
                    settings,
                    settings.openPaths().stream().map(Turnless::parse).toList(),
                    settings.signedInPaths().stream().map(Turnless::parse).toList());
        }

        boolean isOf(Room other) {
            return room == other && settings == other.settings() && isKnown == other.isKnown();
        }

        Stream<Pattern> patterns() {
            List<String> hosts = settings.hosts().isEmpty() ? List.of("") : settings.hosts();
            return isKnown ? hosts.stream().flatMap(this::patternsAt) : Stream.empty();
        }

        private Stream<Pattern> patternsAt(String host) {
            return settings.paths().stream().map(path -> new Pattern(host, parsed(path), this));
        }

        Guarded guarded(PathContainer path) {
            return new Guarded(room, methods(open, path), methods(signedIn, path));
        }

        private static Set<HttpMethod> methods(List<Turnless> some, PathContainer path) {
            return some.stream()
                    .filter(one -> one.path().matches(path))
                    .map(Turnless::method)
                    .collect(Collectors.toUnmodifiableSet());
        }
    }

    private record Turnless(HttpMethod method, PathPattern path) {

        static Turnless parse(String text) {
            String[] words = text.strip().split("\\s+", 2);
            return new Turnless(HttpMethod.valueOf(words[0]), parsed(words[1]));
        }
    }

    private static PathPattern parsed(String pattern) {
        return PathPatternParser.defaultInstance.parse(pattern);
    }
}
