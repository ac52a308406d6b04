/** The scripts of {@code load-tests/k6}, on a small scale and against what they must find. */
@NullMarked
package dev.stagedoor.quickstart.k6;

import org.jspecify.annotations.NullMarked;
