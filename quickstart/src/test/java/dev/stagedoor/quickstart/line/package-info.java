/** The line as visitors see it, from any site and whatever comes between, in a browser. */
@NullMarked
package dev.stagedoor.quickstart.line;

import org.jspecify.annotations.NullMarked;
