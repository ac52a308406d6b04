/**
 * What a request says of itself, and whom we believe that say more of it: all that can be told
 * without asking anybody.
 */
@NullMarked
package dev.stagedoor.gateway.request;

import org.jspecify.annotations.NullMarked;
