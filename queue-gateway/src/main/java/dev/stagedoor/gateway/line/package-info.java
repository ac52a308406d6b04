/** The calls of those who stand in line: join, poll, leave, events, room documents. */
@NullMarked
package dev.stagedoor.gateway.line;

import org.jspecify.annotations.NullMarked;
