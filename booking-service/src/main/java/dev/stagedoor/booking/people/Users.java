package dev.stagedoor.booking.people;

import dev.stagedoor.booking.store.Refusal;
import dev.stagedoor.common.ProblemCode;
import dev.stagedoor.common.UserId;

import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.stereotype.Component;

import reactor.core.publisher.Mono;

/** The rows of the table {@code users}; each comes with an account. */
@Component
public final class Users {

    private final DatabaseClient database;

    Users(DatabaseClient database) {
        this.database = database;
    }

    /**
     * @param fresh whether nobody knew them before
     */
    public record Introduced(User user, boolean fresh) {}

    public Mono<User> register(String name) {
        return introduce(UserId.random(), name).map(Introduced::user);
    }

    /** Somebody whom the line has let in as a guest gets an account; who has one keeps it. */
    public Mono<Introduced> introduce(UserId id, String name) {
        User user = new User(id, name);
        String sql =
                """
                WITH registered AS (
                    INSERT INTO users (id, name) VALUES (:id, :name)
                    ON CONFLICT (id) DO UPDATE SET name = excluded.name RETURNING id
                )
                INSERT INTO account (user_id) SELECT id FROM registered ON CONFLICT DO NOTHING
                """;
        return database.sql(sql)
                .bind("id", user.id().uuid())
                .bind("name", name)
                .fetch()
                .rowsUpdated()
                .map(accounts -> new Introduced(user, accounts > 0));
    }

    /** Somebody who may be here already, and whose name we are not told. */
    Mono<Void> meet(UserId id) {
        String sql =
                """
                WITH met AS (
                    INSERT INTO users (id, name) VALUES (:id, :name) ON CONFLICT DO NOTHING
                    RETURNING id
                )
                INSERT INTO account (user_id) SELECT id FROM met
                """;
        return database.sql(sql).bind("id", id.uuid()).bind("name", id.toString()).then();
    }

    public Mono<User> find(UserId id) {
        return database.sql("SELECT name FROM users WHERE id = :id")
                .bind("id", id.uuid())
                .map(row -> new User(id, row.get("name", String.class)))
                .one()
                .switchIfEmpty(Refusal.because(ProblemCode.USER_NOT_FOUND));
    }
}
