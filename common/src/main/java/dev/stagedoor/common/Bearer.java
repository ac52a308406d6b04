package dev.stagedoor.common;

import org.jspecify.annotations.Nullable;

import java.util.UUID;

/**
 * Whom an access token names.
 *
 * @param signIn by which the sale knows them, and can forget them; null if somebody else vouches
 *     for them
 */
public record Bearer(UserId user, @Nullable UUID signIn) {}
