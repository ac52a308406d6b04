/**
 * Where writes are taken in: each is done once, to its end, and answered; again with the same key,
 * it is only answered.
 *
 * <p>The key, the effect and the answer are committed in one transaction, so a crash leaves all or
 * none. A refusal is not kept, because it changed nothing: the same key may be tried again.
 */
@NullMarked
package dev.stagedoor.booking.idempotency;

import org.jspecify.annotations.NullMarked;
