/**
 * What a gateway plays to itself before it is ready: a second one, put together of the same parts,
 * in front of a line without a Redis and a site without pages. Nothing of it is left when it is
 * over.
 */
@NullMarked
package dev.stagedoor.gateway.rehearsal;

import org.jspecify.annotations.NullMarked;
