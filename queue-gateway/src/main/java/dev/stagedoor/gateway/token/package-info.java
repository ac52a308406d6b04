/** Tickets as visitors hold them. */
@NullMarked
package dev.stagedoor.gateway.token;

import org.jspecify.annotations.NullMarked;
