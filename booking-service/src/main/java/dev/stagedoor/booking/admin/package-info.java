/**
 * Runs a sale: puts schedules on, blocks seats, asks the auditor. Lives beside the actuator on the
 * management port, never on the one that the gateway forwards to, and asks for name and password.
 * What an operator changes stands in the log and in the table {@code admin_change}, with the name.
 */
@NullMarked
package dev.stagedoor.booking.admin;

import org.jspecify.annotations.NullMarked;
