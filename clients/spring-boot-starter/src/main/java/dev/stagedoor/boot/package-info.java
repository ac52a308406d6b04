/**
 * For applications behind the gateway: whoever shows no pass of it is refused, everybody else is a
 * {@link dev.stagedoor.boot.Visitor}. One check ({@link dev.stagedoor.boot.PassGuard}) stands
 * behind two thin filters, for servlets and for WebFlux.
 */
@NullMarked
package dev.stagedoor.boot;

import org.jspecify.annotations.NullMarked;
