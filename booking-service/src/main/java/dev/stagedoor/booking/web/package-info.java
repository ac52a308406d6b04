/**
 * What callers see: paths, JSON, headers, problems. Whoever calls has to show the gateway's pass,
 * except for registering and for looking at the concerts, which harm nobody.
 */
@NullMarked
package dev.stagedoor.booking.web;

import org.jspecify.annotations.NullMarked;
