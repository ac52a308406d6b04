/** May this request pass? Tokens in, decisions out; knows neither HTTP nor Redis. */
@NullMarked
package dev.stagedoor.gateway.access;

import org.jspecify.annotations.NullMarked;
