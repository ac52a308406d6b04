package dev.stagedoor.devservices;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

import java.io.IOException;
import java.net.ConnectException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

@Execution(ExecutionMode.CONCURRENT)
@Timeout(60)
class DevServicesTests {

    @Test
    void isTheSameServerEveryTime() {
        assertThat(DevServices.redisUrl()).isEqualTo(DevServices.redisUrl());
        assertThat(DevServices.database()).isSameAs(DevServices.database());
    }

    @Test
    void redisAnswersFreezesDiesAndComesBackEmpty() throws Exception {
        try (EmbeddedRedis redis = EmbeddedRedis.start()) {
            assertThat(ask(redis, "SET name stagedoor")).isEqualTo("+OK");

            redis.freeze();
            assertThatThrownBy(() -> ask(redis, "PING", 500))
                    .isInstanceOf(SocketTimeoutException.class);
            redis.thaw();
            assertThat(ask(redis, "GET name")).isEqualTo("$9");

            redis.kill();
            assertThatThrownBy(() -> ask(redis, "PING")).isInstanceOf(ConnectException.class);
            redis.restart();
            assertThat(ask(redis, "GET name")).isEqualTo("$-1");
        }
    }

    @Test
    void asManyServersAsProcessorsLeaveVirtualThreadsRunning() throws Exception {
        List<EmbeddedRedis> servers = new ArrayList<>();
        try {
            for (int i = 0; i < Runtime.getRuntime().availableProcessors(); i++) {
                servers.add(EmbeddedRedis.start());
            }

            Thread thread = Thread.startVirtualThread(() -> {});

            assertThat(thread.join(Duration.ofSeconds(10))).isTrue();
        } finally {
            servers.forEach(EmbeddedRedis::close);
        }
    }

    /** Who is connected, and who comes, are taken by the kernel and hear nothing. */
    @Test
    void postgresFreezesAndGoesOn() throws Exception {
        try (EmbeddedPostgres postgres = EmbeddedPostgres.start();
                Connection connection = connect(postgres)) {
            postgres.freeze();
            connection.setNetworkTimeout(Runnable::run, 500);
            assertThatThrownBy(() -> connection.createStatement().execute("SELECT 1"))
                    .hasRootCauseInstanceOf(SocketTimeoutException.class);
            postgres.thaw();

            execute(postgres, "SELECT 1");
        }
    }

    @Test
    void postgresKeepsWhatWasCommittedWhenItIsKilled() throws Exception {
        try (EmbeddedPostgres postgres = EmbeddedPostgres.start()) {
            execute(postgres, "CREATE TABLE kept AS SELECT 1 AS number");

            postgres.kill();
            assertThatThrownBy(() -> execute(postgres, "SELECT 1"))
                    .isInstanceOf(SQLException.class);
            postgres.restart();

            execute(postgres, "INSERT INTO kept VALUES (2)");
        }
    }

    /** A program of its own starts both servers and is killed: no hook of its JVM runs. */
    @Test
    void leavesNoServerBehindWhenTheJvmIsKilled() throws Exception {
        Process jvm =
                new ProcessBuilder(
                                ProcessHandle.current().info().command().orElseThrow(),
                                "-XX:TieredStopAtLevel=1",
                                "-XX:+UseSerialGC",
                                "-cp",
                                System.getProperty("java.class.path"),
                                Holder.class.getName())
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .start();
        try {
            var ports = jvm.inputReader().lines().limit(2).map(Integer::valueOf).toList();
            assertThat(ports).allMatch(DevServicesTests::isOpen);

            jvm.destroyForcibly();

            await().atMost(Duration.ofMinutes(1))
                    .until(() -> ports.stream().noneMatch(DevServicesTests::isOpen));
        } finally {
            jvm.destroyForcibly();
        }
    }

    private static boolean isOpen(int port) {
        try (Socket socket = new Socket("127.0.0.1", port)) {
            return socket.isConnected();
        } catch (IOException _) {
            return false;
        }
    }

    private static String ask(EmbeddedRedis redis, String command) throws Exception {
        return ask(redis, command, 20_000);
    }

    private static String ask(EmbeddedRedis redis, String command, int millis) throws Exception {
        try (Socket socket = new Socket("127.0.0.1", redis.port())) {
            socket.setSoTimeout(millis);
            socket.getOutputStream().write((command + "\r\n").getBytes(StandardCharsets.UTF_8));
            var answer = new StringBuilder();
            for (int c = socket.getInputStream().read();
                    c != '\r';
                    c = socket.getInputStream().read()) {
                answer.append((char) c);
            }
            return answer.toString();
        }
    }

    private static Connection connect(EmbeddedPostgres postgres) throws SQLException {
        Database database = postgres.database();
        return DriverManager.getConnection(
                database.jdbcUrl(), database.user(), database.password());
    }

    private static void execute(EmbeddedPostgres postgres, String sql) throws SQLException {
        try (Connection connection = connect(postgres);
                var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** Started as a program of its own. */
    static final class Holder {
        public static void main(String[] arguments) throws InterruptedException {
            System.out.println(URI.create(DevServices.redisUrl()).getPort());
            System.out.println(DevServices.database().port());
            Thread.currentThread().join();
        }
    }
}
