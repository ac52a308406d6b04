package dev.stagedoor.booking.stage;

import dev.stagedoor.devservices.Database;
import dev.stagedoor.devservices.EmbeddedPostgres;

/** Empty ones, to be damaged as one likes, on a server that nobody stops. */
public final class OwnDatabase {

    private OwnDatabase() {}

    /** Whatever was there under that name is gone. */
    public static Database create(String name) {
        Database server = Server.POSTGRES.database();
        PastTheService owner = owner();
        owner.sql("DROP DATABASE IF EXISTS %s WITH (FORCE)".formatted(name));
        owner.sql("CREATE DATABASE " + name);
        return new Database(server.host(), server.port(), name, server.user(), server.password());
    }

    /** Past everybody's database. */
    public static PastTheService owner() {
        return in(Server.POSTGRES.database());
    }

    /** Past whatever service uses it, or is about to. */
    public static PastTheService in(Database database) {
        return new PastTheService(database) {};
    }

    private static final class Server {
        static final EmbeddedPostgres POSTGRES = EmbeddedPostgres.start();
    }
}
