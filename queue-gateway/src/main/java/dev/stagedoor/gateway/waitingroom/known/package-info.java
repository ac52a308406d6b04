/**
 * What this gateway knows of a room without asking: the latest view, verdicts, ends, signs of life.
 */
@NullMarked
package dev.stagedoor.gateway.waitingroom.known;

import org.jspecify.annotations.NullMarked;
