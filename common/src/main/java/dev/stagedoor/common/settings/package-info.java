/** What holds of the settings of both services. */
@NullMarked
package dev.stagedoor.common.settings;

import org.jspecify.annotations.NullMarked;
