/** From the list of concerts to the tickets, and the seller behind them, in a browser. */
@NullMarked
package dev.stagedoor.quickstart.shop;

import org.jspecify.annotations.NullMarked;
