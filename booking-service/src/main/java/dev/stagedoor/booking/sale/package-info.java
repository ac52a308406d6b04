/**
 * The sale: seats are held, given back, paid, refunded, and come back by themselves when their time
 * is over. The tables {@code seat}, {@code reservation}, {@code ticket}, {@code payment}, {@code
 * account} and {@code ledger_entry} (with {@code refund}) are changed here and nowhere else; rows
 * are locked in that order everywhere, and before them, by who holds or pays, that of the user.
 *
 * <p>Tidying up decides nothing: a hold past its deadline is free at once, everywhere. Sweeping may
 * run on every instance, and late; only what a cancelled show owes waits for it.
 */
@NullMarked
package dev.stagedoor.booking.sale;

import org.jspecify.annotations.NullMarked;
