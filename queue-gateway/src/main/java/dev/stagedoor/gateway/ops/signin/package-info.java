/**
 * Who operates this gateway: passwords and how often they may be guessed, and the sessions of
 * browsers. It knows nothing of what operators do.
 */
@NullMarked
package dev.stagedoor.gateway.ops.signin;

import org.jspecify.annotations.NullMarked;
