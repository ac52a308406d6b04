/** What is decided on a request, and what is written back of it: problems, status documents. */
@NullMarked
package dev.stagedoor.gateway.answer;

import org.jspecify.annotations.NullMarked;
