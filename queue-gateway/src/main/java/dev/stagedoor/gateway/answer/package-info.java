/** What is written back: problems, status documents, and who writes them. */
@NullMarked
package dev.stagedoor.gateway.answer;

import org.jspecify.annotations.NullMarked;
