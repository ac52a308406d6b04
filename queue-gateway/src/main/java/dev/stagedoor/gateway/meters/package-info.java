/** What the gateway counts. */
@NullMarked
package dev.stagedoor.gateway.meters;

import org.jspecify.annotations.NullMarked;
