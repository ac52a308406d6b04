/** Carries requests to the upstream and answers back. Knows HTTP, nothing of lines. */
@NullMarked
package dev.stagedoor.gateway.forward;

import org.jspecify.annotations.NullMarked;
