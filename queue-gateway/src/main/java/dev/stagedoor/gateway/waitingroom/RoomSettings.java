package dev.stagedoor.gateway.waitingroom;

import org.springframework.beans.BeanInstantiationException;
import org.springframework.beans.BeanUtils;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.ReflectionUtils;

import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * How one room behaves. Properties ({@code stagedoor.rooms.<id>.<setting>}) make a room that does
 * not exist yet; from then on Redis holds what is in force.
 *
 * @param capacity most people inside at once, 1 or more
 * @param batch most people let in by one tick, 1 to 20,000
 * @param interval time between two ticks, 100 ms to 1 min
 * @param perMinute most people let in within any 60 s; 0 for no such limit
 * @param session how long an admitted visitor may stay from the last use, or from the first one if
 *     it does not slide; 1 s or more
 * @param sessionSliding whether every use renews the session, or only the first one sets it
 * @param maxSession how long anybody may stay, however often they use it; 0 for no limit
 * @param claimTimeout how long a turn waits to be used for the first time; 1 s or more
 * @param idleTimeout how long a waiting visitor may be silent before the place is given up; more
 *     than twice the longest poll interval, so that one lost poll costs nobody the place
 * @param maxWait how long anybody may wait; 0 for no limit
 * @param maxWaiting longest line; 0 for no limit
 * @param mode see {@link Mode}
 * @param guests whether somebody without an access token may join
 * @param onRedisDown see {@link RedisDown}
 * @param paths what the room guards, as path patterns; the most specific pattern of all rooms wins
 * @param openPaths what needs no token below them, as {@code METHOD pattern}
 * @param signedInPaths what needs no turn but an access token, likewise
 * @param hosts under which names, {@code *.example.com} for all below one; any if none is listed.
 *     The most specific name of all rooms goes before the most specific pattern
 * @param origin where what it lets pass goes; empty for the gateway's own upstream
 * @param originTrust the {@code spring.ssl.bundle} that says whom an https origin may be vouched
 *     for by; empty for whom the JVM trusts
 */
public record RoomSettings(
        @DefaultValue("100") long capacity,
        @DefaultValue("50") long batch,
        @DefaultValue("1s") Duration interval,
        @DefaultValue("0") long perMinute,
        @DefaultValue("5m") Duration session,
        @DefaultValue("true") boolean sessionSliding,
        @DefaultValue("30m") Duration maxSession,
        @DefaultValue("60s") Duration claimTimeout,
        @DefaultValue("5m") Duration idleTimeout,
        @DefaultValue("0s") Duration maxWait,
        @DefaultValue("1000000") long maxWaiting,
        @DefaultValue("AUTO") Mode mode,
        @DefaultValue("true") boolean guests,
        @DefaultValue("CLOSED") RedisDown onRedisDown,
        @DefaultValue("/**") List<String> paths,
        @DefaultValue({
                    "GET /",
                    "GET /shop/tickets/**",
                    "POST /api/v1/users",
                    "POST /api/v1/sign-ins",
                    "POST /api/v1/sign-ins/renewal",
                    "DELETE /api/v1/sign-ins/current",
                    "GET /api/v1/concerts",
                    "GET /api/v1/concerts/{id}",
                    "GET /api/v1/openapi.json",
                    "GET /assets/**",
                    "GET /favicon.ico"
                })
                List<String> openPaths,
        @DefaultValue({
                    "GET /api/v1/tickets/**",
                    "GET /api/v1/reservations/**",
                    "GET /api/v1/payments/**",
                    "POST /api/v1/payments/{id}/refund",
                    "GET /api/v1/balance/**",
                    "POST /api/v1/balance/charges",
                    "GET /api/v1/users/me",
                    "PUT /api/v1/users/me/**",
                    "DELETE /api/v1/sign-ins"
                })
                List<String> signedInPaths,
        @DefaultValue List<String> hosts,
        @DefaultValue("") String origin,
        @DefaultValue("") String originTrust) {

    private static final RecordComponent[] COMPONENTS = RoomSettings.class.getRecordComponents();
    private static final Constructor<RoomSettings> CONSTRUCTOR =
            BeanUtils.getResolvableConstructor(RoomSettings.class);

    public static final RoomSettings DEFAULTS =
            new Binder().bindOrCreate("none", RoomSettings.class);

    static final Map<String, String> WHEN_ABSENT = DEFAULTS.toFields();

    public RoomSettings {
        paths = List.copyOf(paths);
        openPaths = List.copyOf(openPaths);
        signedInPaths = List.copyOf(signedInPaths);
        hosts = List.copyOf(hosts);
        Setting.CAPACITY.check(capacity);
        Setting.BATCH.check(batch);
        Setting.INTERVAL.check(interval);
        Setting.PER_MINUTE.check(perMinute);
        Setting.SESSION.check(session);
        Setting.MAX_SESSION.check(maxSession);
        Setting.CLAIM_TIMEOUT.check(claimTimeout);
        Setting.IDLE_TIMEOUT.check(idleTimeout);
        Setting.MAX_WAIT.check(maxWait);
        Setting.MAX_WAITING.check(maxWaiting);
        Setting.PATHS.check(paths);
        Setting.OPEN_PATHS.check(openPaths);
        Setting.SIGNED_IN_PATHS.check(signedInPaths);
        Setting.HOSTS.check(hosts);
        Setting.ORIGIN.check(origin);
        if (claimTimeout.compareTo(session) > 0) {
            throw new BadSetting(
                    "claim-timeout",
                    "not be longer than session: a turn would shrink by being used");
        }
    }

    /** Not refused: whoever makes sessions longer would have to know of max-session. */
    public boolean cutsSessionsShort() {
        return maxSession.isPositive() && maxSession.compareTo(session) < 0;
    }

    /** As it stands in the room's hash: a number, with its unit in the name, or a word. */
    public Map<String, String> toFields() {
        Map<String, String> fields = new LinkedHashMap<>();
        for (Setting setting : Setting.values()) {
            Method component = COMPONENTS[setting.ordinal()].getAccessor();
            Object value = ReflectionUtils.invokeMethod(component, this);
            fields.put(setting.field(), setting.text(Objects.requireNonNull(value)));
        }
        return fields;
    }

    /**
     * Reads {@link #toFields} back: what is absent is as by default, what is unknown is of another
     * version; refuses what an operator has mistyped by hand.
     */
    public static RoomSettings of(Map<String, String> fields) {
        Object[] values =
                Stream.of(Setting.values())
                        .map(s -> s.parsed(fields.getOrDefault(s.field(), s.whenAbsent())))
                        .toArray();
        try {
            return BeanUtils.instantiateClass(CONSTRUCTOR, values);
        } catch (BeanInstantiationException e) {
            throw e.getCause() instanceof BadSetting bad ? bad : e;
        }
    }

    /**
     * What scripts have found good, and of what only gateways use what can be.
     *
     * @param former holds where neither is known
     */
    public static RoomSettings inForce(Map<String, String> fields, RoomSettings former) {
        Map<String, String> held = former.toFields();
        for (Setting setting : Setting.values()) {
            String said = fields.getOrDefault(setting.fieldInForce(), setting.whenAbsent());
            if (setting.accepts(said)) {
                held.put(setting.field(), said);
            }
        }
        return of(held);
    }
}
