/**
 * Who operates this gateway: by password with {@link dev.stagedoor.common.operators}, or by the
 * session of a browser. It knows nothing of what operators do.
 */
@NullMarked
package dev.stagedoor.gateway.ops.signin;

import org.jspecify.annotations.NullMarked;
