/** Three concerts to try things out with, one of them in a house of 20,000. */
@NullMarked
package dev.stagedoor.booking.catalogue.sample;

import org.jspecify.annotations.NullMarked;
