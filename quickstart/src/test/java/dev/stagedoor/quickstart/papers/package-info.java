/** What README.md, docs and the OpenAPI documents say, held against what is there. */
@NullMarked
package dev.stagedoor.quickstart.papers;

import org.jspecify.annotations.NullMarked;
