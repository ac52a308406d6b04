package dev.stagedoor.devservices;

import org.testcontainers.containers.GenericContainer;
import org.testcontainers.postgresql.PostgreSQLContainer;

/** The same servers in Docker, for those who have it; Testcontainers removes them with the JVM. */
final class Containers {

    private static final int REDIS_PORT = 6379;

    private Containers() {}

    @SuppressWarnings("resource") // lives as long as the JVM
    static String redisUrl() {
        GenericContainer<?> redis = new GenericContainer<>("redis:7").withExposedPorts(REDIS_PORT);
        redis.start();
        return "redis://%s:%d".formatted(redis.getHost(), redis.getMappedPort(REDIS_PORT));
    }

    @SuppressWarnings("resource") // lives as long as the JVM
    static Database database() {
        PostgreSQLContainer postgres = new PostgreSQLContainer("postgres:18");
        postgres.start();
        return new Database(
                postgres.getHost(),
                postgres.getMappedPort(PostgreSQLContainer.POSTGRESQL_PORT),
                postgres.getDatabaseName(),
                postgres.getUsername(),
                postgres.getPassword());
    }
}
