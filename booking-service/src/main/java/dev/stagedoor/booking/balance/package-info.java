/**
 * What a user has paid in and not yet spent: one account with a balance, and a ledger that is only
 * ever added to. Both change in one statement, so that the ledger's last entry is the balance.
 */
@NullMarked
package dev.stagedoor.booking.balance;

import org.jspecify.annotations.NullMarked;
