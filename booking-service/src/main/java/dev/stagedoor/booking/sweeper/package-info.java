/**
 * Tidies up what time has already decided: holds past their deadline, answers past their age.
 * Nothing depends on it; it may run on every instance, late, or never.
 */
@NullMarked
package dev.stagedoor.booking.sweeper;

import org.jspecify.annotations.NullMarked;
