/** Who a buyer is, and the ticket that they show. */
@NullMarked
package dev.stagedoor.booking.web.buyer;

import org.jspecify.annotations.NullMarked;
