/**
 * The connections to the upstream, and the exchange of a request for an answer on one of them:
 * {@link dev.stagedoor.gateway.upstream.Pools} has a pool for each lane, origin and event loop.
 * Knows HTTP, but not what the requests are about.
 */
@NullMarked
package dev.stagedoor.gateway.upstream;

import org.jspecify.annotations.NullMarked;
