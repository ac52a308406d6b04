/**
 * A service's own traffic, sent to itself before anybody comes: whoever is first meets code that is
 * compiled already.
 */
@NullMarked
package dev.stagedoor.common.rehearsal;

import org.jspecify.annotations.NullMarked;
