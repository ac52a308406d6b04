package dev.stagedoor.devservices;

import java.net.URI;

/** Where a PostgreSQL database is and who may enter. */
public record Database(String host, int port, String name, String user, String password) {

    /** Reads {@code postgres://user:password@host:port/name}. */
    static Database parse(String url) {
        URI uri = URI.create(url);
        String[] login = (uri.getUserInfo() == null ? "postgres" : uri.getUserInfo()).split(":", 2);
        return new Database(
                uri.getHost(),
                uri.getPort() < 0 ? 5432 : uri.getPort(),
                uri.getPath().substring(1),
                login[0],
                login.length > 1 ? login[1] : "");
    }

    public String r2dbcUrl() {
        return "r2dbc:postgresql://%s:%d/%s".formatted(host, port, name);
    }

    public String jdbcUrl() {
        return "jdbc:postgresql://%s:%d/%s".formatted(host, port, name);
    }
}
