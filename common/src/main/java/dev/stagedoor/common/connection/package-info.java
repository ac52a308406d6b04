/** What both services do with the connections of their servers, before the server hears of it. */
@NullMarked
package dev.stagedoor.common.connection;

import org.jspecify.annotations.NullMarked;
