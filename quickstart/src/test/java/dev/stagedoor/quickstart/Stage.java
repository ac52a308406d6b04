package dev.stagedoor.quickstart;

import dev.stagedoor.devservices.Database;
import dev.stagedoor.devservices.EmbeddedPostgres;
import dev.stagedoor.devservices.EmbeddedRedis;
import dev.stagedoor.devservices.FreePort;

import java.util.ArrayList;
import java.util.List;

/** Both services on a Redis and a PostgreSQL that no other test has used or will use. */
final class Stage implements AutoCloseable {

    final int gateway = FreePort.find();
    final int booking = FreePort.find();
    final int gatewayManagement = FreePort.find();
    final int bookingManagement = FreePort.find();

    private final EmbeddedRedis redis = EmbeddedRedis.start();
    private final EmbeddedPostgres postgres = EmbeddedPostgres.start();
    private final Quickstart services;

    Stage(String... settings) {
        Database database = postgres.database();
        List<String> all = new ArrayList<>(List.of(settings));
        all.add("--stagedoor.gateway.port=" + gateway);
        all.add("--stagedoor.booking.port=" + booking);
        all.add("--stagedoor.gateway.management-port=" + gatewayManagement);
        all.add("--stagedoor.booking.management-port=" + bookingManagement);
        all.add("--spring.data.redis.url=" + redis.url());
        all.add("--spring.r2dbc.url=" + database.r2dbcUrl());
        all.add("--spring.r2dbc.username=" + database.user());
        all.add("--spring.r2dbc.password=" + database.password());
        all.add("--spring.flyway.url=" + database.jdbcUrl());
        all.add("--spring.flyway.user=" + database.user());
        all.add("--spring.flyway.password=" + database.password());
        this.services = Quickstart.start(all.toArray(String[]::new));
    }

    @Override
    public void close() {
        services.close();
        postgres.close();
        redis.close();
    }
}
