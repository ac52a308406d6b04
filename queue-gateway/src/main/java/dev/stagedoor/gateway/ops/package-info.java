/**
 * What operators hold in their hands: the ops API under {@code /ops/api/} and the console at {@code
 * /ops/}, on the management port only, behind a password. It shows and changes rooms through {@link
 * dev.stagedoor.gateway.waitingroom.room.Controls}; it keeps nothing itself but who guesses
 * passwords.
 */
@NullMarked
package dev.stagedoor.gateway.ops;

import org.jspecify.annotations.NullMarked;
