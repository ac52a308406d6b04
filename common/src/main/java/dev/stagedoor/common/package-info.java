/**
 * What the gateway and the booking service must agree on, byte for byte: who a user and what a room
 * is, the headers and signed tokens that pass between them, and the problems they tell the world.
 * Nothing comes in here that only one of them needs.
 */
@NullMarked
package dev.stagedoor.common;

import org.jspecify.annotations.NullMarked;
