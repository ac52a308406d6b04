/**
 * Money for seats, and back. Paying moves seats, tickets, payment, balance and ledger in one
 * transaction; the seats come first, so that of a payer and whoever takes over a hold that runs out
 * exactly one wins.
 */
@NullMarked
package dev.stagedoor.booking.payment;

import org.jspecify.annotations.NullMarked;
