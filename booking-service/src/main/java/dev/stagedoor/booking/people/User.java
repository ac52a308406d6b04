package dev.stagedoor.booking.people;

import dev.stagedoor.common.UserId;

import org.jspecify.annotations.Nullable;

/**
 * Somebody who registered.
 *
 * @param email by which they come back, with a password; null for a guest
 */
public record User(UserId userId, String name, @Nullable String email) {}
