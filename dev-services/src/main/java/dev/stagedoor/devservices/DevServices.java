package dev.stagedoor.devservices;

/**
 * The shared servers of this JVM. The system property {@code services} says where they come from:
 * {@code embedded} (the default: programs out of Maven artifacts), {@code containers} (Docker) or
 * {@code external} ({@code REDIS_URL} and {@code DATABASE_URL}).
 */
public final class DevServices {

    private DevServices() {}

    /** Address of a running Redis, {@code redis://host:port}. */
    public static String redisUrl() {
        return Redis.URL;
    }

    /** A running PostgreSQL with an empty database, shared by everything in this JVM. */
    public static Database database() {
        return Postgres.DATABASE;
    }

    /** Whether they are somebody's own, who has named them. */
    public static boolean areExternal() {
        return mode().equals("external");
    }

    private static String mode() {
        return System.getProperty("services", "embedded");
    }

    private static IllegalStateException unknownMode() {
        return new IllegalStateException(
                "services must be embedded, containers or external, but is " + mode());
    }

    private static String variable(String name) {
        String value = System.getenv(name);
        if (value == null || value.isBlank()) {
            throw new IllegalStateException(
                    "services=external needs the environment variable " + name);
        }
        return value;
    }

    private static final class Redis {
        static final String URL =
                switch (mode()) {
                    case "embedded" -> EmbeddedRedis.start().url();
                    case "containers" -> Containers.redisUrl();
                    case "external" -> variable("REDIS_URL");
                    default -> throw unknownMode();
                };
    }

    private static final class Postgres {
        static final Database DATABASE =
                switch (mode()) {
                    case "embedded" -> EmbeddedPostgres.start().database();
                    case "containers" -> Containers.database();
                    case "external" -> Database.parse(variable("DATABASE_URL"));
                    default -> throw unknownMode();
                };
    }
}
