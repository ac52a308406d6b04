/**
 * The same door for other people's proxies: they ask, and forward by themselves. Whatever they say
 * and hear goes through {@link dev.stagedoor.gateway.verdict.Translation}, first and last; between
 * the two it is a request like any other.
 */
@NullMarked
package dev.stagedoor.gateway.verdict;

import org.jspecify.annotations.NullMarked;
