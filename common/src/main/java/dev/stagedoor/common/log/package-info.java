/** What keeps a log from filling disks, and from holding up whoever writes it. */
@NullMarked
package dev.stagedoor.common.log;

import org.jspecify.annotations.NullMarked;
