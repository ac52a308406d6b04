/** What operators say of a room, and are told of it. */
@NullMarked
package dev.stagedoor.gateway.waitingroom.operators;

import org.jspecify.annotations.NullMarked;
