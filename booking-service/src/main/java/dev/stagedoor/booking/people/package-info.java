/** Who may buy: everybody who gave a name, or for whom an identity provider vouches. */
@NullMarked
package dev.stagedoor.booking.people;

import org.jspecify.annotations.NullMarked;
