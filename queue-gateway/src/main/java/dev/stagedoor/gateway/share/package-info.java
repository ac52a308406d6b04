/**
 * What one client may take of a gateway. A client is the network that an address believed to be
 * theirs belongs to, a /24 of IPv4 or a /64 of IPv6: whoever has one address of such a network
 * usually has it all. Counted in memory, each gateway for itself.
 */
@NullMarked
package dev.stagedoor.gateway.share;

import org.jspecify.annotations.NullMarked;
