/**
 * Who operates a service, by name and password: the same guard before {@code /ops} of the gateway
 * and {@code /admin} of the sale. Nothing of it is on the wire between the two.
 */
@NullMarked
package dev.stagedoor.common.operators;

import org.jspecify.annotations.NullMarked;
