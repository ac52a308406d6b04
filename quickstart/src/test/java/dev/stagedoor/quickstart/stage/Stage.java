package dev.stagedoor.quickstart.stage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.devservices.Database;
import dev.stagedoor.devservices.EmbeddedPostgres;
import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.devservices.FreePort;
import dev.stagedoor.quickstart.Quickstart;

import tools.jackson.databind.JsonNode;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/**
 * Both services on a Redis and a PostgreSQL that no other test has used or will use: what is sold
 * here nobody else misses, and what is done to the servers nobody else feels.
 */
public final class Stage implements AutoCloseable {

    /** Whoever shares one has it alone. */
    public static final String TAKES_TURNS = "stage";

    public static final String ADMIN_PASSWORD = "let-me-run-it";

    private static final List<String> QUICK =
            List.of(
                    "--stagedoor.gateway.recovery-window=3s",
                    "--stagedoor.rooms.main.interval=100ms");

    public final int gateway = FreePort.find();
    public final int booking = FreePort.find();
    public final int gatewayManagement = FreePort.find();
    public final int bookingManagement = FreePort.find();
    public final EmbeddedRedis redis = EmbeddedRedis.start();

    private final EmbeddedPostgres postgres = EmbeddedPostgres.start();
    private final Quickstart services;
    private final MainRoom main;

    /**
     * The sale waits longer for a connection than the second after which it says that it is busy:
     * what a crowd is answered must not depend on how busy the machine of the test is.
     */
    public Stage(String... settings) {
        Database database = postgres.database();
        List<String> all = new ArrayList<>(List.of(settings));
        all.add("--stagedoor.gateway.port=" + gateway);
        all.add("--stagedoor.booking.port=" + booking);
        all.add("--stagedoor.gateway.management-port=" + gatewayManagement);
        all.add("--stagedoor.booking.management-port=" + bookingManagement);
        all.add("--stagedoor.admin.password=" + ADMIN_PASSWORD);
        all.add("--spring.data.redis.url=" + redis.url());
        all.add(PatientGateways.TIMEOUT);
        all.addAll(on(database));
        this.services = Quickstart.start(all.toArray(String[]::new));
        this.main = new MainRoom(services);
    }

    /** What a sale is started with that is to be kept there. */
    public static List<String> on(Database database) {
        return List.of(
                "--spring.r2dbc.url=" + database.r2dbcUrl(),
                "--spring.r2dbc.username=" + database.user(),
                "--spring.r2dbc.password=" + database.password(),
                "--spring.r2dbc.pool.max-acquire-time=10s",
                "--spring.r2dbc.pool.max-create-connection-time=10s",
                "--spring.flyway.url=" + database.jdbcUrl(),
                "--spring.flyway.user=" + database.user(),
                "--spring.flyway.password=" + database.password());
    }

    /**
     * For one class of tests after the other, some of whose tests need not wait for each other.
     * Only where some stay away turns are soon over: a busy machine makes others late.
     */
    static Stage open() {
        List<String> settings = new ArrayList<>(QUICK);
        for (String room : List.of("spike", "herd", "storm")) {
            settings.addAll(room(room, 4, "1m"));
        }
        settings.addAll(room("no-shows", 6, "8s"));
        settings.addAll(room("outage", 4, "8s"));
        return new Stage(settings.toArray(String[]::new));
    }

    private static List<String> room(String name, int capacity, String claimTimeout) {
        String setting = "--stagedoor.rooms." + name + ".";
        return List.of(
                setting + "paths=/" + name + "/**",
                setting + "capacity=" + capacity,
                setting + "interval=100ms",
                setting + "claim-timeout=" + claimTimeout);
    }

    /** Nobody is in the main room, and it is as it was opened but for these settings. */
    public void prepare(String... settings) {
        main.empty();
        main.reset();
        main.set(settings);
    }

    /** Somebody at the public port. */
    public Browser browser() {
        return new Browser(gateway);
    }

    /** What whoever runs the sale logs in with. */
    public static String adminLogin() {
        return adminLogin(ADMIN_PASSWORD);
    }

    public static String adminLogin(String password) {
        byte[] login = ("admin:" + password).getBytes(StandardCharsets.UTF_8);
        return "Basic " + Base64.getEncoder().encodeToString(login);
    }

    /** Fifty seats of a concert of its own. */
    public Evening evening() {
        Browser seller = seller();
        String concert = "{\"title\":\"Crowded\",\"artist\":\"Ensemble\",\"venue\":\"Hall\"}";
        long id = seller.post("/admin/concerts", concert, 201).get("concertId").asLong();
        String evening = "{\"startsAt\":\"2099-01-10T10:00:00Z\",\"price\":60000}";
        JsonNode put = seller.post("/admin/concerts/%d/schedules".formatted(id), evening, 201);
        return new Evening(id, put.get("scheduleId").asLong());
    }

    public record Evening(long concert, long date) {}

    private Browser seller() {
        Browser seller = new Browser(bookingManagement);
        seller.keep("Authorization", adminLogin());
        return seller;
    }

    public void everythingIsWell() {
        JsonNode audit = seller().get("/admin/audit", 200);
        assertThat(audit.get("well").asBoolean()).as("%s", audit).isTrue();
    }

    @Override
    public void close() {
        services.close();
        postgres.close();
        redis.close();
    }
}
