package dev.stagedoor.quickstart;

import dev.stagedoor.common.SigningKey;
import dev.stagedoor.devservices.Database;
import dev.stagedoor.devservices.DevServices;

import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.security.crypto.keygen.KeyGenerators;

import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * What both services are started with: what was asked for on the command line or in the environment
 * of the process, and what makes a demo.
 */
final class Settings {

    private static final String ORIGIN = "origin";
    private static final Pattern SITE = Pattern.compile("https?://[^/?#@]+/?");

    private final Map<String, String> asked;
    private final Binder said;
    private final Map<String, String> keys;
    private final String adminPassword;
    private final String opsPassword;

    Settings(String... arguments) {
        this.asked = parse(arguments);
        this.said = saidWith(asked);
        this.keys =
                Map.of(
                        "stagedoor.keys.queue", SigningKey.random("demo").encoded(),
                        "stagedoor.keys.pass", SigningKey.random("demo").encoded(),
                        "stagedoor.keys.access", SigningKey.random("demo").encoded());
        this.adminPassword = said("stagedoor.admin.password", randomPassword());
        this.opsPassword = said("stagedoor.ops.password", randomPassword());
    }

    private static Binder saidWith(Map<String, String> asked) {
        StandardEnvironment environment = new StandardEnvironment();
        environment
                .getPropertySources()
                .addFirst(new MapPropertySource("asked", new HashMap<>(asked)));
        return Binder.get(environment);
    }

    private String said(String name, String usual) {
        return said.bind(name, String.class).orElse(usual);
    }

    /** The site of somebody's own that the line is for; empty if it is for the demo's sale. */
    Optional<String> origin() {
        Optional<String> origin = Optional.ofNullable(asked.get(ORIGIN));
        origin.filter(url -> !SITE.matcher(url).matches())
                .ifPresent(
                        url -> {
                            throw new CannotStart(
                                    "origin must be http(s)://host:port without a path, but is "
                                            + url);
                        });
        return origin;
    }

    int gatewayPort() {
        return port("stagedoor.gateway.port", 8080);
    }

    int bookingPort() {
        return port("stagedoor.booking.port", 8081);
    }

    int gatewayManagementPort() {
        return port("stagedoor.gateway.management-port", 9080);
    }

    int bookingManagementPort() {
        return port("stagedoor.booking.management-port", 9081);
    }

    String queuePrefix() {
        return said("stagedoor.gateway.prefix", "/api/v1/queue");
    }

    String adminPassword() {
        return adminPassword;
    }

    String opsPassword() {
        return opsPassword;
    }

    /** Into what the demo has started: of a server of somebody's own nothing is told. */
    List<String> waysToLook() {
        if (DevServices.areExternal()) {
            return List.of();
        }
        List<String> ways = new ArrayList<>();
        if (startsRedis()) {
            ways.add("redis-cli -u " + DevServices.redisUrl());
        }
        if (origin().isEmpty() && startsPostgres()) {
            Database it = DevServices.database();
            ways.add(
                    "psql postgresql://%s:%s@%s:%d/%s"
                            .formatted(it.user(), it.password(), it.host(), it.port(), it.name()));
        }
        return ways;
    }

    private boolean startsRedis() {
        return asked.keySet().stream().noneMatch(name -> name.startsWith("spring.data.redis."));
    }

    private boolean startsPostgres() {
        return !asked.containsKey("spring.r2dbc.url");
    }

    /** Every port that must be free, by the setting that moves it. */
    Map<String, Integer> ports() {
        Map<String, Integer> ports = new LinkedHashMap<>();
        ports.put("stagedoor.gateway.port", gatewayPort());
        ports.put("stagedoor.gateway.management-port", gatewayManagementPort());
        if (origin().isEmpty()) {
            ports.put("stagedoor.booking.port", bookingPort());
            ports.put("stagedoor.booking.management-port", bookingManagementPort());
        }
        return ports;
    }

    String[] forBooking() {
        Map<String, String> settings = common();
        if (startsPostgres()) {
            settings.putAll(of(DevServices.database()));
        }
        settings.put("server.address", "127.0.0.1");
        settings.put("stagedoor.admin.password", adminPassword);
        settings.put("stagedoor.booking.sample-data", "true");
        settings.put("stagedoor.booking.catalogue.queue-prefix", queuePrefix());
        return arguments(settings);
    }

    private static Map<String, String> of(Database database) {
        return Map.of(
                "spring.r2dbc.url", database.r2dbcUrl(),
                "spring.r2dbc.username", database.user(),
                "spring.r2dbc.password", database.password(),
                "spring.flyway.url", database.jdbcUrl(),
                "spring.flyway.user", database.user(),
                "spring.flyway.password", database.password());
    }

    String[] forGateway() {
        Map<String, String> settings = common();
        settings.put("stagedoor.ops.password", opsPassword);
        settings.put(
                "stagedoor.upstream.url",
                origin().orElseGet(() -> "http://127.0.0.1:" + bookingPort()));
        if (origin().isPresent()) {
            // What is open by default is open of the demo's sale.
            for (String paths : List.of("open-paths", "signed-in-paths")) {
                String name = "stagedoor.room-defaults." + paths;
                settings.put(name, said(name, ""));
            }
        }
        // The Redis of a demo has just been started: what is missing there is new, not lost.
        settings.put("stagedoor.gateway.recover-at-start", "false");
        // Whoever comes from this machine is a load test: it is all the clients there are.
        settings.put("stagedoor.gateway.unlimited-addresses", "127.0.0.0/8,::1");
        return arguments(settings);
    }

    /** Servers are started only for those who have not brought their own. */
    private Map<String, String> common() {
        Map<String, String> settings = new TreeMap<>(keys);
        if (startsRedis()) {
            settings.put("spring.data.redis.url", DevServices.redisUrl());
        }
        settings.put("spring.main.log-startup-info", "false");
        // Whoever tries it out would rather see it soon than see it fast.
        settings.put("stagedoor.rehearsal", "false");
        return settings;
    }

    /** Whoever asks for something gets it, whatever the demo would have. */
    private String[] arguments(Map<String, String> settings) {
        settings.putAll(asked);
        return settings.entrySet().stream()
                .map(setting -> "--" + setting.getKey() + "=" + setting.getValue())
                .toArray(String[]::new);
    }

    private int port(String name, int usual) {
        String port = said(name, Integer.toString(usual));
        try {
            return Integer.parseInt(port);
        } catch (NumberFormatException _) {
            throw new CannotStart(name + " must be a port number, but is " + port);
        }
    }

    private static Map<String, String> parse(String... arguments) {
        Map<String, String> settings = new HashMap<>();
        for (String argument : arguments) {
            List<String> parts = List.of(argument.split("=", 2));
            if (!argument.startsWith("--") || parts.size() < 2) {
                throw new CannotStart("a setting is written --name=value, not " + argument);
            }
            settings.put(parts.getFirst().substring(2), parts.getLast());
        }
        return settings;
    }

    private static String randomPassword() {
        return Base64.getUrlEncoder().encodeToString(KeyGenerators.secureRandom(12).generateKey());
    }
}
