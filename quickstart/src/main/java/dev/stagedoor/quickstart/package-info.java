/**
 * The whole of Stagedoor in one JVM, for trying it out and for stories that run through all of it.
 */
@NullMarked
package dev.stagedoor.quickstart;

import org.jspecify.annotations.NullMarked;
