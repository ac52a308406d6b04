package dev.stagedoor.booking.people;

import dev.stagedoor.common.UserId;

import io.r2dbc.spi.Readable;

import org.jspecify.annotations.Nullable;

/**
 * Somebody who registered.
 *
 * @param email by which they come back, with a password; null for a guest
 */
public record User(UserId userId, String name, @Nullable String email) {

    static User of(UserId id, Readable row) {
        return new User(id, row.get("name", String.class), row.get("email", String.class));
    }
}
