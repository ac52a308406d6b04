/** A sale to many at once, and the rule of order that it must keep. */
@NullMarked
package dev.stagedoor.quickstart.crowd;

import org.jspecify.annotations.NullMarked;
