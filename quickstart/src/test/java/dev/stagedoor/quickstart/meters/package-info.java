/** What both services tell Prometheus and a collector of traces, and what those are asked. */
@NullMarked
package dev.stagedoor.quickstart.meters;

import org.jspecify.annotations.NullMarked;
