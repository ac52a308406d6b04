package dev.stagedoor.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.devservices.EmbeddedPostgres;
import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.devservices.FreePort;

import tools.jackson.databind.JsonNode;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;

/**
 * A sale of a test's own, on a Redis and a PostgreSQL of its own: what it sells nobody else misses,
 * and what it does to its servers nobody else feels.
 */
final class Sale implements AutoCloseable {

    static final String ADMIN_PASSWORD = "let me in";

    private final EmbeddedRedis redis = EmbeddedRedis.start();
    private final EmbeddedPostgres postgres = EmbeddedPostgres.start();
    private final int port = FreePort.find();
    private final int adminPort = FreePort.find();
    private final Quickstart sale;

    private Sale(String... settings) {
        String[] arguments =
                Stream.concat(Stream.of(settings), own().stream()).toArray(String[]::new);
        this.sale = Quickstart.start(arguments);
    }

    static Sale open(String... settings) {
        return new Sale(settings);
    }

    int port() {
        return port;
    }

    int adminPort() {
        return adminPort;
    }

    EmbeddedRedis redis() {
        return redis;
    }

    /** Somebody at the public port. */
    Browser browser() {
        return new Browser(port);
    }

    /** Whoever runs the sale, at the management port. */
    Browser admin() {
        Browser admin = new Browser(adminPort);
        String login = "admin:" + ADMIN_PASSWORD;
        admin.keep(
                "Authorization",
                "Basic "
                        + Base64.getEncoder()
                                .encodeToString(login.getBytes(StandardCharsets.UTF_8)));
        return admin;
    }

    void everythingIsWell() {
        JsonNode audit = admin().get("/admin/audit", 200);
        assertThat(audit.get("well").asBoolean()).as("%s", audit).isTrue();
    }

    @Override
    public void close() {
        sale.close();
        postgres.close();
        redis.close();
    }

    /**
     * The sale waits longer for a connection than the second after which it says that it is busy:
     * what a crowd is answered must not depend on how busy the machine of the test is.
     */
    private List<String> own() {
        return List.of(
                "--stagedoor.gateway.port=" + port,
                "--stagedoor.booking.port=" + FreePort.find(),
                "--stagedoor.gateway.management-port=" + FreePort.find(),
                "--stagedoor.booking.management-port=" + adminPort,
                "--stagedoor.admin.password=" + ADMIN_PASSWORD,
                "--spring.data.redis.url=" + redis.url(),
                "--spring.r2dbc.url=" + postgres.database().r2dbcUrl(),
                "--spring.r2dbc.username=" + postgres.database().user(),
                "--spring.r2dbc.password=" + postgres.database().password(),
                "--spring.flyway.url=" + postgres.database().jdbcUrl(),
                "--spring.flyway.user=" + postgres.database().user(),
                "--spring.flyway.password=" + postgres.database().password(),
                "--spring.r2dbc.pool.max-acquire-time=10s");
    }
}
