/**
 * What the tests of every package play on: a service that runs, who asks it and who operates it,
 * the auditor, and servers of one's own.
 */
@NullMarked
package dev.stagedoor.booking.stage;

import org.jspecify.annotations.NullMarked;
