/**
 * The same door for other people's proxies: they ask, and forward by themselves. A question is put
 * into the form of the request that it is about before anybody has read it, and the answer into the
 * form that the proxy understands after everybody has written it ({@link
 * dev.stagedoor.gateway.verdict.Translation}); between the two it is a request like any other.
 */
@NullMarked
package dev.stagedoor.gateway.verdict;

import org.jspecify.annotations.NullMarked;
