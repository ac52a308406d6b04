/** The console of operators, in a browser. */
@NullMarked
package dev.stagedoor.quickstart.ops;

import org.jspecify.annotations.NullMarked;
