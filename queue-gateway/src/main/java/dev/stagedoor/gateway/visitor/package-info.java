/** Who comes: what a request shows, who vouches for it, and what cookies it gets. */
@NullMarked
package dev.stagedoor.gateway.visitor;

import org.jspecify.annotations.NullMarked;
