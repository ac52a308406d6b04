/** How the gateway speaks HTTP: the queue's own calls, the gate, and what a refusal looks like. */
@NullMarked
package dev.stagedoor.gateway.web;

import org.jspecify.annotations.NullMarked;
