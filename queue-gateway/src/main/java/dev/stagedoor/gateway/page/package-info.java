/** The waiting-room page: what a browser sees instead of the page it asked for. */
@NullMarked
package dev.stagedoor.gateway.page;

import org.jspecify.annotations.NullMarked;
