package dev.stagedoor.booking.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.stagedoor.booking.catalogue.ScheduleId;
import dev.stagedoor.booking.stage.Booking;
import dev.stagedoor.booking.stage.Installed;
import dev.stagedoor.booking.stage.OwnServers;
import dev.stagedoor.booking.stage.Runbook;
import dev.stagedoor.booking.stage.Visitor;
import dev.stagedoor.devservices.FreePort;
import dev.stagedoor.devservices.InstalledPostgres;

import io.micrometer.core.instrument.MeterRegistry;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import reactor.core.publisher.Flux;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;
import java.util.Map;
import java.util.stream.Stream;

import javax.net.ssl.SSLContext;

/** TLS to PostgreSQL and to Redis, with an authority of one's own that nobody else knows. */
@OwnServers
@Timeout(300)
class EncryptionTests {

    private static final Path REDIS = Path.of("/usr/bin/redis-server");
    private static final Path OVERLAY = Path.of("../deploy/kubernetes/managed/postgres.yaml");

    /** What others lock meanwhile has the same numbers, in a database of theirs. */
    private static final String UNLOCKED = "--stagedoor.booking.lock.redis=false";

    private static final String TRUST_STORE = "javax.net.ssl.trustStore";
    private static final char[] PASSWORD = "changeit".toCharArray();

    @TempDir private static Path directory;

    private static Path authority;
    private static Path stranger;
    private static String certificate;
    private static String key;

    @BeforeAll
    static void issue() throws Exception {
        authority = newAuthority("authority");
        stranger = newAuthority("stranger");
        keytool(
                "server",
                "-genkeypair",
                "-alias",
                "server",
                "-keyalg",
                "EC",
                "-dname",
                "CN=localhost");
        keytool("server", "-certreq", "-alias", "server", "-file", path("request"));
        keytool(
                "authority",
                "-gencert",
                "-alias",
                "authority",
                "-rfc",
                "-infile",
                path("request"),
                "-outfile",
                path("server.pem"),
                "-ext",
                "SAN=dns:localhost,ip:127.0.0.1");
        certificate = Files.readString(directory.resolve("server.pem"));
        key = privateKey();
    }

    @Test
    void toPostgresOnlyWithTheAuthorityThatIsTrusted() {
        try (InstalledPostgres postgres = encrypting()) {
            try (Booking booking = encrypted(postgres, authority)) {
                sellsBehindTlsAlone(booking, postgres);
            }
            assertThatThrownBy(() -> encrypted(postgres, stranger))
                    .hasStackTraceContaining("unable to find valid certification path");
        }
    }

    @Test
    void toPostgresOfAProviderByWhomTheJvmTrusts() throws Exception {
        SSLContext before = SSLContext.getDefault();
        try (InstalledPostgres postgres = encrypting()) {
            trustedByTheJvm("authority");
            try (Booking booking = asOfAProvider(postgres)) {
                sellsBehindTlsAlone(booking, postgres);
            }
            trustedByTheJvm("stranger");
            assertThatThrownBy(() -> asOfAProvider(postgres))
                    .hasStackTraceContaining("unable to find valid certification path");
        } finally {
            System.clearProperty(TRUST_STORE);
            System.clearProperty(TRUST_STORE + "Password");
            SSLContext.setDefault(before);
        }
    }

    private static InstalledPostgres encrypting() {
        Installed.need(InstalledPostgres.isThere(), "PostgreSQL");
        InstalledPostgres postgres = InstalledPostgres.start(Map.of());
        postgres.ask(
                "ALTER SYSTEM SET ssl_cert_file = '%s'"
                        .formatted(postgres.file("cert.pem", certificate)));
        postgres.ask(
                "ALTER SYSTEM SET ssl_key_file = '%s'".formatted(postgres.file("key.pem", key)));
        postgres.ask("ALTER SYSTEM SET ssl = on");
        postgres.ask("SELECT pg_reload_conf()");
        await().until(() -> postgres.ask("SHOW ssl").equals("on"));
        return postgres;
    }

    private static void sellsBehindTlsAlone(Booking booking, InstalledPostgres postgres) {
        booking.visitor().reserve(booking.schedule(), 1).is(201);
        assertThat(
                        postgres.ask(
                                "SELECT count(*) FROM pg_stat_ssl JOIN pg_stat_activity"
                                        + " USING (pid) WHERE NOT ssl AND client_port > 0"
                                        + " AND application_name <> 'psql'"))
                .isEqualTo("0");
    }

    /** As if the JVM had been started with the property: what it had read before is read anew. */
    private static void trustedByTheJvm(String trusted) throws Exception {
        String store = path("trusts-" + trusted + ".p12");
        keytool("trusts-" + trusted, "-importcert", "-noprompt", "-file", path(trusted + ".pem"));
        System.setProperty(TRUST_STORE, store);
        System.setProperty(TRUST_STORE + "Password", new String(PASSWORD));
        SSLContext anew = SSLContext.getInstance("TLS");
        anew.init(null, null, null);
        SSLContext.setDefault(anew);
    }

    /** With the addresses of the overlay for managed servers, but for the server. */
    private static Booking asOfAProvider(InstalledPostgres postgres) throws IOException {
        String overlay =
                Files.readString(OVERLAY)
                        .replace(
                                "postgres.provider.example:5432/stagedoor",
                                "localhost:%d/postgres".formatted(postgres.port()));
        return Booking.patient(
                null,
                postgres.database(),
                UNLOCKED,
                "--spring.r2dbc.url=" + said(overlay, "SPRING_R2DBC_URL"),
                "--spring.flyway.connect-retries=0",
                "--spring.flyway.url=" + said(overlay, "SPRING_FLYWAY_URL"));
    }

    private static String said(String overlay, String setting) {
        return overlay.lines()
                .map(String::strip)
                .filter(line -> line.startsWith(setting + ": "))
                .map(line -> line.substring(setting.length() + 2))
                .findFirst()
                .orElseThrow();
    }

    private static Booking encrypted(InstalledPostgres postgres, Path trusted) {
        return Booking.patient(
                null,
                postgres.database(),
                written("postgresql", trusted, UNLOCKED, "--spring.flyway.connect-retries=0")
                        .map(
                                line ->
                                        line.replace(
                                                "db1:5432/sale",
                                                "localhost:%d/postgres".formatted(postgres.port())))
                        .toArray(String[]::new));
    }

    /** What the runbook says with that word, and more. */
    private static Stream<String> written(String word, Path trusted, String... more) {
        return Stream.concat(
                Runbook.block("TLS to PostgreSQL and Redis", "", 0)
                        .lines()
                        .filter(line -> line.contains(word))
                        .map(line -> line.replace("/etc/stagedoor/ca.pem", trusted.toString())),
                Stream.of(more));
    }

    @Test
    void toRedisOnlyWithTheAuthorityThatIsTrusted(@TempDir Path files) throws Exception {
        Installed.need(REDIS);
        int port = FreePort.find();
        Files.writeString(files.resolve("cert.pem"), certificate);
        Files.writeString(files.resolve("key.pem"), key);
        Process redis = Installed.start(REDIS, files, redisSettings(port), port);
        try {
            try (Booking booking = locking(port, authority)) {
                reserveUntil(booking, () -> counted(booking, "taken") > 0);
            }
            try (Booking booking = locking(port, stranger)) {
                reserveUntil(booking, () -> counted(booking, "skipped") > 3);
                assertThat(counted(booking, "taken")).isZero();
            }
        } finally {
            redis.destroy();
        }
    }

    private static String redisSettings(int port) {
        return """
        port 0
        tls-port %d
        bind 127.0.0.1
        tls-cert-file cert.pem
        tls-key-file key.pem
        tls-ca-cert-file cert.pem
        tls-auth-clients no
        save ""
        """
                .formatted(port);
    }

    private static Booking locking(int port, Path trusted) {
        return Booking.another(
                written(
                                "redis",
                                trusted,
                                "--spring.data.redis.host=localhost",
                                "--spring.data.redis.port=" + port,
                                "--stagedoor.booking.lock.timeout=2s")
                        .toArray(String[]::new));
    }

    private static void reserveUntil(Booking booking, java.util.function.BooleanSupplier enough) {
        ScheduleId schedule = booking.schedule(1_000, 1_000);
        Visitor visitor = booking.visitor();
        var seats = Flux.range(1, 1_000).toIterable().iterator();
        await().until(
                        () -> {
                            visitor.reserve(schedule, seats.next()).is(201);
                            return enough.getAsBoolean();
                        });
    }

    private static double counted(Booking booking, String outcome) {
        return booking.bean(MeterRegistry.class)
                .get("stagedoor.booking.seat.lock")
                .tag("outcome", outcome)
                .counter()
                .count();
    }

    private static Path newAuthority(String name) throws IOException {
        keytool(
                name,
                "-genkeypair",
                "-alias",
                name,
                "-keyalg",
                "EC",
                "-dname",
                "CN=" + name,
                "-ext",
                "bc:c");
        keytool(name, "-exportcert", "-alias", name, "-rfc", "-file", path(name + ".pem"));
        return directory.resolve(name + ".pem");
    }

    /** The program that is beside every JDK. */
    private static void keytool(String store, String... arguments) throws IOException {
        var command = new java.util.ArrayList<String>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
        command.addAll(java.util.List.of("-J-XX:TieredStopAtLevel=1", "-J-XX:+UseSerialGC"));
        command.addAll(java.util.List.of(arguments));
        command.addAll(
                java.util.List.of(
                        "-keystore", path(store + ".p12"), "-storepass", new String(PASSWORD)));
        Installed.run(command.toArray(String[]::new));
    }

    private static String privateKey() throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream file = Files.newInputStream(directory.resolve("server.p12"))) {
            store.load(file, PASSWORD);
        }
        byte[] encoded = store.getKey("server", PASSWORD).getEncoded();
        String lines = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(encoded);
        return "-----BEGIN PRIVATE KEY-----\n" + lines + "\n-----END PRIVATE KEY-----\n";
    }

    private static String path(String name) {
        return directory.resolve(name).toString();
    }
}
