/** Everything as programs of their own: out of the jars, as the papers have it. */
@NullMarked
package dev.stagedoor.quickstart.deployed;

import org.jspecify.annotations.NullMarked;
