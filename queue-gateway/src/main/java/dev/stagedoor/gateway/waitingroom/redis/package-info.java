/** The only place that knows Redis: keys, scripts, replies, and the circuit breaker in front. */
@NullMarked
package dev.stagedoor.gateway.waitingroom.redis;

import org.jspecify.annotations.NullMarked;
