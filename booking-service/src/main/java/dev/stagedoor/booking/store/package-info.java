/**
 * How the database is reached: limits on every connection, transactions, and what its errors mean.
 *
 * <p>What can be expected and must change nothing travels as a {@link
 * dev.stagedoor.booking.store.Refusal} on Reactor's error channel: that is what rolls a reactive
 * transaction back, so no step can forget to.
 */
@NullMarked
package dev.stagedoor.booking.store;

import org.jspecify.annotations.NullMarked;
