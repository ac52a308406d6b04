/**
 * Where requests come in, before the framework and inside it. May this one pass? What the table of
 * the gate says is carried out.
 */
@NullMarked
package dev.stagedoor.gateway.door;

import org.jspecify.annotations.NullMarked;
