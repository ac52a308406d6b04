/** May this request pass? The table of the gate, and which room guards what. */
@NullMarked
package dev.stagedoor.gateway.gate;

import org.jspecify.annotations.NullMarked;
