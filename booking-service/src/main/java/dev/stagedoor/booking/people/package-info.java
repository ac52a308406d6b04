/** Who may buy: everybody who gave a name. */
@NullMarked
package dev.stagedoor.booking.people;

import org.jspecify.annotations.NullMarked;
