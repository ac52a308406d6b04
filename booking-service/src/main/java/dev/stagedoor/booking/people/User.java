package dev.stagedoor.booking.people;

import dev.stagedoor.common.UserId;

/** Somebody who registered. */
public record User(UserId id, String name) {}
