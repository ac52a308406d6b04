/**
 * Carries requests to the upstream and answers back: what of a message travels on, and what becomes
 * of an answer. Knows HTTP, nothing of lines; connections are {@code upstream}'s.
 */
@NullMarked
package dev.stagedoor.gateway.forward;

import org.jspecify.annotations.NullMarked;
