/** What stories are played on, and what a visitor or somebody before a real browser does there. */
@NullMarked
package dev.stagedoor.quickstart.stage;

import org.jspecify.annotations.NullMarked;
